// Damped Newton's method on the convex dual, with the barrier at max ρ = 1 kept by the line search.

import CGSL
import Sampling

/// A point of the dual: coordinates of V and the precisions, in units in which the weight scales are one.
struct DualPoint: Sendable {
  /// Coordinates of V = Λ/√(α_w α_m).
  var coordinates: [Double]
  /// α_w σ_w².
  var outputPrecision: Double
  /// α_m σ_m².
  var inputPrecision: Double
  /// Largest component of the gradient in units of readout/(σ_w σ_m) and of relative second moment.
  var residual: Double
  /// Newton steps taken to here, those on a path included.
  var iterations: Int
  /// Whether a minimum was reached, to whatever accuracy was asked for.
  var isMinimum = false
}

/// Minimises the dual of either convention over one geometry.
///
/// Prior: log Σ - V·B + ½ VᵀFV/(β σ_w² σ_m²), the last for the Gibbs ensemble only. Moment: log Σ - ½ log α_w - (D/2) log α_m
/// - √(α_w α_m) V·B + α_w/2 + D α_m/2 (all scaled). The Newton step is taken in the natural parameters (Λ, α_w, α_m), in which
/// both are convex, each measured in units of its present size.
struct DualNewton<Geometry: DualGeometry> {
  var geometry: Geometry
  let convention: WeightConvention
  /// β σ_w² σ_m², nil for the product ensemble.
  let tightness: Double?

  private(set) var target: [Double]
  let form: Matrix
  let multiplicity: [Double]

  init(geometry: Geometry, convention: WeightConvention, tightness: Double? = nil) {
    self.geometry = geometry
    self.convention = convention
    self.tightness = tightness
    target = geometry.targetCoordinates
    form = geometry.covarianceForm
    multiplicity = geometry.multiplicity
  }

  /// The least fraction of its smallest margin that a step keeps.
  private static var largestShrinkage: Double { 0.2 }

  /// Minimises from `start` (default: the prior) until the residual stops shrinking, and returns the best point; after
  /// `maximumSteps` the last one.
  ///
  /// `targetFactor` multiplies B; with `center` a decrement well below μ is enough, for a point on a path. The geometry is left at the returned point.
  ///
  /// - Throws: ``GSLError`` if the Hessian is not positive definite although the point is interior.
  mutating func minimize(
    from start: DualPoint? = nil, targetFactor: Double = 1, maximumSteps: Int = 400, center: Bool = false
  ) throws -> DualPoint {
    target = geometry.targetCoordinates.map { targetFactor * $0 }
    var point =
      start
      ?? DualPoint(
        coordinates: [Double](repeating: 0, count: geometry.dimension), outputPrecision: 1, inputPrecision: 1,
        residual: .infinity, iterations: 0)
    var value = objective(point)!
    let earlier = center ? 0 : point.iterations
    var best = point
    best.residual = .infinity
    var stale = 0
    var step = 0
    var finished = false
    while true {
      let derivatives = geometry.derivatives(at: point.coordinates)
      let gradient = self.gradient(point, derivatives)
      point.residual = residual(gradient, point)
      point.iterations = earlier + step
      if point.residual < best.residual {
        stale = point.residual < 0.5 * best.residual ? 0 : stale + 1
        best = point
      } else {
        stale += 1
      }
      let newton = try direction(hessian(point, derivatives), gradient)
      let decrement = -zip(gradient, newton).reduce(0) { $0 + $1.0 * $1.1 }
      finished = decrement < (center ? max(1e-14, min(1e-3, 0.1 * geometry.barrier)) : 1e-9)
      if center, finished { break }
      if point.residual == 0 || step == maximumSteps || finished && stale >= 3 { break }
      guard let (next, nextValue) = search(from: point, value, along: newton, decrement) else { break }
      point = next
      value = nextValue
      step += 1
    }
    if !finished || center { best = point }
    best.iterations = earlier + step
    best.isMinimum = finished
    _ = objective(best)
    return best
  }

  /// Minimises plainly, and where that is slow by following a path of easier problems.
  ///
  /// Patterns of little prior weight make a barrier that Newton's method sees too late. See ``follow(to:)``.
  mutating func minimizeAlongPath() throws -> DualPoint {
    let plain = try minimize(maximumSteps: 25)
    if plain.residual <= tolerance { return plain }
    let start = try follow(to: 1e-9)
    geometry.barrier = 0
    return try minimize(from: start, maximumSteps: 200)
  }

  /// The minimum with a faint added barrier -(μ/2) Σ log t, reached along a path.
  ///
  /// The barrier treats all patterns alike and is self-concordant. At μ = 10⁻³ the target grows from zero, then μ falls to
  /// `final`, each by steps that lengthen while Newton needs few iterations and shorten when it needs many. Returns the last
  /// minimum reached, or nil if none; leaves the barrier on.
  mutating func follow(to final: Double) throws -> DualPoint? {
    var point: DualPoint?
    var steps = 0
    var factor = 0.0
    var growth = 0.25
    geometry.barrier = 1e-3
    while factor < 1, growth > 1e-5 {
      let next = min(1, factor + growth)
      let trial = try minimize(from: point, targetFactor: next, maximumSteps: 20, center: true)
      steps += trial.iterations
      if trial.isMinimum {
        factor = next
        point = trial
        growth *= trial.iterations <= 8 ? 2 : 1
      } else {
        growth *= 0.4
      }
    }
    guard factor == 1 else { return point }
    var reduction = 0.1
    while geometry.barrier > final, reduction < 0.95 {
      let before = geometry.barrier
      geometry.barrier = max(final, reduction * before)
      let trial = try minimize(from: point, maximumSteps: 20, center: true)
      steps += trial.iterations
      if trial.isMinimum {
        point = trial
        if trial.iterations <= 8 { reduction = max(0.1, reduction * reduction) }
      } else {
        geometry.barrier = before
        reduction = reduction.squareRoot()
      }
    }
    point?.iterations = steps
    return point
  }

  /// The residual that counts as converged.
  var tolerance: Double {
    let largest = zip(geometry.targetCoordinates, multiplicity).reduce(0) { max($0, $1.1 > 0 ? abs($1.0 / $1.1) : 0) }
    // A margin t = 1 - ρ is known to some units of rounding, so that a load P/t is known to as much over t, relatively.
    return max(1, largest) * max(1e-10, min(1e-6, 1e-13 / geometry.smallestMargin))
  }

  /// The dual's value, or nil outside its domain.
  mutating func objective(_ point: DualPoint) -> Double? {
    guard point.outputPrecision > 0, point.inputPrecision > 0,
      var logSum = geometry.logSum(at: point.coordinates)
    else { return nil }
    if geometry.barrier > 0 {
      let margins = geometry.logMargins
      let logScale = convention == .moment ? log(point.outputPrecision * point.inputPrecision) : 0
      logSum -= 0.5 * geometry.barrier * (margins.sum + margins.count * logScale)
    }
    let linear = zip(point.coordinates, target).reduce(0) { $0 + $1.0 * $1.1 }
    switch convention {
    case .prior:
      guard let tightness else { return logSum - linear }
      let image = form * point.coordinates
      return logSum - linear + zip(point.coordinates, image).reduce(0) { $0 + $1.0 * $1.1 } / (2 * tightness)
    case .moment:
      let features = Double(geometry.features)
      let root = (point.outputPrecision * point.inputPrecision).squareRoot()
      return logSum - 0.5 * log(point.outputPrecision) - 0.5 * features * log(point.inputPrecision) - root * linear
        + 0.5 * point.outputPrecision + 0.5 * features * point.inputPrecision
    }
  }

  /// The gradient in the local units: of √a V, and in the moment convention of log α_w, log α_m at fixed Λ.
  func gradient(_ point: DualPoint, _ derivatives: DualDerivatives) -> [Double] {
    var gradient = derivatives.gradient
    switch convention {
    case .prior:
      for i in 0..<gradient.count { gradient[i] -= target[i] }
      if let tightness {
        let image = form * point.coordinates
        for i in 0..<gradient.count { gradient[i] += image[i] / tightness }
      }
    case .moment:
      let root = (point.outputPrecision * point.inputPrecision).squareRoot()
      let features = Double(geometry.features)
      for i in 0..<gradient.count { gradient[i] -= root * target[i] }
      gradient.append(0.5 * (point.outputPrecision - derivatives.inverseMargin))
      gradient.append(0.5 * (features * point.inputPrecision - (features - 1) - derivatives.inverseMargin))
    }
    return gradient
  }

  /// The Hessian in the same local units.
  func hessian(_ point: DualPoint, _ derivatives: DualDerivatives) -> Matrix {
    let n = geometry.dimension
    switch convention {
    case .prior:
      guard let tightness else { return derivatives.hessian }
      return derivatives.hessian + (1 / tightness) * form
    case .moment:
      var hessian = Matrix(rows: n + 2, columns: n + 2)
      let first = derivatives.inverseMargin
      let second = derivatives.inverseMarginSquared
      for i in 0..<n {
        for j in 0..<n { hessian[i, j] = derivatives.hessian[i, j] }
        let cross =
          -1.5 * derivatives.coupling[i] + 0.5 * derivatives.plainInverseMargin * derivatives.plainGradient[i]
        for j in n..<n + 2 {
          hessian[i, j] = cross
          hessian[j, i] = cross
        }
      }
      let own = 0.75 * second - 0.25 * derivatives.plainInverseMargin * derivatives.plainInverseMargin
      hessian[n, n] = own
      hessian[n + 1, n + 1] = own + 0.5 * Double(geometry.features - 1)
      hessian[n, n + 1] = own - 0.5 * first
      hessian[n + 1, n] = own - 0.5 * first
      return hessian
    }
  }

  /// The largest residual of a constraint: readout entries over σ_w σ_m, second moments relative.
  func residual(_ gradient: [Double], _ point: DualPoint) -> Double {
    let root = convention == .moment ? (point.outputPrecision * point.inputPrecision).squareRoot() : 1
    var largest = 0.0
    for i in 0..<geometry.dimension where multiplicity[i] > 0 {
      largest = max(largest, abs(gradient[i]) / (multiplicity[i] * root))
    }
    if convention == .moment {
      let n = geometry.dimension
      largest = max(largest, 2 * abs(gradient[n]) / point.outputPrecision)
      largest = max(largest, 2 * abs(gradient[n + 1]) / point.inputPrecision)
    }
    return largest
  }

  /// -H⁻¹ gradient, by Cholesky of the Hessian scaled to a unit diagonal.
  private func direction(_ hessian: Matrix, _ gradient: [Double]) throws -> [Double] {
    let n = gradient.count
    let unit = (0..<n).map { 1 / hessian[$0, $0].squareRoot() }
    var scaled = hessian
    for i in 0..<n { for j in 0..<n { scaled[i, j] *= unit[i] * unit[j] } }
    var ridge = 0.0
    while true {
      var shifted = scaled
      for i in 0..<n { shifted[i, i] += ridge }
      do {
        let solution = try Cholesky(shifted).solve((0..<n).map { -unit[$0] * gradient[$0] })
        return (0..<n).map { unit[$0] * solution[$0] }
      } catch {
        // Rounding can spoil positive definiteness close to the barrier; a trace of the identity restores it.
        guard ridge < 1e-6 else { throw error }
        ridge = max(1e-14, 10 * ridge)
      }
    }
  }

  /// Backtracks from a full step until the point is interior and the value falls enough; nil if no step does.
  private mutating func search(
    from point: DualPoint, _ value: Double, along direction: [Double], _ decrement: Double
  ) -> (DualPoint, Double)? {
    // A step that ends at the wall would take many more to leave it: the least margin shrinks at most so much at once.
    let margin = Self.largestShrinkage * geometry.smallestMargin
    var size = 1.0
    while size > 1e-12 {
      let next = moved(point, along: direction, by: size)
      if let nextValue = objective(next), geometry.smallestMargin > margin {
        // Near the minimum the change of value drowns in rounding: Newton's steps are then taken as they come.
        let slack = 1e-13 * (1 + abs(value))
        if decrement < 1e-8 || nextValue <= value - 0.1 * size * decrement + slack { return (next, nextValue) }
      }
      size *= 0.5
    }
    return nil
  }

  func moved(_ point: DualPoint, along direction: [Double], by size: Double) -> DualPoint {
    var next = point
    let n = geometry.dimension
    for i in 0..<n { next.coordinates[i] += size * direction[i] }
    guard convention == .moment else { return next }
    let output = 1 + size * direction[n]
    let input = 1 + size * direction[n + 1]
    next.outputPrecision *= output
    next.inputPrecision *= input
    guard output > 0, input > 0 else { return next }
    let shrink = 1 / (output * input).squareRoot()
    for i in 0..<n { next.coordinates[i] *= shrink }
    return next
  }
}
