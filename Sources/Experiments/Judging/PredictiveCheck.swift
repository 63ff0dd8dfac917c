// Posterior predictive checks: are data drawn from the networks as far from them as the wanted outputs are?

import JSON
import Networks
import Sampling

/// Bayesian p-values of a Gibbs ensemble, context by context, on the stimuli that it was drawn for.
///
/// A draw's p-value is the probability that outputs (or readouts) drawn anew from the network with the noise of the ensemble's
/// likelihood are farther from it than the wanted ones; the check's is the mean over draws (Gelman, Meng & Stern 1996, the
/// discrepancy χ²). The noise is integrated out: no random numbers are used.
package struct PredictiveCheck: Sendable {
  package let likelihood: TaskLikelihood
  /// The mean over draws of the probability of a larger loss, [context].
  package let pValues: [NetworkStatistic]

  /// Nil where there is no likelihood; ``reasonForNone(_:)`` says why.
  ///
  /// - Throws: ``StorageError``.
  init?(_ run: LoadedRun, _ answers: DrawnAnswers) throws {
    // The sigma points that stand for Gaussian stimuli are no data.
    if case .gaussian = run.experiment.stimuli, !run.experiment.respondsLinearly { return nil }
    guard let likelihood = run.ensemble.taskLikelihood() else { return nil }
    let task = try run.experiment.learningTask()
    var errors = NetworkErrors(wanted: task.wantedOutputs(for: likelihood.stimuli), networks: answers.networks)
    try answers.forEachBlock(likelihood.stimuli) { errors.add($0) }
    self.likelihood = likelihood
    pValues = (0..<task.contexts).map { c in
      NetworkStatistic(
        errors.meanSquaredErrors(context: c).map { likelihood.exceedance(meanSquaredError: $0) },
        chains: answers.chains)
    }
  }

  /// Why a run has no such check.
  static func reasonForNone(_ experiment: Experiment) -> String {
    switch experiment.ensemble {
    case .product: "the neurons of a product ensemble are independent: its outputs have no noise"
    case .gibbs(0): "at tightness 0 nothing binds networks to data"
    case .hard: "networks of a hard ensemble have the wanted readouts exactly: there is no noise"
    case .gibbs, .gibbsAtLoss:
      "the loss is an expectation over Gaussian stimuli, which is no likelihood of outputs; a list of stimuli has one"
    }
  }

  var json: JSONValue {
    [
      "degrees": .integer(likelihood.degrees), "weight": .number(likelihood.weight),
      "temperature": likelihood.temperature.map { .number($0) } ?? .null,
    ]
  }
}
