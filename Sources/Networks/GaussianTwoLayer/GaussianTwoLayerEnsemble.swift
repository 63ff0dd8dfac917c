// An ensemble of two-layer networks on Gaussian stimuli: its density, its observables, its predictions.

import Sampling

/// An ensemble of two-layer networks whose loss is an expectation over Gaussian stimuli, as something to sample and to check.
public struct GaussianTwoLayerEnsemble: SampledEnsemble {
  /// What is collected from positions: conditional means given all but the output weights.
  public typealias Accumulator = ConditionalReadout?
  /// The law that independence proposals are drawn from: the prior.
  public typealias Proposal = ProductReference

  /// The task, with target A.
  public let task: LearningTask
  /// One hidden layer in mean-field scaling.
  public let architecture: FeedforwardArchitecture
  /// σ_w, σ_m and σ_b (σ_h is not used).
  public let scales: WeightScales
  /// S, [feature, feature].
  public let stimulusCovariance: Matrix
  /// How networks are bound to the task.
  public let binding: ReadoutBinding

  /// An ensemble; nothing is evaluated before it is asked for.
  ///
  /// - Precondition: one hidden layer.
  public init(
    task: LearningTask, architecture: FeedforwardArchitecture, scales: WeightScales, stimulusCovariance: Matrix,
    binding: ReadoutBinding
  ) {
    precondition(architecture.depth == 1)
    self.task = task
    self.architecture = architecture
    self.scales = scales
    self.stimulusCovariance = stimulusCovariance
    self.binding = binding
  }

  /// The log density of a whole network.
  ///
  /// - Throws: ``GaussianTwoLayerError`` for the loss of tanh or softplus networks.
  public func density() throws -> GaussianTwoLayerDensity {
    let potential: GaussianTwoLayerDensity.Potential =
      switch binding {
      case .gibbs(let tightness): .loss(tightness: tightness, target: task.target)
      case .multipliers(let multipliers, _): .multipliers(multipliers)
      case .hard, .hardReadout: preconditionFailure("outputs at all stimuli of a Gaussian are too many to be exact")
      }
    return try GaussianTwoLayerDensity(
      neurons: architecture.lastWidth, activation: architecture.activation, potential: potential,
      stimulusCovariance: stimulusCovariance, outputScale: scales.output, inputScale: scales.input,
      contextScale: scales.context)
  }

  public var neurons: Int { architecture.lastWidth }

  public var hasDiscreteGains: Bool { architecture.activation.hasStepGain }

  public func observables(of density: GaussianTwoLayerDensity) -> GaussianTwoLayerObservables {
    GaussianTwoLayerObservables(density: density, target: task.target)
  }

  public func accumulator(of density: GaussianTwoLayerDensity, heldOut: HeldOutReadout?) -> ConditionalReadout? {
    ConditionalReadout(heldOut) { GaussianTwoLayerReadout(density, architecture: architecture, heldOut: $0) }
  }

  public func predictions() throws -> [Prediction] {
    _ = try density()
    return theory().predictions
  }

  public func theory() -> Theory {
    var theory = Theory()
    theory.add("identities") { try identities() }
    if case .gibbs(let tightness) = binding, tightness > 0 {
      theory.add("conditional readouts") {
        try Prediction.conditionalReadouts(
          ReadoutProbes(contexts: task.contexts, features: task.features, isLinear: false), neurons: neurons, rows: 0)
      }
    }
    return theory
  }

  private func identities() throws -> [Prediction] {
    let prior = try density().weightPrior
    return prior.identities.predictions + Prediction.balance(of: architecture.balancedPairs, in: prior)
      + binding.readoutPredictions(target: task.target * stimulusCovariance)
  }

  public func response(at position: [Double], stimuli: Matrix) throws -> NetworkResponse? {
    NetworkResponse(
      outputs: network(stimuli).outputs(at: position.span, stimuli: stimuli),
      image: architecture.linearImage(at: position, covariance: stimulusCovariance))
  }

  public func outputs(at position: [Double], stimuli: Matrix) -> Matrix? {
    network(stimuli).outputs(at: position.span, stimuli: stimuli)
  }

  /// What answers a list of stimuli.
  private func network(_ stimuli: Matrix) -> FeedforwardDensity {
    FeedforwardDensity(architecture: architecture, scales: scales, stimuli: stimuli, task: task, tightness: 0)
  }
}
