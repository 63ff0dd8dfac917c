// What two-layer and deep networks have in common: layers, and ensembles on a list of stimuli.

import Networks
import Sampling

/// A model of nonlinear layers.
protocol FeedforwardModel: NetworkModel {
  /// The layers.
  func architecture(_ task: TaskSection) -> FeedforwardArchitecture
}

extension FeedforwardModel {
  /// The ensemble on a list of stimuli; nil for an expectation over Gaussian stimuli that no list replaces.
  func listEnsemble(of experiment: Experiment, _ solution: ModelSolution?) throws -> FeedforwardEnsemble? {
    let architecture = architecture(experiment.task)
    guard let stimuli = try stimuli(of: experiment) else { return nil }
    return try FeedforwardEnsemble(
      task: try experiment.learningTask(), architecture: architecture, stimuli: stimuli,
      scales: experiment.scales(solution), binding: try experiment.binding(solution))
  }

  /// The stimuli of the loss. A linear network's expected loss over Gaussian stimuli is its mean over 2 D points.
  func stimuli(of experiment: Experiment) throws -> Matrix? {
    if let list = try experiment.stimulusList() { return list }
    guard architecture(experiment.task).activation.isLinear else { return nil }
    return try GaussianStimuli.sigmaPoints(covariance: try experiment.stimulusCovariance())
  }

  package func hasNeuronGibbs(in experiment: Experiment) -> Bool {
    let architecture = architecture(experiment.task)
    guard architecture.depth == 1 else { return false }
    if case .gaussian = experiment.stimuli { return architecture.activation.isLinear }
    return true
  }

  /// v = σ_w² κ f² |h|² of ``NeuronGibbs`` with the prior's mean of |h|², that is t β K n f² σ_w² E[φ(u)²] (n the task factor, f the readout
  /// factor). Nil unless φ is odd: responses of one sign add up to a sum that single moves leave only slowly.
  package func bindingOfOneNeuron(in experiment: Experiment) -> Double? {
    let architecture = architecture(experiment.task)
    guard hasNeuronGibbs(in: experiment), architecture.activation.isOdd,
      case .gibbs(let tightness) = experiment.ensemble, let stimuli = try? stimuli(of: experiment)
    else { return nil }
    let scales = experiment.scales(nil)
    let meanSquare = stimuli.elements.reduce(0) { $0 + $1 * $1 } / Double(stimuli.rows)
    let drive = architecture.isDriven(0) ? scales.context * scales.context : 0
    let factor = scales.output * architecture.readoutFactor
    return (try? architecture.activation.meanSquare(variance: scales.input * scales.input * meanSquare + drive)).map {
      tightness * Double(architecture.contexts) * architecture.taskFactor * factor * factor * $0
    }
  }
}
