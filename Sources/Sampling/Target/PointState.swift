// Where a chain is: the current and the proposed point, each with its own value and gradient.

/// A position together with what is known of the density there.
///
/// Value and gradient travel with the position, so that nothing can be stale: a kernel that moves the position by
/// any other way than exchanging whole points calls ``invalidate()``.
public struct EvaluatedPoint: Sendable {
  /// The coordinates.
  public var position: [Double]
  /// ∂ ln p/∂x over the real coordinates; meaningful only if ``hasGradient``.
  public var gradient: [Double]
  /// ln p(position), up to a constant; meaningful only if ``hasLogDensity``.
  public var logDensity: Double
  /// Whether ``logDensity`` belongs to ``position``.
  public private(set) var hasLogDensity: Bool
  /// Whether ``gradient`` belongs to ``position``.
  public private(set) var hasGradient: Bool

  /// An unevaluated point.
  public init(position: [Double], realCount: Int) {
    self.position = position
    gradient = [Double](repeating: 0, count: realCount)
    logDensity = .nan
    hasLogDensity = false
    hasGradient = false
  }

  /// Declares that the position was changed and nothing is known of the density there.
  @inlinable @inline(__always)
  public mutating func invalidate() { markUnknown() }

  /// Declares that ``logDensity`` was just set for ``position``, with no gradient.
  @inlinable @inline(__always)
  public mutating func setLogDensity(_ value: Double) { markEvaluated(value, gradient: false) }

  /// Takes over everything from another point of the same layout, into memory that is already there.
  @inlinable
  public mutating func copy(from other: EvaluatedPoint) {
    VectorOperations.copy(other.position, into: &position, range: 0..<position.count)
    VectorOperations.copy(other.gradient, into: &gradient, range: 0..<gradient.count)
    markLike(other)
  }

  /// Takes over the binary coordinates, which a kernel for real ones carries along unchanged.
  @inlinable @inline(__always)
  public mutating func copyBinaryCoordinates(from other: EvaluatedPoint) {
    VectorOperations.copy(other.position, into: &position, range: gradient.count..<position.count)
  }

  /// Evaluates the log density if it is not known. Returns the number of evaluations (0 or 1).
  @inlinable @inline(__always) @discardableResult
  public mutating func evaluate<Target: LogDensity>(_ target: Target, using workspace: inout Target.Workspace) -> Int {
    guard !hasLogDensity else { return 0 }
    let value = target.logDensity(at: position.span, using: &workspace)
    markEvaluated(value, gradient: false)
    return 1
  }

  /// Evaluates log density and gradient if the gradient is not known. Returns the number of evaluations (0 or 1).
  @inlinable @inline(__always) @discardableResult
  public mutating func evaluateGradient<Target: DifferentiableLogDensity>(
    _ target: Target, using workspace: inout Target.Workspace
  ) -> Int {
    guard !hasGradient else { return 0 }
    let value = Self.evaluate(target, at: position, gradient: &gradient, using: &workspace)
    markEvaluated(value, gradient: true)
    return 1
  }

  /// Takes the arrays apart from `self`, which exclusivity checking would not let both be reached through.
  @inlinable @inline(__always)
  static func evaluate<Target: DifferentiableLogDensity>(
    _ target: Target, at position: [Double], gradient: inout [Double], using workspace: inout Target.Workspace
  ) -> Double {
    var span = gradient.mutableSpan
    return target.logDensity(at: position.span, gradient: &span, using: &workspace)
  }

  @usableFromInline
  mutating func markUnknown() {
    hasLogDensity = false
    hasGradient = false
  }

  @usableFromInline
  mutating func markLike(_ other: EvaluatedPoint) {
    logDensity = other.logDensity
    hasLogDensity = other.hasLogDensity
    hasGradient = other.hasGradient
  }

  @usableFromInline
  mutating func markEvaluated(_ value: Double, gradient: Bool) {
    logDensity = value
    hasLogDensity = true
    hasGradient = gradient
  }
}

/// The current and the proposed point of a chain, and its workspace for evaluating the target.
public struct PointState<Target: LogDensity>: Sendable {
  /// Where the chain is.
  public var current: EvaluatedPoint
  /// Where a kernel tries to go; acceptance swaps the two.
  public var proposed: EvaluatedPoint
  /// The target's workspace.
  public var workspace: Target.Workspace

  /// Evaluates the target at a starting position.
  ///
  /// - Throws: ``StartError`` if the position has the wrong length, a coordinate is not finite (or not 0 or 1, or one of
  ///   two signs, where it must be), or the log density there is not finite.
  public init(target: Target, at position: [Double]) throws {
    let layout = target.layout
    guard position.count == layout.dimension else {
      throw StartError("the starting point has \(position.count) coordinates, the target \(layout.dimension)")
    }
    for block in layout.blocks {
      for index in block.range {
        let value = position[index]
        guard !block.allows(value) else { continue }
        throw StartError("\(layout.name(ofCoordinate: index)) starts at \(value); it must be \(block.allowedWords)")
      }
    }
    workspace = target.makeWorkspace()
    current = EvaluatedPoint(position: position, realCount: layout.realCount)
    proposed = current
    current.evaluate(target, using: &workspace)
    guard current.logDensity.isFinite else {
      throw StartError("the log density at the starting point is \(current.logDensity); it must be finite")
    }
  }

  /// A point of which nothing is known yet.
  ///
  /// - Precondition: a position of the target's length.
  package init(unevaluatedAt position: [Double], of target: Target) {
    precondition(position.count == target.layout.dimension)
    workspace = target.makeWorkspace()
    current = EvaluatedPoint(position: position, realCount: target.layout.realCount)
    proposed = current
  }

  /// Makes the proposed point the current one.
  @inlinable @inline(__always)
  public mutating func accept() { swap(&current, &proposed) }
}

extension PointState where Target: DifferentiableLogDensity {
  /// Evaluates the gradient at the starting point too.
  ///
  /// - Throws: ``StartError`` naming the parameter whose gradient is not finite.
  package mutating func requireFiniteGradient(of target: Target) throws {
    current.evaluateGradient(target, using: &workspace)
    if let index = current.gradient.firstIndex(where: { !$0.isFinite }) {
      throw StartError(
        "the gradient with respect to \(target.layout.name(ofCoordinate: index)) is \(current.gradient[index]) at the starting point; it must be finite"
      )
    }
  }
}

/// A chain that cannot start, with the reason.
public struct StartError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The reason, a sentence without chain number.
  public let reason: String
  /// The chain, once known.
  public let chain: Int?

  /// An error with its reason, a sentence without the chain's number.
  public init(_ reason: String, chain: Int? = nil) {
    self.reason = reason
    self.chain = chain
  }

  /// The same error with the chain named.
  public func inChain(_ number: Int) -> StartError { StartError(reason, chain: number) }

  public var description: String { chain.map { "chain \($0) cannot start: \(reason)" } ?? "cannot start: \(reason)" }
}
