// Whole feedforward networks that are linear in the readout, as a family for the maximum-entropy solver.

import Sampling

/// p_Λ(Θ) ∝ p0(Θ) exp(n Λ·R(Θ)) over whole networks of any depth: constraints on a network, not on a neuron.
///
/// The constraint functions are n R_cd, n the task factor; they must average to n (A S_P)_cd.
public struct FeedforwardFamily: ConstraintFamily {
  /// The networks with Λ = 0.
  private let prior: FeedforwardDensity

  /// - Throws: ``FeedforwardEnsembleError`` where no such ensemble exists: two or more layers of unbounded neurons.
  public init(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, stimuli: Matrix
  ) throws {
    guard architecture.depth == 1 || architecture.activation.isBounded else {
      throw FeedforwardEnsembleError.notNormalizable(
        hiddenLayers: architecture.depth, activation: architecture.activation)
    }
    prior = FeedforwardDensity(
      architecture: architecture, scales: scales, stimuli: stimuli,
      potential: .multipliers(Matrix(rows: architecture.contexts, columns: architecture.features)))
  }

  /// What the constraint functions must average to for the target A.
  public func targets(_ target: Matrix) -> [Double] {
    (prior.taskFactor * (target * GaussianStimuli.secondMoment(of: prior.stimuli))).elements
  }

  public var constraintNames: [String] {
    let architecture = prior.architecture
    return (0..<architecture.contexts).flatMap { c in (0..<architecture.features).map { "n readout[\(c),\($0)]" } }
  }

  public var drawsBaseExactly: Bool { true }

  public func drawStart(using stream: inout RandomStream) -> [Double] { prior.drawPrior(using: &stream) }

  public func density(multipliers: [Double]) -> FeedforwardDensity {
    FeedforwardDensity(
      architecture: prior.architecture, scales: prior.scales, stimuli: prior.stimuli,
      potential: .multipliers(
        Matrix(rows: prior.architecture.contexts, columns: prior.architecture.features, elements: multipliers)))
  }

  public func makeWorkspace() {}

  public func writeStatistics(
    at position: Span<Double>, into statistics: inout MutableSpan<Double>, using workspace: inout Void
  ) {
    let readout = prior.readout(at: position)
    for k in 0..<readout.elements.count { statistics[k] = prior.taskFactor * readout.elements[k] }
  }
}
