// An ensemble of gain-modulated linear networks with continuous gains: its density, its observables, its predictions.

import Sampling

/// An ensemble of networks with gains g_ic = φ'(b_ic), b_ic ~ N(0, σ_b²), as something to sample and to check.
public struct ContinuousGainEnsemble: SampledEnsemble {
  /// What is collected from positions: conditional means given all but the output weights.
  public typealias Accumulator = ConditionalReadout?
  /// The law that independence proposals are drawn from: the prior.
  public typealias Proposal = ProductReference

  /// The task, with target A.
  public let task: LearningTask
  /// The number of neurons N.
  public let neurons: Int
  /// φ, a smooth activation.
  public let activation: Activation
  /// σ_w, σ_m and σ_b (σ_h is not used); of a moment convention, what the multipliers make of them.
  public let scales: WeightScales
  /// S, [feature, feature].
  public let stimulusCovariance: Matrix
  /// How networks are bound to the task.
  public let binding: ReadoutBinding

  /// An ensemble; nothing is evaluated before it is asked for.
  public init(
    task: LearningTask, neurons: Int, activation: Activation, scales: WeightScales, stimulusCovariance: Matrix,
    binding: ReadoutBinding
  ) {
    self.task = task
    self.neurons = neurons
    self.activation = activation
    self.scales = scales
    self.stimulusCovariance = stimulusCovariance
    self.binding = binding
  }

  public func density() -> ContinuousGainDensity {
    let potential: ReadoutPotential =
      switch binding {
      case .gibbs(let tightness):
        .loss(tightness: tightness, target: task.target, stimulusCovariance: stimulusCovariance)
      case .multipliers(let multipliers, _): .multipliers(multipliers)
      case .hard, .hardReadout: preconditionFailure("networks of continuous gains have no hard ensemble")
      }
    return ContinuousGainDensity(
      neurons: neurons, activation: activation, potential: potential, outputScale: scales.output,
      inputScale: scales.input, contextScale: scales.context)
  }

  public func observables(of density: ContinuousGainDensity) -> ContinuousGainObservables {
    ContinuousGainObservables(density: density, target: task.target, stimulusCovariance: stimulusCovariance)
  }

  public func accumulator(of density: ContinuousGainDensity, heldOut: HeldOutReadout?) -> ConditionalReadout? {
    ConditionalReadout(heldOut) {
      GainModulatedReadout(
        neurons: neurons, potential: density.potential, gains: .slopes(activation, at: density.drivesOffset),
        outputScale: scales.output, heldOut: $0)
    }
  }

  public func predictions() -> [Prediction] { theory().predictions }

  public func taskLikelihood() -> TaskLikelihood? {
    guard case .gibbs(let tightness) = binding else { return nil }
    return TaskLikelihood(readoutsUnder: stimulusCovariance, weight: tightness * Double(neurons))
  }

  public func theory() -> Theory {
    var theory = Theory()
    theory.add("identities") { identities }
    if case .gibbs = binding {
      theory.add("conditional readouts") {
        try Prediction.conditionalReadouts(
          ReadoutProbes(contexts: task.contexts, features: task.features, isLinear: true), neurons: neurons,
          rows: task.contexts * task.features)
      }
    }
    return theory
  }

  private var identities: [Prediction] {
    let prior = density().weightPrior
    // Gains depend on the drives alone: the response is linear in the input weights.
    let pair = BalancedPair(incoming: ["input_weights"], outgoing: "output_weight")
    return prior.identities.predictions + Prediction.balance(of: [pair], in: prior)
      + binding.readoutPredictions(target: task.target)
  }
}
