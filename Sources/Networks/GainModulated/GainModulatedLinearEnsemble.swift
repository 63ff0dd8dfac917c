// An ensemble of gain-modulated linear networks, with binary gains or given ones: its theory, its density, its predictions.

import Sampling

/// A maximum-entropy ensemble of networks of N neurons, as something to solve, to sample and to check.
public struct GainModulatedLinearEnsemble: Sendable {
  /// The task, with target A.
  public let task: LearningTask
  /// The number of neurons N.
  public let neurons: Int
  /// Independent neurons, or whole networks.
  public let ensemble: NetworkEnsemble
  /// The meaning of the scales.
  public let convention: WeightConvention
  /// σ_w.
  public let outputScale: Double
  /// σ_m.
  public let inputScale: Double
  /// The gains: drawn with the weights, or given for each of the N neurons.
  public let gains: GainReference
  /// S, [feature, feature]; may be singular for the Gibbs ensemble (fewer stimuli than features), and does not matter to the hard one.
  public let stimulusCovariance: Matrix
  /// Whether feature 0 is the loop of a recurrent network, so that its readout is predicted to be stable or not.
  public var isRecurrent = false
  private let solution = Once<MaxEntropySolution>()

  /// An ensemble; nothing is checked or solved before it is asked for. Scales are standard deviations, positive.
  public init(
    task: LearningTask, neurons: Int, ensemble: NetworkEnsemble, convention: WeightConvention, outputScale: Double,
    inputScale: Double, gains: GainReference, stimulusCovariance: Matrix
  ) {
    self.task = task
    self.neurons = neurons
    self.ensemble = ensemble
    self.convention = convention
    self.outputScale = outputScale
    self.inputScale = inputScale
    self.gains = gains
    self.stimulusCovariance = stimulusCovariance
  }

  /// An ensemble with binary gains that are 1 with prior probability `activeProbability` each.
  public init(
    task: LearningTask, neurons: Int, ensemble: NetworkEnsemble, convention: WeightConvention, outputScale: Double,
    inputScale: Double, activeProbability: Double, stimulusCovariance: Matrix
  ) {
    self.init(
      task: task, neurons: neurons, ensemble: ensemble, convention: convention, outputScale: outputScale,
      inputScale: inputScale, gains: .independent(activeProbability: activeProbability),
      stimulusCovariance: stimulusCovariance)
  }

  /// The maximum-entropy problem of one neuron; with given gains, of the N neurons' average.
  ///
  /// - Throws: ``MaxEntropyError``, also if gains are given for another number of neurons.
  public func problem() throws -> MaxEntropyProblem {
    try gains.validate(contexts: task.contexts, neurons: neurons)
    return try MaxEntropyProblem(
      task: task, gains: gains, convention: convention, outputScale: outputScale,
      inputScale: inputScale, ensemble: ensemble, stimulusCovariance: ensemble == .hard ? nil : stimulusCovariance)
  }

  /// The closed form (Gibbs and hard: the N → ∞ limit), solved once for all copies of this value.
  ///
  /// - Throws: ``MaxEntropyError``; ``HardEnsembleError`` where no network solves the task exactly.
  public func solve() throws -> MaxEntropySolution {
    try solution {
      if ensemble == .hard { _ = try density() }
      return try problem().solve()
    }
  }

  /// The log density of a whole network.
  ///
  /// - Throws: ``MaxEntropyError`` if the gains do not fit the network, or if the product ensemble's multipliers do not exist;
  ///   ``HardEnsembleError`` if no law of networks solves the task exactly.
  public func density() throws -> GainModulatedLinearDensity {
    switch ensemble {
    case .gibbs(let tightness):
      return GainModulatedLinearDensity(
        neurons: neurons,
        potential: .loss(tightness: tightness, target: task.target, stimulusCovariance: stimulusCovariance),
        outputPrecision: 1 / (outputScale * outputScale), inputPrecision: 1 / (inputScale * inputScale),
        gains: try gains.binaryGains(contexts: task.contexts, neurons: neurons))
    case .hard:
      let gains = try gains.binaryGains(contexts: task.contexts, neurons: neurons)
      try HardExistence(target: task.target, gains: gains, neurons: neurons).require()
      return GainModulatedLinearDensity(
        neurons: neurons, potential: .constraint(target: task.target),
        outputPrecision: 1 / (outputScale * outputScale), inputPrecision: 1 / (inputScale * inputScale), gains: gains)
    case .product:
      return try ProductEnsembleDensity(self).density
    }
  }

  /// Everything that theory says of the draws.
  ///
  /// - Throws: ``MaxEntropyError``, if the ensemble does not exist.
  public func predictions() throws -> [Prediction] {
    _ = try density()
    return theory().predictions
  }

  public func theory() -> Theory {
    if ensemble == .hard { return hardTheory() }
    var theory = Theory()
    guard case .gibbs(let tightness) = ensemble else {
      theory.add("averages of independent neurons") {
        try Prediction.product(NeuronLaw(try solve()), neurons: neurons)
      }
      theory.add("laws of the readout") { try Prediction.readoutLaws(NeuronLaw(try solve()), neurons: neurons) }
      if isRecurrent { theory.add("stability of the loop") { try Prediction.unstableShares(loopStability()) } }
      return theory
    }
    theory.add("identities") { Prediction.gibbsIdentities(try density()) }
    theory.add("conditional readouts") {
      // Under the prior, where no gain depends on another.
      let active: Double? =
        if case .independent(let activeProbability) = gains { activeProbability * Double(neurons) } else { nil }
      return try Prediction.conditionalReadouts(
        ReadoutProbes(contexts: task.contexts, features: task.features, isLinear: true), neurons: neurons,
        rows: task.contexts * task.features, eventsPerDraw: active)
    }
    guard tightness > 0 else { return theory }
    theory.add("the loss of tight ensembles") { try tightLoss(tightness: tightness) }
    // For a singular covariance nothing else is known.
    guard (try? Cholesky(stimulusCovariance)) != nil else { return theory }
    theory.add("exact averages") {
      try GibbsPrediction(problem(), neurons: neurons).map { Prediction.exactGibbs($0, readoutSpread: readoutSpread) }
        ?? []
    }
    theory.add("averages as N grows") {
      let solution = try solve()
      guard solution.gibbsLossFirstCorrection != nil else {
        throw NotComputed("double precision does not resolve the correction of order 1/N this close to the bound")
      }
      return Prediction.asymptoticGibbs(solution, neurons: neurons)
    }
    return theory
  }

  /// The prior's standard deviation of a readout entry, of the context where it is largest: σ_w σ_m √⟨g²⟩ / √N.
  var readoutSpread: Double {
    let square: Double
    switch gains {
    case .independent(let activeProbability): square = activeProbability
    case .given(let matrix):
      square =
        (0..<matrix.columns).reduce(0) { largest, context in
          max(largest, (0..<matrix.rows).reduce(0) { $0 + matrix[$1, context] * matrix[$1, context] })
        } / Double(neurons)
    }
    return outputScale * inputScale * (square / Double(neurons)).squareRoot()
  }
}
