// What every model's log density of a whole network can do, so that kernels, tests and commands work with any model.

import Sampling

/// The log density of a whole network: ln p(Θ) = −½ Σ_j (θ_j/s_j)² + (ln of coins, for binary gains) − t n V(Θ).
///
/// V binds the network to its task: β times the loss for the Gibbs ensemble, −Λ·R for one that is linear in the readout
/// (THEORY sections 4-6). n, the ``taskFactor``, is the width in mean-field scaling, and t the inverse temperature.
public protocol NetworkDensity:
  DifferentiableLogDensity, FlippableLogDensity, GaussianPriorLogDensity, TemperableLogDensity
{
  /// A kernel of whole networks that uses the model's populations; ``NoKernel`` by default.
  associatedtype CollapsedKernel: PointKernel = NoKernel<Self> where CollapsedKernel.Target == Self
  /// A kernel that moves one neuron after another; ``NoKernel`` by default.
  associatedtype NeuronKernel: TunableKernel = NoKernel<Self> where NeuronKernel.Target == Self

  /// A kernel of trajectories with the output weights integrated out; ``NoKernel`` by default.
  associatedtype CollapsedTrajectoryKernel: TunableKernel = NoKernel<Self>
  where CollapsedTrajectoryKernel.Target == Self

  /// A kernel whose every step is an independent draw; ``NoKernel`` by default.
  associatedtype ExactKernel: PointKernel = NoKernel<Self> where ExactKernel.Target == Self

  /// The Gaussian prior of all real weights.
  var weightPrior: WeightPrior { get }
  /// n: the number of neurons (of the last layer), or 1 in standard scaling.
  var taskFactor: Double { get }

  /// A draw of the prior: the density at t = 0.
  func drawPrior(using stream: inout RandomStream) -> [Double]

  /// The same density with its task's data drawn anew given a network: what Geweke's joint test alternates with.
  ///
  /// With networks Θ from the prior and data from their likelihood given Θ, the law of Θ given the data is this density. Nil
  /// where exp(−n V) is no likelihood of data (an ensemble that is linear in the readout).
  func withTask(drawnGiven position: Span<Double>, using stream: inout RandomStream) -> Self?

  /// The task's data: what ``withTask(drawnGiven:using:)`` replaces. Empty where it returns nil (the default).
  var taskData: [Double] { get }

  /// The kernel that draws all weights exactly but for a few numbers; nil (the default) where that cannot be done.
  func collapsedKernel() -> CollapsedKernel?
  /// The kernel of trajectories with the output weights integrated out; nil (the default) where they are not Gaussian given the rest.
  ///
  /// - Parameter stepSize: in units of the prior.
  func collapsedTrajectoryKernel(stepSize: Double, length: TrajectoryLength) -> CollapsedTrajectoryKernel?
  /// The kernel that draws independent neurons by rejection; nil (the default) where neurons interact or no bound is known.
  func exactKernel() -> ExactKernel?
  /// The kernel that moves neuron by neuron; nil (the default) where neurons do not meet in a sum only.
  func neuronKernel() -> NeuronKernel?
}

extension NetworkDensity where CollapsedKernel == NoKernel<Self> {
  /// None, unless a density has one.
  public func collapsedKernel() -> NoKernel<Self>? { nil }
}

extension NetworkDensity where CollapsedTrajectoryKernel == NoKernel<Self> {
  /// None, unless a density has one.
  public func collapsedTrajectoryKernel(stepSize: Double, length: TrajectoryLength) -> NoKernel<Self>? { nil }
}

extension NetworkDensity where ExactKernel == NoKernel<Self> {
  /// None, unless a density has one.
  public func exactKernel() -> NoKernel<Self>? { nil }
}

extension NetworkDensity where NeuronKernel == NoKernel<Self> {
  /// None, unless a density has one.
  public func neuronKernel() -> NoKernel<Self>? { nil }
}

extension NetworkDensity {
  public var taskData: [Double] { [] }

  public var priorScales: [Double] { weightPrior.scales }

  /// Weights from their Gaussians: all there are where no gain is drawn.
  public func drawPrior(using stream: inout RandomStream) -> [Double] { weightPrior.draw(using: &stream) }

  /// −t n V: all but the Gaussian prior, where no gain is drawn.
  public func logLikelihood(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    inverseTemperature * temperatureSlope(at: position, using: &workspace)
  }
}

/// A density without binary coordinates has nothing to flip.
extension NetworkDensity {
  public func beginFlips(at position: Span<Double>, using workspace: inout Workspace) {}

  public func logDensityChange(
    flipping coordinate: Int, at position: Span<Double>, using workspace: inout Workspace
  ) -> Double { preconditionFailure("there are no binary coordinates to flip") }

  public func didFlip(_ coordinate: Int, at position: Span<Double>, using workspace: inout Workspace) {}
}
