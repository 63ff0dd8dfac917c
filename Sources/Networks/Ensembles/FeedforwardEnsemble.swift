// An ensemble of feedforward networks: its density, its observables, its predictions.

import Sampling

/// An ensemble of two-layer or deep networks on a list of stimuli, as something to sample and to check.
public struct FeedforwardEnsemble: Sendable {
  /// How networks are bound to the task.
  public enum Binding: Sendable, Equatable {
    /// Weighted by exp(−β n L) (THEORY sections 5 and 6); β ≥ 0.
    case gibbs(tightness: Double)
    /// Weighted by exp(n Λ·R), linear in the readout; Λ is [context, feature].
    case multipliers(Matrix)
  }

  /// The task, with target A.
  public let task: LearningTask
  /// The networks' shape.
  public let architecture: FeedforwardArchitecture
  /// The stimuli, [stimulus, feature].
  public let stimuli: Matrix
  /// The prior standard deviations.
  public let scales: FeedforwardScales
  /// How networks are bound to the task.
  public let binding: Binding

  /// An ensemble; nothing is evaluated before it is asked for.
  ///
  /// - Precondition: task, architecture, stimuli and multipliers agree on K and D; at least one stimulus; β ≥ 0.
  /// - Throws: ``FeedforwardEnsembleError`` if the ensemble does not exist.
  public init(
    task: LearningTask, architecture: FeedforwardArchitecture, stimuli: Matrix, scales: FeedforwardScales,
    binding: Binding
  ) throws {
    precondition(task.contexts == architecture.contexts && task.features == architecture.features)
    if case .multipliers(let multipliers) = binding, architecture.depth > 1, !architecture.activation.isBounded,
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
  }

  /// The log density of a whole network.
  public func density() -> FeedforwardDensity {
    let potential: FeedforwardPotential =
      switch binding {
      case .gibbs(let tightness): .loss(tightness: tightness, task: task, stimuli: stimuli)
      case .multipliers(let multipliers): .multipliers(multipliers)
      }
    return FeedforwardDensity(architecture: architecture, scales: scales, stimuli: stimuli, potential: potential)
  }

  /// What is recorded with every draw.
  public func observables() -> FeedforwardObservables { FeedforwardObservables(density: density(), task: task) }

  /// Everything that theory says of the draws.
  public func predictions() -> [Prediction] { WeightIdentities(architecture.layout).predictions }

}

extension FeedforwardEnsemble: SampledEnsemble {
  public typealias Accumulator = NoAccumulator
  public typealias Proposal = ProductReference

  public func observables(of density: FeedforwardDensity) -> FeedforwardObservables {
    FeedforwardObservables(density: density, task: task)
  }

  public func response(at position: [Double], stimuli: Matrix) -> NetworkResponse? {
    NetworkResponse(outputs: density().outputs(at: position.span, stimuli: stimuli))
  }
}

/// Why an ensemble of feedforward networks does not exist.
public enum FeedforwardEnsembleError: Error, Sendable, Equatable, CustomStringConvertible {
  /// exp(n Λ·R) outgrows every Gaussian prior.
  case notNormalizable(hiddenLayers: Int, activation: Activation)

  public var description: String {
    switch self {
    case .notNormalizable(let layers, let activation):
      """
      the ensemble that is linear in the readout cannot be normalised for \(layers) hidden layers of \
      \(activation.rawValue) neurons: the product of three or more weights outgrows their Gaussian prior; use the Gibbs \
      ensemble, one hidden layer, or a bounded activation (tanh, erf)
      """
    }
  }
}
