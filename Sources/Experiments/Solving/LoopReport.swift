// What `solve` says of a recurrent network of rank one: how its loop scatters, and how often it is unstable.

import JSON
import Networks
import Sampling

/// The loop of a recurrent network of rank one, at the ensemble's own number of neurons.
package struct LoopReport: Sendable {
  /// N.
  package let neurons: Int
  /// P(λ_c ≥ 1) [context]; nil where no law is known.
  package let unstableProbability: [Double]?
  /// Why it is left out.
  package let leftOut: String?
  /// N Var(R_cd) [context, feature], exact at every N; nil where neurons interact.
  package let readoutVarianceTimesN: Matrix?

  /// The report of an experiment; nil for other tasks.
  ///
  /// - Throws: whatever says that the ensemble does not exist.
  init?(_ experiment: Experiment, _ solved: SolvedModel) throws {
    guard experiment.task.task.isRecurrent else { return nil }
    neurons = experiment.hiddenNeurons
    guard case .closedForm(let solution, let ensemble) = solved else {
      unstableProbability = nil
      leftOut = "the law of a loop's gain is known where neurons have a closed form, and are drawn one by one"
      readoutVarianceTimesN = nil
      return
    }
    readoutVarianceTimesN = ProductPrediction(solution)?.readoutVarianceTimesN
    do {
      unstableProbability = try ensemble.loopStability().unstableProbability.map(\.value)
      leftOut = nil
    } catch let reason as NotComputed {
      unstableProbability = nil
      leftOut = reason.description
    }
  }

  /// The members that it adds to a solution.
  var members: [(String, JSONValue)] {
    [
      ("unstableProbability", unstableProbability.map { .numbers($0) } ?? .null),
      ("unstableProbabilityLeftOut", leftOut.map { .string($0) } ?? .null),
      ("readoutVarianceTimesN", readoutVarianceTimesN.map { .matrix($0) } ?? .null),
    ]
  }
}
