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
}
