// Densities in which neurons meet only in a sum, so that one neuron can be moved at the cost of one neuron.

import Sampling

/// A network density whose task sees the network only through a weighted sum of the neurons' responses:
///
///     ln p(Θ) = −½ Σ_j (θ_j/s_j)² + (ln of coins) − (κ/2) |Y − f Σ_i w_i h_i|² + const,
///
/// h_i ∈ ℝ^S being a function of neuron i's own parameters other than w_i. Every block of the position has the neuron as its last
/// axis, and `output_weight` comes first. One-hidden-layer networks on sampled stimuli are of this kind (S = K P outputs), and
/// gain-modulated linear ones (S = K D entries of the readout).
public protocol NeuronSumDensity: NetworkDensity {
  /// N.
  var neurons: Int { get }
  /// S.
  var responseCount: Int { get }
  /// Y, κ and f; nil if the density is not of this kind (several hidden layers, a potential that is no loss).
  func neuronSumTask() -> NeuronSumTask?
  /// Writes h, [neuron, response], at a position. Allocates nothing.
  func writeResponses(
    at position: Span<Double>, into responses: inout MutableSpan<Double>, using workspace: inout Workspace)
  /// The prior probability that a binary coordinate is 1. Default: 1/2, for densities that have none.
  var activeProbability: Double { get }
}

extension NeuronSumDensity {
  public var activeProbability: Double { 0.5 }
}

extension NeuronSumDensity where NeuronKernel == NeuronGibbs<Self> {
  public func neuronKernel() -> NeuronGibbs<Self>? { NeuronGibbs(self) }
}

/// What the responses of a ``NeuronSumDensity`` should add up to.
public struct NeuronSumTask: Sendable, Equatable {
  /// Y, [response].
  public var wanted: [Double]
  /// κ ≥ 0.
  public var precision: Double
  /// f.
  public var factor: Double
  /// What ln p has besides the prior and the sum's part: a constant.
  public var offset: Double
  /// Whether the sum is Y exactly: κ → ∞, and the number in its place a unit.
  public var isHard: Bool

  /// A task of its parts.
  public init(wanted: [Double], precision: Double, factor: Double, offset: Double = 0, isHard: Bool = false) {
    self.wanted = wanted
    self.precision = precision
    self.factor = factor
    self.offset = offset
    self.isHard = isHard
  }
}
