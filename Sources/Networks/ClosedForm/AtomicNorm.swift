// The least product of weight scales with which the moment convention can solve a task.

import Sampling

/// An interval that certainly contains the atomic norm of a target (THEORY section 2).
public struct AtomicNorm: Sendable, Equatable {
  /// Λ·A / max_g |Λᵀg| for the best Λ found: no decomposition is cheaper.
  public let lower: Double
  /// The mass of the best decomposition of A into atoms g m̂ᵀ found.
  public let upper: Double

  /// The relative width at which the search stops.
  public static let relativeGap = 2e-7

  /// The norm of `target` with atoms g m̂ᵀ, g in {0, 1}^K (all ones alone if `saturated`), |m̂| = 1.
  ///
  /// Minimises log Σ_g (1-|Vᵀg|²)^(-1/2) - s V·A for growing s. At each minimum the gradient *is* a decomposition of A into
  /// atoms and V a dual certificate; the gap between the two closes as 1/s. Stops at a relative gap of 2·10⁻⁷, or as soon as
  /// the interval lies on one side of `threshold`. Some sixty Newton steps.
  ///
  /// - Throws: ``MaxEntropyError`` if K > 20 and A is no multiple of the identity, if `saturated` and the rows differ, or if
  ///   the gap stays above 10⁻⁶.
  public init(of task: LearningTask, saturated: Bool = false, threshold: Double? = nil) throws {
    let largest = task.target.elements.reduce(0) { max($0, abs($1)) }
    guard largest > 0 else {
      self.init(lower: 0, upper: 0)
      return
    }
    if saturated {
      try MaxEntropyProblem.requireEqualRows(task.target)
      let norm = largest * (0..<task.features).reduce(0) { $0 + pow(task.target[0, $1] / largest, 2) }.squareRoot()
      self.init(lower: norm, upper: norm)
      return
    }
    let relative = threshold.map { $0 / largest }
    let result: AtomicNorm
    if let scale = task.inputSelectionScale, task.contexts > 1 {
      let flat = [Double](repeating: 0, count: task.contexts + 1)
      result = try Self.search(
        SymmetricPatterns(contexts: task.contexts, scale: scale / largest, logPrior: flat), threshold: relative)
    } else {
      try MaxEntropyProblem.requireEnumerable(task.contexts)
      let flat = [Double](repeating: 1, count: task.contexts + 1)
      result = try Self.search(
        EnumeratedPatterns(target: (1 / largest) * task.target, patternPrior: flat), threshold: relative)
    }
    self.init(lower: largest * result.lower, upper: largest * result.upper)
  }

  /// The norm with atoms g m̂ᵀ, g a pattern of given gains, |m̂| = 1.
  ///
  /// Neither weights nor fractions of the patterns matter: a rare pattern can carry any readout by large weights.
  ///
  /// - Throws: ``MaxEntropyError`` if no combination of the patterns is the target, or if the gap stays above 10⁻⁶.
  init(of task: LearningTask, given: GivenGains, threshold: Double? = nil) throws {
    let span = try GainSpan(given)
    try span.require(task.target)
    let largest = task.target.elements.reduce(0) { max($0, abs($1)) }
    guard largest > 0 else {
      self.init(lower: 0, upper: 0)
      return
    }
    let geometry = GivenPatterns(
      patterns: given.patterns * span.basis, fractions: given.fractions,
      target: (1 / largest) * (span.basis.transposed * task.target))
    let result = try Self.search(geometry, threshold: threshold.map { $0 / largest })
    self.init(lower: largest * result.lower, upper: largest * result.upper)
  }

  private init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  private static func search<Geometry: DualGeometry>(_ geometry: Geometry, threshold: Double?) throws -> AtomicNorm {
    let target = geometry.targetCoordinates
    let reference = geometry.rowNormSum(target)
    guard reference.isFinite else {
      throw MaxEntropyError.notConverged(residual: reference, iterations: 0, smallestMargin: 1)
    }
    var newton = DualNewton(geometry: geometry, convention: .prior)
    var point: DualPoint?
    var lower = 0.0
    var upper = reference
    var steps = 0
    var factor = 8 / reference
    for _ in 0..<12 {
      let next = try newton.minimize(from: point, targetFactor: factor)
      steps += next.iterations
      let derivatives = newton.geometry.derivatives(at: next.coordinates)
      let linear = zip(next.coordinates, target).reduce(0) { $0 + $1.0 * $1.1 }
      lower = max(lower, linear / (1 - newton.geometry.smallestMargin).squareRoot())
      let missing = zip(derivatives.gradient, target).map { $0 / factor - $1 }
      upper = min(upper, newton.geometry.atomMass / factor + newton.geometry.rowNormSum(missing))
      if upper - lower <= relativeGap * lower { return AtomicNorm(lower: lower, upper: upper) }
      if let threshold, threshold > upper || threshold < 0.999 * lower { break }
      point = next
      factor *= 6
    }
    guard threshold != nil || upper - lower <= 1e-6 * lower else {
      throw MaxEntropyError.notConverged(
        residual: upper - lower, iterations: steps, smallestMargin: newton.geometry.smallestMargin)
    }
    return AtomicNorm(lower: lower, upper: upper)
  }
}
