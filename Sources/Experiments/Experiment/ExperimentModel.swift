// From an experiment to the ensemble that it describes.

import Networks
import Sampling

extension Experiment {
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
  ///
  /// - Parameter count: in place of `evaluation.count`.
  func heldOutStimuli(count: Int? = nil) throws -> Matrix {
    var stream = try RandomStream(
      StreamKey(seed: evaluation.seed, chain: 0, purpose: .evaluation), generator: sampler.generator)
    return try GaussianStimuli.draw(
      count ?? evaluation.count, covariance: try heldOutCovariance(), using: &stream)
  }

  /// The stimuli of conditional readouts, from a stream of their own that depends on the seed alone, and what a draw costs.
  func heldOutReadout(_ sampler: SamplerName) throws -> HeldOutReadout {
    var stream = try RandomStream(
      StreamKey(seed: self.sampler.seed, chain: 0, purpose: .checking), generator: self.sampler.generator)
    // All flips of drawn gains cost about as much as ten evaluations, and so do those of signs.
    let flips: Double = network.model.drawnGainProbability == nil && network.model.signGroups.isEmpty ? 0 : 10
    return HeldOutReadout(
      stimuli: try GaussianStimuli.draw(HeldOutReadout.count, covariance: try heldOutCovariance(), using: &stream),
      evaluationsPerDraw: Double(self.sampler.thin * sampler.row.points) * (sampler.row.evaluations + flips))
  }

  /// The ensemble of networks.
  ///
  /// - Parameter solution: what had to be found by sampling first; nil where formulas are enough.
  /// - Throws: ``FeedforwardEnsembleError``, ``LearningTaskError``, ``GSLError``.
  func networkEnsemble(_ solution: ModelSolution? = nil) throws -> any SampledEnsemble {
    try network.model.ensemble(of: self, solution)
  }

  /// The ensemble, if its maximum-entropy problem has a closed form; otherwise nil.
  func closedFormEnsemble(_ solution: ModelSolution? = nil) throws -> GainModulatedLinearEnsemble? {
    guard let gains = closedFormGains else { return nil }
    var ensemble = GainModulatedLinearEnsemble(
      task: try learningTask(), neurons: network.model.neurons,
      ensemble: try networkEnsembleKind(solution),
      convention: weights.convention == .prior ? .prior : .moment, outputScale: weights.output,
      inputScale: weights.input, gains: gains, stimulusCovariance: try stimulusCovariance())
    ensemble.isRecurrent = task.task.isRecurrent
    return ensemble
  }

  private func networkEnsembleKind(_ solution: ModelSolution?) throws -> NetworkEnsemble {
    switch ensemble {
    case .product: .product
    case .gibbs, .gibbsAtLoss: .gibbs(tightness: try tightness(solution))
    case .hard: .hard
    }
  }

  /// The law of a neuron without closed form.
  func neuronFamily(_ activation: Activation, stimuli: NeuronResponse.Stimuli) throws -> NeuronFamily {
    try NeuronFamily(
      NeuronResponse(activation, stimuli: stimuli, contexts: task.contexts, features: task.features),
      convention: weights.convention == .prior ? .prior : .moment, outputScale: weights.output,
      inputScale: weights.input, contextScale: weights.context)
  }

  /// The prior's scales; in the moment convention those that the multipliers of the second moments make of them.
  func scales(_ solution: ModelSolution?) -> WeightScales {
    let precisions = solution?.precisions.map { $0.map { 1 / $0.squareRoot() } }
    return WeightScales(
      output: precisions?[0] ?? weights.output, input: precisions?[1] ?? weights.input, context: weights.context,
      hidden: weights.hidden)
  }

  /// What binds networks without closed form to the task.
  func binding(_ solution: ModelSolution?) throws -> ReadoutBinding {
    if case .hard(let constraint) = ensemble { return constraint == .outputs ? .hard : .hardReadout }
    guard ensemble == .product else { return .gibbs(tightness: try tightness(solution)) }
    guard let multipliers = solution?.multipliers, let errors = solution?.readoutErrors else {
      preconditionFailure("the multipliers are solved for before the ensemble is made")
    }
    let (rows, columns) = (task.contexts, task.features)
    return .multipliers(
      Matrix(rows: rows, columns: columns, elements: multipliers.elements),
      readoutErrors: Matrix(rows: rows, columns: columns, elements: errors.elements))
  }

  /// β, given or found.
  private func tightness(_ solution: ModelSolution?) throws -> Double {
    switch ensemble {
    case .product, .hard: preconditionFailure("this ensemble has no tightness")
    case .gibbs(let tightness): return tightness
    case .gibbsAtLoss:
      guard let tightness = solution?.tightness else {
        preconditionFailure("the tightness is solved for before the ensemble is made")
      }
      return tightness.value
    }
  }
}
