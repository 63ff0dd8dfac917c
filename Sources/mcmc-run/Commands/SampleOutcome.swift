// How the commands that sample end: what they show, and what they refuse to call done.

import Experiments
import JSON
import Storage

extension CommandContext {
  /// That chains never moved, which is an error; nil if all did. Their draws are kept for inspection.
  private func stuckChains(_ result: SessionResult) -> String? {
    let stuck = result.outcomes.filter(\.isStuck).map(\.chain)
    guard !stuck.isEmpty else { return nil }
    return "chain \(stuck.map(String.init).joined(separator: ", ")) of \(result.path) never moved after warm-up; "
      + "choose another sampler, a longer warm-up, or where the sampler has steps smaller ones (sampler.stepSize)"
  }

  /// Shows how sampling ended; throws a chain's failure.
  ///
  /// - Parameter place: what the JSON is a part of.
  func report(
    _ result: SessionResult, within place: (JSONValue) -> JSONValue = { $0 }
  ) throws -> CommandStatus {
    try result.throwFailure()
    let report = SampleReport(result: result)
    let fault = result.isComplete ? stuckChains(result) : nil
    let status = fault == nil ? report.status : .checkFailed
    let error = fault.map { status.error($0) }
    show(place(report.json).with("error", error), report.text(terminal.style))
    if let advice = report.advice { say(advice) }
    if let fault { terminal.say("mcmc-run: error: \(fault)\n") }
    return status
  }
}
