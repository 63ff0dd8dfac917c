// The targets that kernels sample: log densities over a flat position.

/// The logarithm of a probability density over a flat position, up to a constant.
///
/// A target is immutable and shared by all chains; whatever an evaluation needs to write lives in a `Workspace` that
/// each chain owns. A workspace only saves allocations: it must not change what a later call returns.
public protocol LogDensity: Sendable {
  /// Scratch memory of an evaluation; it holds no information.
  associatedtype Workspace: Sendable

  /// How the position is cut into blocks.
  var layout: ParameterLayout { get }

  /// The units of the real coordinates: sizes that warm-up measures step sizes and variances by; nil (the default) for ones.
  ///
  /// A prior's standard deviations, so that a change of units changes nothing.
  var units: [Double]? { get }

  /// A workspace for one chain.
  func makeWorkspace() -> Workspace

  /// ln p(position) in nats, up to a constant; −∞ or NaN where there is no density.
  func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double
}

extension LogDensity {
  /// The number of coordinates.
  public var dimension: Int { layout.dimension }
  public var units: [Double]? { nil }
}

extension LogDensity where Workspace == Void {
  /// Nothing, where nothing is needed.
  public func makeWorkspace() {}
}

/// A log density with a gradient over its real coordinates.
public protocol DifferentiableLogDensity: LogDensity {
  /// ln p(position) in nats and its gradient.
  ///
  /// - Parameter gradient: receives ∂ ln p/∂x_j for the real coordinates `0 ..< layout.realCount`; has that length.
  func logDensity(at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Workspace)
    -> Double
}

/// A log density with binary coordinates whose flips are cheap.
///
/// A sweep of flips opens with ``beginFlips(at:using:)``; until the next one, the caches in the workspace follow every
/// flip reported by ``didFlip(_:at:using:)``. Nothing cached outlives a sweep, so a chain's state is its position.
public protocol FlippableLogDensity: LogDensity {
  /// Fills the workspace's caches for `position`.
  func beginFlips(at position: Span<Double>, using workspace: inout Workspace)

  /// ln p after flipping the binary `coordinate` minus ln p before, in nats.
  func logDensityChange(flipping coordinate: Int, at position: Span<Double>, using workspace: inout Workspace) -> Double

  /// The value of the binary `coordinate` after a flip. Default: 1 minus the present one.
  func flipped(_ coordinate: Int, at position: Span<Double>) -> Double

  /// Updates the caches after `coordinate` was flipped; `position` already holds the new value.
  func didFlip(_ coordinate: Int, at position: Span<Double>, using workspace: inout Workspace)
}

extension FlippableLogDensity {
  @inlinable @inline(__always)
  public func flipped(_ coordinate: Int, at position: Span<Double>) -> Double { 1 - position[coordinate] }
}

/// Without a workspace there is nothing to cache.
extension FlippableLogDensity where Workspace == Void {
  /// Nothing, where nothing is kept between flips.
  public func beginFlips(at position: Span<Double>, using workspace: inout Void) {}
  /// Nothing, where nothing is kept between flips.
  public func didFlip(_ coordinate: Int, at position: Span<Double>, using workspace: inout Void) {}
}

/// A log density that is a Gaussian over the real coordinates times a likelihood:
/// ln p(x, g) = −½ Σ_j (x_j/s_j)² + ℓ(x, g).
///
/// Preconditioned Crank–Nicolson and elliptical slice sampling use the split.
public protocol GaussianPriorLogDensity: LogDensity {
  /// The prior standard deviations s_j of the real coordinates.
  var priorScales: [Double] { get }

  /// ℓ(position): everything of ln p that is not the Gaussian prior of the real coordinates.
  func logLikelihood(at position: Span<Double>, using workspace: inout Workspace) -> Double
}

extension GaussianPriorLogDensity {
  public var units: [Double]? { priorScales }
}
