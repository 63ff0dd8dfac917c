// How the commands that sample end: what they show, and what they refuse to call done.

import Storage

/// Chains whose draws are all their starting point.
struct StuckChains: ReportableError {
  let description: String
  var exitStatus: CommandStatus { .checkFailed }
}

extension CommandContext {
  /// A chain that never moved is an error; its draws are kept for inspection.
  ///
  /// - Throws: ``StuckChains``.
  func requireMovement(_ result: SessionResult) throws {
    let stuck = try LoadedRun.stuckChains(of: result.run)
    guard !stuck.isEmpty else { return }
    throw StuckChains(
      description:
        "chain \(stuck.map(String.init).joined(separator: ", ")) of \(result.path) never moved after warm-up; "
        + "choose a smaller step size (sampler.stepSize), a longer warm-up, or another sampler")
  }

  /// Shows how sampling ended; throws a chain's failure.
  func report(_ result: SessionResult) throws -> CommandStatus {
    try result.throwFailure()
    let report = SampleReport(result: result)
    show(report.json, report.text(terminal.style))
    if let advice = report.advice { say(advice) }
    if result.isComplete { try requireMovement(result) }
    return report.status
  }
}
