// An ensemble of feedforward networks: its density, its observables, its predictions.

import Sampling

/// An ensemble of two-layer or deep networks on a list of stimuli, as something to sample and to check.
public struct FeedforwardEnsemble: Sendable {
  /// The task.
  public let task: LearningTask
  /// The networks' shape.
  public let architecture: FeedforwardArchitecture
  /// The stimuli, [stimulus, feature].
  public let stimuli: Matrix
  /// The prior standard deviations.
  public let scales: WeightScales
  /// How networks are bound to the task.
  public let binding: ReadoutBinding
  private let wide = Once<WideNetworkExpansion?>()

  /// An ensemble; nothing is evaluated before it is asked for.
  ///
  /// - Precondition: task, architecture, stimuli and multipliers agree on K and D; at least one stimulus; β ≥ 0.
  /// - Throws: ``FeedforwardEnsembleError`` if the ensemble does not exist.
  public init(
    task: LearningTask, architecture: FeedforwardArchitecture, stimuli: Matrix, scales: WeightScales,
    binding: ReadoutBinding
  ) throws {
    precondition(task.contexts == architecture.contexts && task.features == architecture.features)
    if case .multipliers(let multipliers, _) = binding, architecture.depth > 1, !architecture.activation.isBounded,
      multipliers.squaredNorm > 0
    {
      throw FeedforwardEnsembleError.notNormalizable(
        hiddenLayers: architecture.depth, activation: architecture.activation)
    }
    self.task = task
    self.architecture = architecture
    self.stimuli = stimuli
    self.scales = scales
    self.binding = binding
    if binding.isHard { try requireInterpolation() }
  }

  /// The log density of a whole network.
  public func density() -> FeedforwardDensity {
    let potential: FeedforwardPotential =
      switch binding {
      case .gibbs(let tightness): .loss(tightness: tightness, task: task, stimuli: stimuli)
      case .multipliers(let multipliers, _): .multipliers(multipliers)
      case .hard: .constraint(wantedOutputs: task.wantedOutputs(for: stimuli))
      case .hardReadout: .readoutConstraint(task.readout(over: stimuli))
      }
    return FeedforwardDensity(architecture: architecture, scales: scales, stimuli: stimuli, potential: potential)
  }

  /// Everything that theory says of the draws.
  ///
  /// - Throws: ``MaxEntropyError`` or ``GSLError``.
  public func predictions() throws -> [Prediction] { theory().predictions }

  public func theory() -> Theory {
    var theory = Theory()
    theory.add("identities") {
      let density = density()
      return density.weightIdentities.predictions
        + Prediction.balance(of: architecture.balancedPairs, in: density.weightPrior)
    }
    if binding.isHard {
      theory.add("the outputs") {
        Prediction.interpolation(
          wanted: binding == .hard ? task.wantedOutputs(for: stimuli) : task.readout(over: stimuli))
      }
      return theory
    }
    guard case .gibbs(let tightness) = binding else {
      theory.add("the readout") {
        binding.readoutPredictions(target: task.readout(over: stimuli))
      }
      return theory
    }
    if tightness > 0 { theory.add("signs") { Prediction.signResiduals(density().signBlocks) } }
    theory.add("conditional readouts") {
      guard architecture.drawsNormalOutputs else { return [] }
      return try Prediction.conditionalReadouts(
        ReadoutProbes(contexts: architecture.outputSets, features: architecture.features, isLinear: false),
        neurons: architecture.lastWidth, rows: architecture.outputSets * stimuli.rows)
    }
    guard architecture.isPlain else {
      // Where the output weights are given, or signs, nothing is exact but what is so at tightness 0 too.
      theory.add("exact averages") {
        try Prediction.deepLinear(architecture, scales: scales, task: task, stimuli: stimuli, tightness: tightness)
      }
      return theory
    }
    guard tightness > 0 else {
      theory.add("averages of the prior") { try Prediction.prior(architecture, scales: scales, stimuli: stimuli) }
      return theory
    }
    theory.add("exact averages") {
      try Prediction.deepLinear(architecture, scales: scales, task: task, stimuli: stimuli, tightness: tightness)
    }
    // What holds at every width says more than what holds of wide mean-field networks, and costs less.
    guard architecture.readoutScaling == .standard || !hasExactAverages else { return theory }
    theory.add("averages of wide networks") {
      try wideNetworks().map { Prediction.wide($0, neurons: architecture.lastWidth) } ?? []
    }
    if let reason = (try? wideNetworks())?.withoutCorrection {
      theory.add("the first correction of wide networks") { throw NotComputed(reason) }
    }
    return theory
  }

  /// Whether the posterior is known at every width (THEORY section 6a).
  private var hasExactAverages: Bool { architecture.activation.isLinear && architecture.drivesFirstLayerAtMost }

  /// What is known as the width grows, computed once for all copies of this value; nil at tightness 0, for product ensembles and for deep
  /// networks in mean-field scaling.
  ///
  /// - Throws: `NotComputed` where numbers are too many, too large or too uncertain; ``MaxEntropyError``, ``RandomStreamError``.
  public func wideNetworks() throws -> WideNetworkExpansion? {
    guard case .gibbs(let tightness) = binding, tightness > 0, architecture.isPlain else { return nil }
    return try wide {
      do {
        return try WideNetworkExpansion(
          architecture, scales: scales, task: task, stimuli: stimuli, tightness: tightness)
      } catch let error as GSLError { throw NotComputed("\(error)") }
    }
  }
}

extension FeedforwardEnsemble: SampledEnsemble {
  public typealias Accumulator = ConditionalReadout?
  public typealias Proposal = ProductReference

  public var neurons: Int { architecture.lastWidth }

  public var decidedByTask: Set<String> {
    switch binding {
    case .hard: return ["loss", "readout", "hard_residual"]
    case .hardReadout: return ["readout", "hard_residual"]
    case .gibbs, .multipliers: break
    }
    // Neither given weights nor the squares of signs vary.
    return Set(
      (architecture.drawsNormalOutputs ? [] : ["output_second_moment"])
        + (architecture.signs.contains(.input) ? ["input_second_moment"] : []))
  }

  public func allWeights(at position: [Double]) -> (layout: ParameterLayout, values: [Double]) {
    (architecture.weightLayout, architecture.weights(at: position))
  }

  public var hasDiscreteGains: Bool { architecture.activation.hasStepGain }

  public func miniBatches(of stimuli: Matrix, batchSize: Int) throws -> MiniBatches<FeedforwardDensity>? {
    try MiniBatches(stimuli: stimuli.rows, batchSize: batchSize) { numbers in
      FeedforwardEnsemble(self, task: task.selecting(numbers), stimuli: Matrix(numbers.map(stimuli.row))).density()
    }
  }

  /// The same ensemble on other stimuli, [stimulus, feature].
  public func with(stimuli: Matrix) -> FeedforwardEnsemble {
    FeedforwardEnsemble(self, task: task, stimuli: stimuli)
  }

  private init(_ other: FeedforwardEnsemble, task: LearningTask, stimuli: Matrix) {
    self.task = task
    architecture = other.architecture
    self.stimuli = stimuli
    scales = other.scales
    binding = other.binding
  }

  public func observables(of density: FeedforwardDensity) -> FeedforwardObservables {
    FeedforwardObservables(density: density, task: task)
  }

  public func accumulator(of density: FeedforwardDensity, heldOut: HeldOutReadout?) -> ConditionalReadout? {
    ConditionalReadout(heldOut) { FeedforwardReadout(density, heldOut: $0) }
  }

  /// Exact for linear networks with context drives in the first layer or none (THEORY section 6a).
  public func logEvidence() throws -> QuadratureValue? {
    guard case .gibbs(let tightness) = binding else { return nil }
    return try DeepLinearPosterior(
      architecture, scales: scales, task: task, stimuli: stimuli, tightness: tightness
    ).map { QuadratureValue(value: $0.posterior.logEvidence, error: $0.logEvidenceError) }
  }

  public func response(at position: [Double], stimuli: Matrix) -> NetworkResponse? {
    NetworkResponse(
      outputs: density().outputs(at: position.span, stimuli: stimuli),
      image: architecture.linearImage(at: position, covariance: GaussianStimuli.secondMoment(of: stimuli)))
  }

  public func outputs(at position: [Double], stimuli: Matrix) -> Matrix? {
    density().outputs(at: position.span, stimuli: stimuli)
  }

  public func taskLikelihood() -> TaskLikelihood? {
    guard case .gibbs(let tightness) = binding else { return nil }
    return TaskLikelihood(outputsOn: stimuli, weight: tightness * architecture.taskFactor)
  }
}
