// An ensemble of recurrent networks: its density, its observables, its predictions.

import Sampling

/// A Gibbs ensemble of recurrent networks on trials, as something to sample and to check (THEORY section 13).
public struct RecurrentEnsemble: Sendable {
  public let architecture: RecurrentArchitecture
  /// The trials that bind networks.
  public let trials: TrialBatch
  private let whole: RecurrentDensity

  /// - Parameter scales: `hidden` is σ_J.
  /// - Precondition: trials of the architecture's channels and contexts; β ≥ 0.
  public init(architecture: RecurrentArchitecture, scales: WeightScales, trials: TrialBatch, tightness: Double) {
    self.architecture = architecture
    self.trials = trials
    whole = RecurrentDensity(architecture: architecture, scales: scales, trials: trials, tightness: tightness)
  }

  /// Makes sure that networks of the prior have finite activities and outputs, from which chains can start.
  ///
  /// - Throws: ``RecurrentEnsembleError`` where one of `count` networks has not.
  public func requireFiniteTrajectories(of count: Int = 16, using stream: inout RandomStream) throws {
    var workspace = whole.makeWorkspace()
    var gradient = [Double](repeating: 0, count: whole.layout.realCount)
    for _ in 0..<count {
      let position = whole.drawPrior(using: &stream)
      let value = whole.evaluate(at: position.span, gradient: &gradient, using: &workspace)
      guard value.isFinite, gradient.allSatisfy(\.isFinite) else {
        let activities = whole.activities(at: position.span, trials: trials)
        let perStep = architecture.neurons
        let step = activities.firstIndex { !$0.isFinite }.map { $0 / perStep % trials.times }
        throw RecurrentEnsembleError.exploding(step: step, steps: trials.times, activation: architecture.activation)
      }
    }
  }
}

extension RecurrentEnsemble: SampledEnsemble {
  public typealias Accumulator = ConditionalReadout?
  public typealias Proposal = ProductReference

  /// No outputs to single stimuli are asked for: a target of zeros, [context, input channel].
  public var task: LearningTask {
    // A matrix of zeros is a task.
    try! LearningTask(target: Matrix(rows: architecture.contexts, columns: architecture.inputChannels))
  }

  public var neurons: Int { architecture.neurons }

  public func density() -> RecurrentDensity { whole }

  public func observables(of density: RecurrentDensity) -> RecurrentObservables {
    RecurrentObservables(density: density)
  }

  public func accumulator(of density: RecurrentDensity, heldOut: HeldOutReadout?) -> ConditionalReadout? {
    ConditionalReadout(heldOut) { RecurrentReadout(density, heldOut: $0) }
  }

  public func predictions() throws -> [Prediction] { theory().predictions }

  public func theory() -> Theory {
    var theory = Theory()
    theory.add("identities") {
      whole.weightIdentities.predictions
        + Prediction.balance(of: architecture.balancedPairs, in: whole.weightPrior)
    }
    theory.add("conditional readouts") {
      try Prediction.conditionalReadouts(
        ReadoutProbes(contexts: architecture.contexts, features: 0, isLinear: false),
        neurons: architecture.outputChannels * architecture.neurons, rows: 0)
    }
    guard whole.tightness == 0 else { return theory }
    theory.add("averages of the prior") { Prediction.recurrentPrior(whole) }
    theory.add("the mean square activity of wide networks") { try Prediction.recurrentActivity(whole) }
    theory.add("the variance of chaotic activity") { try Prediction.chaoticVariance(whole) }
    theory.add("outliers of the given part of low rank") { try Prediction.outliers(whole) }
    return theory
  }
}

/// Why an ensemble of recurrent networks cannot be sampled.
public enum RecurrentEnsembleError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Activities, or the squares of errors, leave the range of double precision; the step at which activities do, if they do.
  case exploding(step: Int?, steps: Int, activation: Activation)

  public var description: String {
    switch self {
    case .exploding(let step, let steps, let activation):
      let place =
        step.map { "activities are no finite numbers from step \($0) of \(steps) on" }
        ?? "the loss or its gradient is no finite number after \(steps) steps"
      return
        "networks of the prior explode: \(place) of \"\(activation)\" neurons. Say a smaller weights.recurrent (below 1 linear networks do not "
        + "grow), a smaller leak, fewer steps, or a bounded activation"
    }
  }
}
