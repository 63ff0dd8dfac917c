// Targets that can be heated: a path of densities from a reference to the target.

/// A log density on a path ln p_t(x) = ln p_0(x) + t ℓ(x) from a reference (t = 0) to the target (t = 1).
///
/// p_0 is a prior and ℓ a log likelihood, say; or, for two densities, ℓ their log ratio. For a Gibbs density exp(−β N L) t
/// multiplies the tightness β.
public protocol TemperableLogDensity: LogDensity {
  /// t.
  var inverseTemperature: Double { get }

  /// The same path at another t, with the same layout and workspaces that serve both.
  func tempered(to inverseTemperature: Double) -> Self

  /// ℓ(x) = ∂ ln p_t(x)/∂t in nats, which does not depend on t; −∞ or NaN where the target has no density.
  func temperatureSlope(at position: Span<Double>, using workspace: inout Workspace) -> Double
}

/// The geometric path from a reference to a target: p_t ∝ reference^(1−t) target^t, ℓ = ln target − ln reference.
///
/// With a prior as reference this is prior × likelihood^t. Evaluates both densities (at t = 0 and t = 1 only the one that
/// counts).
public struct Tempered<Target: LogDensity, Reference: LogDensity>: TemperableLogDensity {
  /// The density at t = 1.
  public let target: Target
  /// The density at t = 0.
  public let reference: Reference
  public private(set) var inverseTemperature: Double

  /// - Precondition: densities of one layout; `inverseTemperature` in 0 ... 1.
  public init(_ target: Target, reference: Reference, inverseTemperature: Double = 1) {
    precondition(
      target.dimension == reference.dimension && target.layout.realCount == reference.layout.realCount,
      "target and reference have different coordinates")
    precondition(inverseTemperature >= 0 && inverseTemperature <= 1, "an inverse temperature is in 0 ... 1")
    self.target = target
    self.reference = reference
    self.inverseTemperature = inverseTemperature
  }

  /// Scratch memory of both densities.
  public struct Workspace: Sendable {
    /// Scratch memory of the target.
    public var target: Target.Workspace
    /// Scratch memory of the reference.
    public var reference: Reference.Workspace
    /// The reference's gradient.
    @usableFromInline var gradient: [Double]
  }

  public var layout: ParameterLayout { target.layout }
  public var units: [Double]? { target.units }

  public func makeWorkspace() -> Workspace {
    Workspace(
      target: target.makeWorkspace(), reference: reference.makeWorkspace(),
      gradient: [Double](repeating: 0, count: layout.realCount))
  }

  public func tempered(to inverseTemperature: Double) -> Self {
    Tempered(target, reference: reference, inverseTemperature: inverseTemperature)
  }

  @inlinable
  public func temperatureSlope(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    target.logDensity(at: position, using: &workspace.target)
      - reference.logDensity(at: position, using: &workspace.reference)
  }

  @inlinable
  public func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    let t = inverseTemperature
    if t == 1 { return target.logDensity(at: position, using: &workspace.target) }
    let base = reference.logDensity(at: position, using: &workspace.reference)
    return t == 0 ? base : (1 - t) * base + t * target.logDensity(at: position, using: &workspace.target)
  }
}

extension Tempered: DifferentiableLogDensity
where Target: DifferentiableLogDensity, Reference: DifferentiableLogDensity {
  @inlinable
  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Workspace
  ) -> Double {
    let t = inverseTemperature
    if t == 0 { return reference.logDensity(at: position, gradient: &gradient, using: &workspace.reference) }
    let value = target.logDensity(at: position, gradient: &gradient, using: &workspace.target)
    if t == 1 { return value }
    let base = Self.evaluate(
      reference, at: position, gradient: &workspace.gradient, workspace: &workspace.reference)
    for j in 0..<workspace.gradient.count { gradient[j] = t * gradient[j] + (1 - t) * workspace.gradient[j] }
    return (1 - t) * base + t * value
  }

  /// Takes gradient and workspace apart, which exclusivity checking would not let both be reached through one value.
  @inlinable @inline(__always)
  static func evaluate(
    _ reference: Reference, at position: Span<Double>, gradient: inout [Double],
    workspace: inout Reference.Workspace
  ) -> Double {
    var span = gradient.mutableSpan
    return reference.logDensity(at: position, gradient: &span, using: &workspace)
  }
}

extension Tempered: FlippableLogDensity where Target: FlippableLogDensity, Reference: FlippableLogDensity {
  @inlinable
  public func beginFlips(at position: Span<Double>, using workspace: inout Workspace) {
    target.beginFlips(at: position, using: &workspace.target)
    reference.beginFlips(at: position, using: &workspace.reference)
  }

  @inlinable
  public func logDensityChange(
    flipping coordinate: Int, at position: Span<Double>, using workspace: inout Workspace
  ) -> Double {
    let t = inverseTemperature
    let base = reference.logDensityChange(flipping: coordinate, at: position, using: &workspace.reference)
    if t == 0 { return base }
    return (1 - t) * base + t * target.logDensityChange(flipping: coordinate, at: position, using: &workspace.target)
  }

  @inlinable
  public func flipped(_ coordinate: Int, at position: Span<Double>) -> Double {
    target.flipped(coordinate, at: position)
  }

  @inlinable
  public func didFlip(_ coordinate: Int, at position: Span<Double>, using workspace: inout Workspace) {
    target.didFlip(coordinate, at: position, using: &workspace.target)
    reference.didFlip(coordinate, at: position, using: &workspace.reference)
  }
}
