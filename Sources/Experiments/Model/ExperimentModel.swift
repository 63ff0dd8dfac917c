// From an experiment to the ensemble that it describes.

import Networks
import Sampling

extension Experiment {
  /// The task.
  package func learningTask() throws -> LearningTask { try LearningTask(target: task.target) }

  /// S: the stimuli's covariance, or their second moment where they are a list.
  func stimulusCovariance() throws -> Matrix {
    switch stimuli {
    case .gaussian(let covariance): covariance ?? .identity(task.features)
    case .sampled, .file: GaussianStimuli.secondMoment(of: try stimulusList()!)
    }
  }

  /// The stimuli, [stimulus, feature], where they are a list.
  package func stimulusList() throws -> Matrix? {
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
  /// - Parameter solution: what had to be found by sampling first; nil where formulas are enough.
  /// - Throws: ``FeedforwardEnsembleError``, ``LearningTaskError``, ``GSLError``.
  func networkEnsemble(_ solution: ModelSolution? = nil) throws -> any SampledEnsemble {
    if let ensemble = try gainModulatedLinearEnsemble(solution) { return ensemble }
    if let ensemble = try feedforwardEnsemble(solution) { return ensemble }
    if let ensemble = try continuousGainEnsemble(solution) { return ensemble }
    if let ensemble = try gaussianTwoLayerEnsemble(solution) { return ensemble }
    preconditionFailure("the rules of meaning leave no other model")
  }

  /// The ensemble, if its maximum-entropy problem has a closed form; otherwise nil.
  func gainModulatedLinearEnsemble(_ solution: ModelSolution? = nil) throws -> GainModulatedLinearEnsemble? {
    guard case .gainModulatedLinear(let neurons, _) = network, let gains = closedFormGains else { return nil }
    return GainModulatedLinearEnsemble(
      task: try learningTask(), neurons: neurons,
      ensemble: ensemble == .product ? .product : .gibbs(tightness: try tightness(solution)),
      convention: weights.convention == .prior ? .prior : .moment, outputScale: weights.output,
      inputScale: weights.input, gains: gains, stimulusCovariance: try stimulusCovariance())
  }

  /// The ensemble of two-layer or deep networks on a list of stimuli; nil for other models, and for an expectation over Gaussian
  /// stimuli that no list replaces.
  func feedforwardEnsemble(_ solution: ModelSolution? = nil) throws -> FeedforwardEnsemble? {
    guard let architecture = feedforwardArchitecture, let stimuli = try feedforwardStimuli(architecture) else {
      return nil
    }
    return try FeedforwardEnsemble(
      task: try learningTask(), architecture: architecture, stimuli: stimuli, scales: scales(solution),
      binding: try binding(solution))
  }

  /// The networks of a deep model that is linear in the readout, as the solver takes them, and their task factor.
  func feedforwardFamily() throws -> (family: FeedforwardFamily, taskFactor: Double) {
    guard let architecture = feedforwardArchitecture, let stimuli = try feedforwardStimuli(architecture) else {
      preconditionFailure("only feedforward networks on a list of stimuli are solved for whole")
    }
    return (
      try FeedforwardFamily(architecture, scales: scales(nil), stimuli: stimuli), architecture.taskFactor
    )
  }

  /// The ensemble of gain-modulated linear networks whose gains are continuous; nil for other models.
  private func continuousGainEnsemble(_ solution: ModelSolution?) throws -> ContinuousGainEnsemble? {
    guard case .gainModulatedLinear(let neurons, .continuous(let activation)) = network else { return nil }
    return ContinuousGainEnsemble(
      task: try learningTask(), neurons: neurons, activation: activation, scales: scales(solution),
      stimulusCovariance: try stimulusCovariance(), binding: try binding(solution))
  }

  /// The ensemble of two-layer networks on Gaussian stimuli; nil for other models.
  private func gaussianTwoLayerEnsemble(_ solution: ModelSolution?) throws -> GaussianTwoLayerEnsemble? {
    guard case .twoLayer = network, let architecture = feedforwardArchitecture else { return nil }
    return GaussianTwoLayerEnsemble(
      task: try learningTask(), architecture: architecture, scales: scales(solution),
      stimulusCovariance: try stimulusCovariance(), binding: try binding(solution))
  }

  /// The prior's scales; in the moment convention those that the multipliers of the second moments make of them.
  private func scales(_ solution: ModelSolution?) -> FeedforwardScales {
    let precisions = solution?.precisions.map { $0.map { 1 / $0.squareRoot() } }
    return FeedforwardScales(
      output: precisions?[0] ?? weights.output, input: precisions?[1] ?? weights.input, context: weights.context,
      hidden: weights.hidden)
  }

  /// What binds networks without closed form to the task.
  private func binding(_ solution: ModelSolution?) throws -> ReadoutBinding {
    guard ensemble == .product else { return .gibbs(tightness: try tightness(solution)) }
    guard let multipliers = solution?.multipliers, let errors = solution?.readoutErrors else {
      preconditionFailure("the multipliers are solved for before the ensemble is made")
    }
    let (rows, columns) = (task.contexts, task.features)
    return .multipliers(
      Matrix(rows: rows, columns: columns, elements: multipliers.elements),
      readoutErrors: Matrix(rows: rows, columns: columns, elements: errors.elements))
  }

  /// The stimuli of the loss. A linear network's expected loss over Gaussian stimuli is its mean over 2 D points.
  private func feedforwardStimuli(_ architecture: FeedforwardArchitecture) throws -> Matrix? {
    if let list = try stimulusList() { return list }
    guard architecture.activation == .linear else { return nil }
    return try GaussianStimuli.sigmaPoints(covariance: try stimulusCovariance())
  }

  /// β, given or found.
  private func tightness(_ solution: ModelSolution?) throws -> Double {
    switch ensemble {
    case .product: preconditionFailure("the product ensemble has no tightness")
    case .gibbs(let tightness): return tightness
    case .gibbsAtLoss:
      guard let tightness = solution?.tightness else {
        preconditionFailure("the tightness is solved for before the ensemble is made")
      }
      return tightness.value
    }
  }
}
