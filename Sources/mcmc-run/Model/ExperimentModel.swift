// From an experiment to the ensemble that it describes.

import Networks
import Sampling

/// An experiment that is well formed but asks for what this version cannot do.
struct UnsupportedExperiment: ReportableError {
  let description: String
  var exitStatus: CommandStatus { .badInput }

  init(_ key: String, _ reason: String) { description = "\(key): \(reason)" }
}

extension Experiment {
  /// The task.
  func learningTask() throws -> LearningTask { try LearningTask(target: task.target) }

  /// S: the stimuli's covariance, or their second moment where they are a list.
  func stimulusCovariance() throws -> Matrix {
    switch stimuli {
    case .gaussian(let covariance): covariance ?? .identity(task.features)
    case .sampled, .file: GaussianStimuli.secondMoment(of: try stimulusList()!)
    }
  }

  /// The stimuli, [stimulus, feature], where they are a list.
  func stimulusList() throws -> Matrix? {
    switch stimuli {
    case .gaussian: return nil
    case .file(let file): return file.table
    case .sampled(let count, let seed):
      var stream = try RandomStream(StreamKey(seed: seed, chain: 0, purpose: .stimuli), generator: sampler.generator)
      return try GaussianStimuli.draw(count, covariance: .identity(task.features), using: &stream)
    }
  }

  /// The law of held-out stimuli: that of the task's own, or a Gaussian with the second moment of a given list.
  func heldOutCovariance() throws -> Matrix {
    if case .sampled = stimuli { return .identity(task.features) }
    return try stimulusCovariance()
  }

  /// Held-out stimuli, [stimulus, feature].
  func heldOutStimuli() throws -> Matrix {
    var stream = try RandomStream(
      StreamKey(seed: evaluation.seed, chain: 0, purpose: .evaluation), generator: sampler.generator)
    return try GaussianStimuli.draw(evaluation.count, covariance: try heldOutCovariance(), using: &stream)
  }

  /// The ensemble of networks.
  ///
  /// - Throws: ``UnsupportedExperiment`` for a model or an ensemble that cannot be sampled yet.
  func networkEnsemble() throws -> GainModulatedLinearEnsemble {
    guard case .gainModulatedLinear(let neurons, let gains) = network else {
      throw UnsupportedExperiment(
        "network.kind", "this version samples gainModulatedLinear networks only; twoLayer and deep are read, not run")
    }
    guard case .binary(let activeProbability) = gains else {
      throw UnsupportedExperiment(
        "network.gains.kind", "this version samples binary gains only; fixed and continuous gains are read, not run")
    }
    let kind: NetworkEnsemble
    switch ensemble {
    case .product: kind = .product
    case .gibbs(let tightness): kind = .gibbs(tightness: tightness)
    case .gibbsAtLoss:
      throw UnsupportedExperiment(
        "ensemble.expectedLoss", "this version needs the tightness itself; give ensemble.tightness instead")
    }
    return GainModulatedLinearEnsemble(
      task: try learningTask(), neurons: neurons, ensemble: kind,
      convention: weights.convention == .prior ? .prior : .moment, outputScale: weights.output,
      inputScale: weights.input, activeProbability: activeProbability,
      stimulusCovariance: try stimulusCovariance())
  }
}

extension MaxEntropyError: ReportableError {
  var exitStatus: CommandStatus { .badInput }
}

extension LearningTaskError: ReportableError {
  var exitStatus: CommandStatus { .badInput }
}
