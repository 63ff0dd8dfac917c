// A covariance of a diagonal and a few directions, fitted to draws and the gradients there.

/// Σ = S (I + U (Λ − I) Uᵀ) S, S = diag(s) and U a few orthonormal columns, with a small Fisher divergence between N(μ, Σ) and the
/// target: the mean of |Lᵀ(∇ ln p(x) − ∇ ln N(x; μ, Σ))|², Σ = L Lᵀ (Seyboldt, Carlson & Carpenter 2026).
///
/// Without a constraint the minimum is where Σ Cov(g) Σ = Cov(x), and for a diagonal one at s_i⁴ = Var(x_i)/Var(g_i). Draws x/s and gradients
/// s g are projected on the span of the leading principal axes of both, the equation is solved there, and of its
/// solution the axes are kept whose variances differ from one by more than a factor ``cutoff``. In n dimensions with m draws O(m² n + m³).
///
/// Differs from nutpie in two points. The span has ``leading`` axes of either kind, not one a draw: with fewer draws than dimensions
/// the rest would be noise. And all is done twice, the second time with scales fitted to what the first time's axes leave: a
/// direction that is much wider than all others has spoilt the scale of every coordinate in which it has a part.
struct FisherFit: Equatable {
  /// Factors up to which a variance is as good as one.
  static let cutoff = 2.0
  /// Added to both projected covariances.
  static let ridge = 1e-5
  /// Principal axes of draws, and as many of gradients.
  static let leading = 16

  /// s.
  private(set) var scales: [Double]
  /// Λ.
  private(set) var variances: [Double] = []
  /// Uᵀ, [direction, coordinate].
  private(set) var directions: Matrix

  /// Fits to centred draws and gradients [draw, coordinate], in units in which `scales` are the diagonal's.
  ///
  /// - Throws: ``GSLError`` if a number is not finite.
  init(draws: Matrix, gradients: Matrix, scales: [Double]) throws {
    self.scales = scales
    directions = Matrix(rows: 0, columns: scales.count)
    guard draws.rows > 1, draws.columns > 0 else { return }
    var scaled = Scaled(draws: draws, gradients: gradients, by: scales)
    (variances, directions) = try scaled.axes()
    guard !variances.isEmpty else { return }
    let corrections = scaled.corrections(without: directions)
    self.scales = zip(scales, corrections).map { $0 * $1 }
    scaled = Scaled(draws: draws, gradients: gradients, by: self.scales)
    (variances, directions) = try scaled.axes()
  }
}

extension FisherFit {
  /// Makes Σ wider by one factor, so that the draws, whose coordinates have given variances, have on average a variance of one in it; never
  /// narrower.
  ///
  /// The mean of Var(x_i)/Σ_ii is one for a Gaussian. Where stiff directions turn from draw to draw gradients vary more than any constant Σ can
  /// explain, and the Σ that solves the equation is too narrow: right in its ratios, but a time of a trajectory in its units is short.
  mutating func widen(toVariances wanted: [Double]) {
    let ratios = scales.indices.map { i in
      let along = variances.indices.reduce(1) { $0 + (variances[$1] - 1) * directions[$1, i] * directions[$1, i] }
      return wanted[i] / (scales[i] * scales[i] * along)
    }
    let mean = ratios.reduce(0, +) / Double(max(1, ratios.count))
    let factor = max(1, mean).squareRoot()
    for i in scales.indices { scales[i] *= factor }
  }
}

/// Draws x/s and gradients s g.
private struct Scaled {
  var draws: Matrix
  var gradients: Matrix

  init(draws: Matrix, gradients: Matrix, by scales: [Double]) {
    self.draws = draws
    self.gradients = gradients
    for row in 0..<draws.rows {
      for i in scales.indices {
        self.draws[row, i] /= scales[i]
        self.gradients[row, i] *= scales[i]
      }
    }
  }

  /// The variances that are far from one, and their axes.
  func axes() throws -> (variances: [Double], axes: Matrix) {
    let count = min(FisherFit.leading, max(1, draws.rows / 4))
    let basis = Matrix(
      orthonormal: try draws.principalAxes(count).rowArrays + gradients.principalAxes(count).rowArrays,
      columns: draws.columns)
    guard basis.rows > 0 else { return ([], basis) }
    let solution = try Matrix.geometricMean(
      of: draws.covariance(along: basis, ridge: FisherFit.ridge),
      andInverseOf: gradients.covariance(along: basis, ridge: FisherFit.ridge))
    let eigen = try SymmetricEigen(solution)
    let kept = eigen.values.indices.filter {
      eigen.values[$0] > FisherFit.cutoff || eigen.values[$0] < 1 / FisherFit.cutoff
    }
    let weights = Matrix(kept.map { column in (0..<basis.rows).map { eigen.vectors[$0, column] } })
    return (kept.map { eigen.values[$0] }, kept.isEmpty ? Matrix(rows: 0, columns: basis.columns) : weights * basis)
  }

  /// (Var(x_i/s_i)/Var(s_i g_i))^¼ without what lies along given axes. One where nothing is left but rounding.
  func corrections(without axes: Matrix) -> [Double] {
    func leftOver(_ rows: Matrix) -> [Double] {
      let along = rows.times(transposed: axes) * axes
      return (0..<rows.columns).map { i in
        (0..<rows.rows).reduce(1e-6) {
          let rest = rows[$1, i] - along[$1, i]
          return $0 + rest * rest / Double(rows.rows)
        }
      }
    }
    return zip(leftOver(draws), leftOver(gradients)).map { ($0 / $1).squareRoot().squareRoot() }
  }
}

extension Matrix {
  /// A Bᵀ.
  fileprivate func times(transposed other: Matrix) -> Matrix {
    precondition(columns == other.columns, "inner dimensions must agree")
    var product = Matrix(rows: rows, columns: other.rows)
    guard columns > 0, rows > 0, other.rows > 0 else { return product }
    product.elements.withUnsafeMutableBufferPointer { product in
      elements.withUnsafeBufferPointer { a in
        other.elements.withUnsafeBufferPointer { b in
          VectorKernels.product(
            a.baseAddress!, transposed: b.baseAddress!, into: product.baseAddress!, rows: rows, inner: columns,
            columns: other.rows)
        }
      }
    }
    return product
  }

  /// Up to `count` orthonormal axes [axis, coordinate] along which the rows vary most, by the products of rows with each other: there are fewer
  /// rows than columns.
  fileprivate func principalAxes(_ count: Int) throws -> Matrix {
    let eigen = try SymmetricEigen(times(transposed: self))
    let largest = eigen.values.last ?? 0
    let kept = eigen.values.indices.reversed().prefix(count).filter {
      eigen.values[$0] > 0 && eigen.values[$0] > 1e-9 * largest
    }
    guard !kept.isEmpty else { return Matrix(rows: 0, columns: columns) }
    return Matrix(
      kept.map { column in (0..<rows).map { eigen.vectors[$0, column] / eigen.values[column].squareRoot() } })
      * self
  }

  /// An orthonormal basis of the span of vectors, without those that depend on the ones before but for rounding (Gram & Schmidt, twice).
  fileprivate init(orthonormal vectors: [[Double]], columns: Int) {
    var basis: [[Double]] = []
    for vector in vectors {
      var rest = vector
      for _ in 0..<2 {
        for axis in basis {
          let part = zip(axis, rest).reduce(0) { $0 + $1.0 * $1.1 }
          for i in rest.indices { rest[i] -= part * axis[i] }
        }
        let norm = rest.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard norm > 1e-6 else {
          rest = []
          break
        }
        for i in rest.indices { rest[i] /= norm }
      }
      if !rest.isEmpty { basis.append(rest) }
    }
    self.init(rows: basis.count, columns: columns, elements: basis.flatMap { $0 })
  }

  /// The covariance of the rows' coordinates along a basis [axis, coordinate], plus `ridge` on the diagonal.
  fileprivate func covariance(along basis: Matrix, ridge: Double) -> Matrix {
    let projected = times(transposed: basis)
    var covariance = (1 / Double(rows)) * (projected.transposed * projected)
    for i in 0..<basis.rows { covariance[i, i] += ridge }
    return covariance
  }
}
