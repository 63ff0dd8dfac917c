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

  /// Whether the networks can be drawn exactly, neuron by neuron: the product ensemble in closed form.
  var isDrawnExactly: Bool { ensemble == .product && closedFormGains != nil }

  /// The binary gains of the model, if it has them: a rectifier's gain is 1 or 0 with probability 1/2 each, a linear
  /// neuron's is 1.
  private var closedFormGains: Double? {
    guard case .gainModulatedLinear(_, let gains) = network else { return nil }
    switch gains {
    case .binary(let activeProbability): return activeProbability
    case .continuous(.relu): return 0.5
    case .continuous(.linear): return 1
    case .fixed, .continuous: return nil
    }
  }

  /// The ensemble of networks.
  ///
  /// - Parameter solution: what had to be found by sampling first; nil where formulas are enough.
  /// - Throws: ``UnsupportedExperiment`` for a model or an ensemble that cannot be sampled yet.
  func networkEnsemble(_ solution: ModelSolution? = nil) throws -> any SampledEnsemble {
    if let ensemble = try gainModulatedLinearEnsemble(solution) { return ensemble }
    throw UnsupportedExperiment("network.kind", "this version samples gainModulatedLinear networks only")
  }

  /// The ensemble, if its maximum-entropy problem has a closed form; otherwise nil.
  func gainModulatedLinearEnsemble(_ solution: ModelSolution? = nil) throws -> GainModulatedLinearEnsemble? {
    guard case .gainModulatedLinear(let neurons, _) = network, let activeProbability = closedFormGains else {
      return nil
    }
    return GainModulatedLinearEnsemble(
      task: try learningTask(), neurons: neurons, ensemble: try networkEnsembleKind(solution),
      convention: weights.convention == .prior ? .prior : .moment, outputScale: weights.output,
      inputScale: weights.input, activeProbability: activeProbability,
      stimulusCovariance: try stimulusCovariance())
  }

  private func networkEnsembleKind(_ solution: ModelSolution?) throws -> NetworkEnsemble {
    switch ensemble {
    case .product: return .product
    case .gibbs(let tightness): return .gibbs(tightness: tightness)
    case .gibbsAtLoss:
      guard let tightness = solution?.tightness else {
        throw UnsupportedExperiment(
          "ensemble.expectedLoss", "this version needs the tightness itself; give ensemble.tightness instead")
      }
      return .gibbs(tightness: tightness.value)
    }
  }
}

extension MaxEntropyError: ReportableError {
  var exitStatus: CommandStatus { .badInput }
}

extension LearningTaskError: ReportableError {
  var exitStatus: CommandStatus { .badInput }
}
