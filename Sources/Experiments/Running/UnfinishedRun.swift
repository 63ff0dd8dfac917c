// What is to be said of a run whose last session did not reach what it was asked for.

import JSON
import Storage

/// How a person goes on with a run.
package enum ResumeAdvice {
  /// `go on with: mcmc-run resume PATH`, the path quoted where a shell would take it apart.
  package static func of(_ path: String) -> String {
    let isPlain = path.utf8.allSatisfy {
      JSONReader.isDigit($0) || (65...90).contains($0 & ~32) || "-_./+:,@%".utf8.contains($0) || $0 > 127
    }
    let quoted =
      isPlain
      ? path : "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    return "go on with: mcmc-run resume \(quoted)"
  }
}

extension RunDirectory {
  /// That a run is being written, or why it is not finished and how to go on with it; nil for a finished one.
  ///
  /// - Parameters:
  ///   - path: as the user named it.
  ///   - draws: of the shortest chain, where they were counted before.
  /// - Throws: ``StorageError``.
  package func unfinished(_ path: String, draws counted: Int? = nil) throws -> String? {
    let sessions = try sessions()
    let rule = sessions.compactMap({ $0["rule"] }).last.map(StoppingRule.init)
    let wanted = rule?.draws.map { " of \($0)" } ?? ""
    let draws = try counted ?? RunReader(self).drawCounts().min() ?? 0
    let state = "\(draws)\(wanted) draws per chain"
    if RunLock.isHeld(of: self) { return "\(path) is being written: \(state) so far" }
    guard let last = sessions.last, let rule else { return nil }
    if let wanted = rule.draws, !rule.isAdaptive, draws >= wanted { return nil }
    guard last["ended"] == nil else {
      let wasStopped = last["stop_reason"]?.wholeNumber ?? 0 != 0
      guard wasStopped || !rule.isAdaptive else { return nil }
      return "\(path) was stopped early, with \(state); \(ResumeAdvice.of(path))"
    }
    return "\(path) was killed, with \(state); \(ResumeAdvice.of(path))"
  }
}
