// Which directions of multiplier space the constraints determine, and Newton steps within them.

/// The span of linearly independent constraint functions, found from their covariance.
struct ConstraintGeometry: Sendable {
  /// An orthonormal basis of the multipliers that change the density, a column each: [constraint, direction].
  let basis: Matrix
  /// An orthonormal basis of the combinations of constraint functions that are constant, an array each.
  let constantCombinations: [[Double]]

  /// The number of linearly independent constraint functions.
  var rank: Int { basis.columns }

  /// Cov(f) times its rounding decides: a combination is constant if its variance is below 1e-10 of what the variances of its
  /// terms would give it.
  ///
  /// - Parameter sizes: of each function's typical values, against which a standard deviation counts as zero.
  /// - Throws: ``GSLError``.
  init(covariance: Matrix, sizes: [Double]) throws {
    let m = covariance.rows
    let deviations = (0..<m).map { covariance[$0, $0].squareRoot() }
    // A function that is constant has deviation 0 up to rounding; scaling by it would turn rounding into directions.
    let varying = (0..<m).filter { deviations[$0] > 1e-8 * sizes[$0] }
    var constant = (0..<m).filter { !varying.contains($0) }.map { index in (0..<m).map { $0 == index ? 1.0 : 0 } }
    if !varying.isEmpty {
      var correlation = Matrix(rows: varying.count, columns: varying.count)
      for (a, i) in varying.enumerated() {
        for (b, j) in varying.enumerated() { correlation[a, b] = covariance[i, j] / (deviations[i] * deviations[j]) }
      }
      let eigen = try SymmetricEigen(correlation)
      for k in 0..<varying.count where eigen.values[k] < 1e-10 * max(1, eigen.values.last!) {
        var combination = [Double](repeating: 0, count: m)
        for (a, i) in varying.enumerated() { combination[i] = eigen.vectors[a, k] / deviations[i] }
        constant.append(combination)
      }
    }
    constantCombinations = Self.orthonormalized(constant)
    if constant.isEmpty {
      basis = .identity(m)
    } else {
      var projector = Matrix.identity(m)
      for vector in constantCombinations {
        for i in 0..<m { for j in 0..<m { projector[i, j] -= vector[i] * vector[j] } }
      }
      let eigen = try SymmetricEigen(projector)
      let kept = (0..<m).filter { eigen.values[$0] > 0.5 }
      basis = Matrix(
        rows: m, columns: kept.count, elements: (0..<m).flatMap { i in kept.map { eigen.vectors[i, $0] } })
    }
  }

  /// Gram and Schmidt's vectors, each orthogonalised twice.
  private static func orthonormalized(_ vectors: [[Double]]) -> [[Double]] {
    var result: [[Double]] = []
    for var vector in vectors {
      for _ in 0..<2 {
        for other in result {
          let overlap = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
          for i in vector.indices { vector[i] -= overlap * other[i] }
        }
        let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        vector = vector.map { $0 / norm }
      }
      result.append(vector)
    }
    return result
  }

  /// The inverse of the dual's Hessian C + I/τ on the span; hard constraints have 1/τ = 0.
  ///
  /// - Throws: ``GSLError`` if the Hessian is singular there.
  func inverse(of hessian: Matrix, inverseTightness: Double) throws -> Matrix {
    let m = hessian.rows
    guard rank > 0 || inverseTightness > 0 else { return Matrix(rows: m, columns: m) }
    if inverseTightness > 0 {
      return try Cholesky(hessian + inverseTightness * Matrix.identity(m)).inverse
    }
    return basis * (try Cholesky(basis.transposed * hessian * basis).inverse) * basis.transposed
  }

  /// The first combination that the targets contradict, if any.
  ///
  /// - Parameter sizes: of each function, against which differences are compared.
  func contradiction(targets: [Double], means: [Double], sizes: [Double], names: [String]) -> ConstraintError? {
    for combination in constantCombinations {
      func sum(_ values: [Double]) -> Double { zip(combination, values).reduce(0) { $0 + $1.0 * $1.1 } }
      let scale = zip(combination, zip(sizes, targets)).reduce(0) { $0 + abs($1.0) * max($1.1.0, abs($1.1.1)) }
      guard abs(sum(targets) - sum(means)) > 1e-6 * scale else { continue }
      let largest = combination.reduce(0) { max($0, abs($1)) }
      let named = combination.indices.filter { abs(combination[$0]) > 1e-6 * largest }
      return .inconsistent(
        constraints: named.map { names[$0] }, combination: named.map { combination[$0] / largest },
        value: sum(means) / largest, wanted: sum(targets) / largest)
    }
    return nil
  }
}
