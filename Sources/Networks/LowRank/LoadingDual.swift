// Damped Newton's method on the convex dual of a problem of loadings.

import Sampling

/// The dual log Z(Λ) − Λ·t in units in which every scale is one.
struct LoadingDual {
  /// Where the minimum was found.
  struct Minimum: Sendable {
    /// Λ in units of the scales.
    var multipliers: [Double]
    /// The largest error of an average, in units of the product of its scales, or of 10⁴ times the average where that is smaller.
    var residual: Double
    /// The constraint that has it.
    var worst: Int
    var iterations: Int
    /// log Z, 0 for the prior.
    var logNormaliser: Double
    /// P(g); of given gains the fractions.
    var weights: [Double]
    /// A_g⁻¹ of every kind, in units of the scales.
    var covariances: [Matrix]
  }

  /// Without a path, and at each of its stops.
  private static let mostSteps = 60
  private static let lastSteps = 300

  private let kinds: LoadingKinds
  private let constraints: [LoadingConstraint]
  private let names: [String]
  private let size: Int
  /// t in units of the scales.
  private let target: [Double]
  /// What errors are measured by: 1, less where an average is so small that an error of rounding's size beside 1 would swallow it.
  private let units: [Double]
  /// μ: a barrier −(μ/2) Σ_g log det A_g treats all kinds alike, so that steps see the walls of those that hardly occur.
  private var barrier = 0.0

  init(_ problem: LoadingProblem, _ kinds: LoadingKinds, _ constraints: [LoadingConstraint]) {
    self.kinds = kinds
    self.constraints = constraints
    names = problem.loadings
    size = problem.loadings.count
    target = constraints.map { $0.value / problem.scales[$0.first] / problem.scales[$0.second] }
    units = target.map { $0 == 0 ? 1 : min(1, 1e4 * $0.magnitude) }
  }

  /// The minimum: by Newton's method as it is, and where that is slow along a path of fading barriers.
  ///
  /// - Throws: ``LoadingError``.
  mutating func minimize() throws -> Minimum {
    let start = [Double](repeating: 0, count: constraints.count)
    var found = minimize(from: start, steps: Self.mostSteps)
    if found.residual > tolerance(1e5) {
      var point = start
      for exponent in 0...10 {
        barrier = pow(10, -Double(exponent))
        point = minimize(from: point, steps: Self.mostSteps).multipliers
      }
      barrier = 0
      found = minimize(from: point, steps: Self.lastSteps)
    }
    guard found.residual <= tolerance(1e5) else {
      if let certificate = certificate(found.multipliers) { throw LoadingError.infeasible(certificate) }
      if units[found.worst] < 1 {
        throw LoadingError.tooSmall(constraints[found.worst].words(names), target[found.worst])
      }
      throw LoadingError.notConverged(residual: found.residual, iterations: found.iterations)
    }
    try requireResolved(found)
    return found
  }

  /// Refuses averages so near to what no law can have that rounding decides where the edge is: there the smallest eigenvalue of some
  /// population's correlations is of the size of the averages' error.
  private func requireResolved(_ found: Minimum) throws {
    let error = found.residual / (1 + target.reduce(0) { max($0, $1.magnitude) })
    for (weight, covariance) in zip(found.weights, found.covariances) where weight > 1e-12 {
      var correlations = covariance
      for a in 0..<size {
        for b in 0..<size { correlations[a, b] /= (covariance[a, a] * covariance[b, b]).squareRoot() }
      }
      guard let least = try? SymmetricEigen(correlations).values.first, least > 4 * error else {
        throw LoadingError.notResolved(error: error)
      }
    }
  }

  private func tolerance(_ factor: Double) -> Double {
    factor * 1e-13 * (1 + target.reduce(0) { max($0, $1.magnitude) })
  }

  /// The best point of a descent; with a barrier the last one.
  private func minimize(from start: [Double], steps: Int) -> Minimum {
    var multipliers = start
    guard var point = evaluate(multipliers) else { preconditionFailure("a descent begins inside") }
    func minimum(_ residual: Double, _ worst: Int, _ step: Int) -> Minimum {
      Minimum(
        multipliers: multipliers, residual: residual, worst: worst, iterations: step,
        logNormaliser: point.logNormaliser,
        weights: point.weights, covariances: point.covariances)
    }
    var best: Minimum?
    var stale = 0
    var step = 0
    while true {
      let gradient = zip(moments(point, barrier: barrier), target).map { $0 - $1 }
      let errors = zip(gradient, units).map { $0.magnitude / $1 }
      let worst = errors.indices.max { errors[$0] < errors[$1] } ?? 0
      let residual = errors.isEmpty ? 0 : errors[worst]
      stale = residual < 0.5 * (best?.residual ?? .infinity) ? 0 : stale + 1
      if residual < best?.residual ?? .infinity { best = minimum(residual, worst, step) }
      if residual <= tolerance(barrier > 0 ? 1e8 : 1) || stale >= 5 && residual < tolerance(1e4) || step == steps {
        break
      }
      guard let direction = direction(point, gradient),
        let (next, nextPoint) = search(multipliers, point, direction, -dot(gradient, direction))
      else { break }
      multipliers = next
      point = nextPoint
      step += 1
    }
    guard barrier == 0, var best else { return minimum(.infinity, 0, step) }
    best.iterations = step
    // What runs away says where to.
    if best.residual > tolerance(1e5) { best.multipliers = multipliers }
    return best
  }

  /// What a step needs of a point.
  private struct Point {
    var logNormaliser: Double
    var value: Double
    var weights: [Double]
    var covariances: [Matrix]
  }

  /// Σ_j Λ_j g_cj (e_a e_bᵀ + e_b e_aᵀ) of a kind.
  private func form(_ multipliers: [Double], _ kind: Int) -> Matrix {
    var form = Matrix(rows: size, columns: size)
    for (constraint, multiplier) in zip(constraints, multipliers) {
      let strength = multiplier * kinds.gain(kind, constraint.context)
      form[constraint.first, constraint.second] += strength
      form[constraint.second, constraint.first] += strength
    }
    return form
  }

  /// Nil where some A_g is not positive definite.
  private func evaluate(_ multipliers: [Double]) -> Point? {
    var logs: [Double] = []
    var covariances: [Matrix] = []
    logs.reserveCapacity(kinds.count)
    covariances.reserveCapacity(kinds.count)
    for kind in 0..<kinds.count {
      let precision = Matrix.identity(size) - form(multipliers, kind)
      guard precision.elements.allSatisfy(\.isFinite), let factor = try? Cholesky(precision) else { return nil }
      logs.append(-factor.logDeterminant / 2)
      covariances.append(factor.inverse)
    }
    let logNormaliser: Double
    let weights: [Double]
    if kinds.areDrawn {
      let terms = zip(kinds.weights, logs).map { log($0) + $1 }
      let largest = terms.max()!
      let sum = terms.reduce(0) { $0 + exp($1 - largest) }
      logNormaliser = largest + log(sum)
      weights = terms.map { exp($0 - logNormaliser) }
    } else {
      logNormaliser = dot(kinds.weights, logs)
      weights = kinds.weights
    }
    let wall = barrier > 0 ? barrier * logs.reduce(0, +) : 0
    return Point(
      logNormaliser: logNormaliser, value: logNormaliser - dot(multipliers, target) + wall, weights: weights,
      covariances: covariances)
  }

  /// ⟨g_c θ_a θ_b⟩ of every constraint, or with a barrier's slopes.
  private func moments(_ point: Point, barrier: Double = 0) -> [Double] {
    constraints.map { constraint in
      (0..<kinds.count).reduce(0) {
        $0 + (point.weights[$1] + barrier) * kinds.gain($1, constraint.context)
          * point.covariances[$1][constraint.first, constraint.second]
      }
    }
  }

  /// The covariance of the functions: Σ_g P(g) g_c g_c' (C_ab C_de + C_ad C_be + C_ae C_bd), less the product of means; of given gains
  /// without the product of means within a kind.
  private func hessian(_ point: Point) -> Matrix {
    let count = constraints.count
    var hessian = Matrix(rows: count, columns: count)
    for kind in 0..<kinds.count where point.weights[kind] + barrier > 0 {
      let c = point.covariances[kind]
      let strengths = constraints.map { kinds.gain(kind, $0.context) }
      for i in 0..<count where strengths[i] != 0 {
        let (a, b) = (constraints[i].first, constraints[i].second)
        for j in i..<count where strengths[j] != 0 {
          let (d, e) = (constraints[j].first, constraints[j].second)
          let within = c[a, d] * c[b, e] + c[a, e] * c[b, d]
          let between = kinds.areDrawn ? point.weights[kind] * c[a, b] * c[d, e] : 0
          hessian[i, j] += strengths[i] * strengths[j] * ((point.weights[kind] + barrier) * within + between)
        }
      }
    }
    let means = kinds.areDrawn ? moments(point) : [Double](repeating: 0, count: count)
    for i in 0..<count {
      for j in i..<count {
        hessian[i, j] -= means[i] * means[j]
        hessian[j, i] = hessian[i, j]
      }
    }
    return hessian
  }

  /// −H⁻¹ gradient, by Cholesky of the Hessian scaled to a unit diagonal; nil where rounding has spoilt it.
  private func direction(_ point: Point, _ gradient: [Double]) -> [Double]? {
    let hessian = hessian(point)
    let unit = gradient.indices.map { 1 / hessian[$0, $0].squareRoot() }
    guard unit.allSatisfy({ $0.isFinite && $0 > 0 }) else { return nil }
    var ridge = 0.0
    while ridge < 1e-6 {
      var scaled = hessian
      for i in unit.indices {
        for j in unit.indices { scaled[i, j] *= unit[i] * unit[j] }
        scaled[i, i] += ridge
      }
      if let factor = try? Cholesky(scaled) {
        let solution = factor.solve(unit.indices.map { -unit[$0] * gradient[$0] })
        return unit.indices.map { unit[$0] * solution[$0] }
      }
      ridge = max(1e-14, 10 * ridge)
    }
    return nil
  }

  /// Backtracks from a full step until all A_g are positive definite and the value falls enough.
  private func search(
    _ multipliers: [Double], _ point: Point, _ direction: [Double], _ decrement: Double
  ) -> ([Double], Point)? {
    let longest = direction.reduce(0) { max($0, $1.magnitude) }
    let size = multipliers.reduce(1) { max($0, $1.magnitude) }
    var factor = min(1, 10 * size / longest)
    let least = 1e-12 * factor
    while factor > least {
      let next = zip(multipliers, direction).map { $0 + factor * $1 }
      if let trial = evaluate(next) {
        // Near the minimum the change of value drowns in rounding: Newton's steps are then taken as they come.
        let slack = 1e-13 * (1 + point.value.magnitude)
        if decrement < 1e-8 || trial.value <= point.value - 0.1 * factor * decrement + slack { return (next, trial) }
      }
      factor *= 0.5
    }
    return nil
  }

  /// Multipliers that run away point at an inequality that every law obeys and the values violate: its words; nil where there is none.
  ///
  /// With d = Λ/|Λ|, Σ_j d_j ⟨g θ_a θ_b⟩ is at most 0 for every law if all forms Σ_j d_j g_cj (…) are negative semidefinite.
  private func certificate(_ multipliers: [Double]) -> String? {
    let norm = multipliers.reduce(0) { max($0, $1.magnitude) }
    guard norm > 1e3 else { return nil }
    let ray = multipliers.map { ($0 / norm).magnitude < 1e-3 ? 0 : $0 / norm }
    var closest: (kind: Int, eigenvalue: Double)?
    for kind in 0..<kinds.count {
      guard let largest = try? SymmetricEigen(form(ray, kind)).values.last, largest < 2e-2 else { return nil }
      if largest > closest?.eigenvalue ?? -.infinity { closest = (kind, largest) }
    }
    guard let closest, dot(ray, target) > 0 else { return nil }
    // Multipliers to three digits; a value above 0 is not to read as 0.
    func number(_ value: Double) -> Double { (value * 1e3).rounded() / 1e3 }
    func significant(_ value: Double) -> Double {
      guard value != 0, value.isFinite else { return value }
      let unit = pow(10, 2 - log10(abs(value)).rounded(.down))
      return (value * unit).rounded() / unit
    }
    let sum = zip(ray, constraints).filter { $0.0 != 0 }.map { "\(number($0.0)) \($0.1.words(names))" }
      .joined(separator: " + ")
    return
      "no law of these loadings has the averages asked for: in units of the scales \(sum) cannot be above 0 (neurons with gains "
      + "\(kinds.words(closest.kind)) come closest), and the values make it \(significant(dot(ray, target))); allowed: values that obey this"
  }
}
