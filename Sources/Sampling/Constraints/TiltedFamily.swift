// The plain family of maximum entropy: a base density tilted by constraint functions of the position.

/// Several constraint functions f(x), evaluated together because they share work.
public protocol ConstraintFunctions: Sendable {
  /// Scratch memory of an evaluation.
  associatedtype Workspace: Sendable

  /// The names of the functions, as reports and errors call them.
  var names: [String] { get }
  /// Scratch memory for one chain.
  func makeWorkspace() -> Workspace
  /// Writes f(x). Allocates nothing.
  func evaluate(at position: Span<Double>, into values: inout MutableSpan<Double>, using workspace: inout Workspace)
  /// Adds Σ_k weights_k ∂f_k/∂x over the real coordinates. Allocates nothing.
  func addGradient(
    weights: Span<Double>, at position: Span<Double>, to gradient: inout MutableSpan<Double>,
    using workspace: inout Workspace)
}

/// One constraint: the average of a function of the position, and the value that it must have.
public struct Constraint: Sendable {
  /// f(x).
  public typealias Function = @Sendable (Span<Double>) -> Double
  /// Adds weight · ∂f/∂x over the real coordinates: (x, weight, gradient).
  public typealias Gradient = @Sendable (Span<Double>, Double, inout MutableSpan<Double>) -> Void

  /// How reports and errors call it.
  public let name: String
  /// The wanted ⟨f⟩.
  public let target: Double
  let value: Function
  let addGradient: Gradient

  /// - Parameters:
  ///   - value: f(x).
  ///   - addGradient: adds weight · ∂f/∂x to its last argument, over the real coordinates.
  public init(_ name: String, target: Double, value: @escaping Function, addGradient: @escaping Gradient) {
    self.name = name
    self.target = target
    self.value = value
    self.addGradient = addGradient
  }
}

/// Constraint functions given one by one, as closures.
public struct ConstraintList: ConstraintFunctions {
  /// The constraints.
  public let constraints: [Constraint]

  /// The functions of these constraints; their targets are the solver's business.
  public init(_ constraints: [Constraint]) { self.constraints = constraints }

  public var names: [String] { constraints.map(\.name) }
  public func makeWorkspace() {}

  public func evaluate(at position: Span<Double>, into values: inout MutableSpan<Double>, using workspace: inout Void) {
    for k in 0..<constraints.count { values[k] = constraints[k].value(position) }
  }

  public func addGradient(
    weights: Span<Double>, at position: Span<Double>, to gradient: inout MutableSpan<Double>,
    using workspace: inout Void
  ) {
    for k in 0..<constraints.count { constraints[k].addGradient(position, weights[k], &gradient) }
  }
}

/// ln p_Λ(x) = ln p_0(x) + Λ·f(x), up to a constant.
public struct TiltedDensity<Base: DifferentiableLogDensity, Functions: ConstraintFunctions>: DifferentiableLogDensity {
  /// p_0.
  public let base: Base
  /// f.
  public let functions: Functions
  /// Λ.
  public let multipliers: [Double]

  /// - Precondition: a multiplier for every function.
  public init(_ base: Base, functions: Functions, multipliers: [Double]) {
    precondition(functions.names.count == multipliers.count, "a multiplier for every function")
    self.base = base
    self.functions = functions
    self.multipliers = multipliers
  }

  /// Scratch memory of both parts.
  public struct Workspace: Sendable {
    var base: Base.Workspace
    var functions: Functions.Workspace
    var values: [Double]
  }

  public var layout: ParameterLayout { base.layout }
  public var units: [Double]? { base.units }

  public func makeWorkspace() -> Workspace {
    Workspace(
      base: base.makeWorkspace(), functions: functions.makeWorkspace(),
      values: [Double](repeating: 0, count: multipliers.count))
  }

  public func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    base.logDensity(at: position, using: &workspace.base) + tilt(at: position, using: &workspace)
  }

  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Workspace
  ) -> Double {
    let value = base.logDensity(at: position, gradient: &gradient, using: &workspace.base)
    functions.addGradient(weights: multipliers.span, at: position, to: &gradient, using: &workspace.functions)
    return value + tilt(at: position, using: &workspace)
  }

  /// Λ·f(x).
  private func tilt(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    Self.evaluate(functions, at: position, into: &workspace.values, using: &workspace.functions)
    var sum = 0.0
    for k in 0..<multipliers.count { sum += multipliers[k] * workspace.values[k] }
    return sum
  }

  /// Takes values and workspace apart, which exclusivity checking would not let both be reached through one value.
  private static func evaluate(
    _ functions: Functions, at position: Span<Double>, into values: inout [Double],
    using workspace: inout Functions.Workspace
  ) {
    var span = values.mutableSpan
    functions.evaluate(at: position, into: &span, using: &workspace)
  }
}

/// The densities p_Λ ∝ p_0 e^{Λ·f} of a base p_0 and constraint functions f: of all densities with the same ⟨f⟩ the ones
/// closest to p_0 in relative entropy.
public struct TiltedFamily<Base: DifferentiableLogDensity, Functions: ConstraintFunctions>: ConstraintFamily {
  /// p_0.
  public let base: Base
  /// f.
  public let functions: Functions
  public let drawsBaseExactly: Bool
  private let start: @Sendable (inout RandomStream) -> [Double]
  private let refusal: @Sendable ([Double]) -> String?

  /// - Parameters:
  ///   - drawsBaseExactly: whether `start` draws from the base exactly and independently; else a chain is run there too.
  ///   - refusal: why there is no density with these multipliers; nil if there is one or nothing is known.
  ///   - start: a draw of the base, or a point from which a chain can start.
  public init(
    _ base: Base, functions: Functions, drawsBaseExactly: Bool = false,
    refusal: @escaping @Sendable (_ multipliers: [Double]) -> String? = { _ in nil },
    start: @escaping @Sendable (inout RandomStream) -> [Double]
  ) {
    self.base = base
    self.functions = functions
    self.drawsBaseExactly = drawsBaseExactly
    self.refusal = refusal
    self.start = start
  }

  public func refusal(of multipliers: [Double]) -> String? { refusal(multipliers) }
  public var constraintNames: [String] { functions.names }
  public func drawStart(using stream: inout RandomStream) -> [Double] { start(&stream) }
  public func makeWorkspace() -> Functions.Workspace { functions.makeWorkspace() }

  public func density(multipliers: [Double]) -> TiltedDensity<Base, Functions> {
    TiltedDensity(base, functions: functions, multipliers: multipliers)
  }

  public func writeStatistics(
    at position: Span<Double>, into statistics: inout MutableSpan<Double>, using workspace: inout Functions.Workspace
  ) {
    functions.evaluate(at: position, into: &statistics, using: &workspace)
  }
}
