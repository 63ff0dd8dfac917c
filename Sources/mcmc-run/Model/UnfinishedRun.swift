// What is to be said of a run whose last session did not reach what it was asked for.

import JSON
import Storage

extension RunDirectory {
  /// Why a run is not finished and how to go on with it, `path` as the user named it; nil for a finished one.
  ///
  /// - Throws: ``StorageError``.
  func unfinished(_ path: String) throws -> String? {
    let sessions = try sessions()
    guard let last = sessions.last, let rule = sessions.compactMap({ $0["rule"] }).last.map(StoppingRule.init) else {
      return nil
    }
    let draws = try RunReader(self).drawCounts().min() ?? 0
    if let wanted = rule.draws, !rule.isAdaptive, draws >= wanted { return nil }
    let wanted = rule.draws.map { " of \($0)" } ?? ""
    guard last["ended"] == nil else {
      let wasStopped = last["stop_reason"]?.wholeNumber ?? 0 != 0
      guard wasStopped || !rule.isAdaptive else { return nil }
      return "stopped early, with \(draws)\(wanted) draws a chain; go on with: mcmc-run resume \(path)"
    }
    return
      "\(draws)\(wanted) draws a chain; unless the run still goes on it was killed, and can go on: mcmc-run resume \(path)"
  }
}
