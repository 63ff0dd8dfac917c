// What the maximum-entropy solver solves for: a family of densities that multipliers tilt.

/// A family of densities p_Λ(x) = p_0(x) e^{A(Λ, x)}/Z(Λ), whose multipliers Λ control the averages of constraint functions f.
///
/// The plain case is A(Λ, x) = Λ·f(x): the densities of least relative entropy to p_0 with given ⟨f⟩ (Jaynes 1957). In the
/// general one f may depend on further variables z that are integrated out analytically, A(Λ, x) = ln ⟨e^{Λ·f(x, z)}⟩ over
/// p_0(z | x). Then ∂A/∂Λ = ⟨f | x⟩ and ∂²A/∂Λ² = Cov(f | x), so that with the averages of p_Λ
///
///     ∂ ln Z/∂Λ = ⟨∂A/∂Λ⟩ = ⟨f⟩,   ∂² ln Z/∂Λ² = Cov(∂A/∂Λ) + ⟨∂²A/∂Λ²⟩ = Cov(f).
///
/// The solver keeps of every draw only its *statistics* h(x), few numbers from which A and its derivatives follow for any
/// Λ: that is what makes reweighting cheap. Plain families have h = f and get everything but ``density(multipliers:)``,
/// ``writeStatistics(at:into:using:)`` and ``drawStart(using:)`` by default.
public protocol ConstraintFamily: Sendable {
  /// What is sampled.
  associatedtype Density: DifferentiableLogDensity
  /// Scratch memory for evaluating statistics.
  associatedtype Workspace: Sendable

  /// The names of the m constraints, as reports and errors call them.
  var constraintNames: [String] { get }

  /// The number of statistics h. Default: m.
  var statisticCount: Int { get }

  /// Whether ``drawStart(using:)`` draws from p_0 exactly and independently; else a chain at Λ = 0 is run first.
  var drawsBaseExactly: Bool { get }

  /// A draw of p_0, or a point from which a chain can start.
  func drawStart(using stream: inout RandomStream) -> [Double]

  /// Why p_Λ is known not to exist (not normalisable, say); nil if it does or nothing is known. Default: nil.
  ///
  /// The solver never asks for a density that is refused here: it shortens its steps instead.
  func refusal(of multipliers: [Double]) -> String?

  /// ln p_Λ up to a constant that does not depend on Λ: ln p_0(x) + A(Λ, x).
  ///
  /// - Precondition: ``ConstraintFamily/refusal(of:)`` has nothing against these multipliers.
  func density(multipliers: [Double]) -> Density

  /// Scratch memory for one chain.
  func makeWorkspace() -> Workspace

  /// Writes the statistics h(x). Allocates nothing.
  func writeStatistics(
    at position: Span<Double>, into statistics: inout MutableSpan<Double>, using workspace: inout Workspace)

  /// A(Λ, x) in nats; A(0, x) = 0. Default: Λ·h.
  func logWeight(multipliers: Span<Double>, statistics: Span<Double>) -> Double

  /// Writes ⟨f | x⟩ = ∂A/∂Λ, of length m. Default: h.
  func writeMean(multipliers: Span<Double>, statistics: Span<Double>, into mean: inout MutableSpan<Double>)

  /// Adds `weight` · Cov(f | x) = `weight` · ∂²A/∂Λ² to an m × m matrix. Default: adds nothing.
  func addCovariance(
    multipliers: Span<Double>, statistics: Span<Double>, weight: Double, to covariance: inout Matrix)
}

extension ConstraintFamily {
  public var statisticCount: Int { constraintNames.count }

  public func refusal(of multipliers: [Double]) -> String? { nil }

  public func logWeight(multipliers: Span<Double>, statistics: Span<Double>) -> Double {
    var sum = 0.0
    for k in 0..<multipliers.count { sum += multipliers[k] * statistics[k] }
    return sum
  }

  public func writeMean(multipliers: Span<Double>, statistics: Span<Double>, into mean: inout MutableSpan<Double>) {
    for k in 0..<mean.count { mean[k] = statistics[k] }
  }

  public func addCovariance(
    multipliers: Span<Double>, statistics: Span<Double>, weight: Double, to covariance: inout Matrix
  ) {}
}

extension ConstraintFamily where Workspace == Void {
  /// Nothing, where nothing is needed.
  public func makeWorkspace() {}
}
