// What `sample` says for people: where the run is and what is in it.

import Experiments
import JSON
import Sampling
import Storage

extension SampleReport {
  func text(_ style: TextStyle) -> String {
    let draws = result.outcomes.reduce(0) { $0 + $1.draws }
    var text = "\(result.path): \(draws) draws in \(result.outcomes.count) chains, "
    text += "\(NumberText.significant(result.seconds, digits: 3)) s\n"
    text += "sampler: \(result.choice.kind.rawValue) (\(result.choice.reason))\n"
    if result.choice.kind.row.isBiased { text += style.bad("BIASED") + ": this sampler has no accept step\n" }
    if !result.isComplete { text += style.doubtful("INCOMPLETE") + ": stopped early; every draw made so far is kept\n" }
    return text
  }

  /// What to do after an early stop.
  var advice: String? {
    guard !result.isComplete else { return nil }
    let reason =
      switch result.stopReason {
      case .timeBudget: "the time budget is used up"
      case .signal(SIGINT): "interrupted"
      case .signal(let number): "stopped by signal \(number)"
      case .request, nil: "stopped"
      }
    return "\(reason); \(ResumeAdvice.of(result.path))"
  }

  /// Done, or stopped early; failures are thrown before a report is made.
  var status: CommandStatus { result.isComplete ? .done : .stopped }
}
