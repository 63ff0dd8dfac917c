// Factorisations of small dense matrices by GSL. Never on a hot path.

import CGSL
import Foundation

/// The Cholesky factor of a symmetric positive-definite matrix: A = L Lᵀ.
public struct Cholesky: Sendable {
  /// The lower-triangular factor; entries above the diagonal are zero.
  public let factor: Matrix

  /// Factorises a symmetric positive-definite matrix. O(n³).
  ///
  /// - Throws: ``GSLError`` (domain) if the matrix is not positive definite.
  public init(_ matrix: Matrix) throws {
    precondition(matrix.rows == matrix.columns, "a Cholesky factor needs a square matrix")
    var lower = matrix
    let n = matrix.rows
    try GSL.checked {
      lower.elements.withUnsafeMutableBufferPointer { buffer in
        var view = gsl_matrix_view_array(buffer.baseAddress!, n, n)
        _ = gsl_linalg_cholesky_decomp1(&view.matrix)
      }
    }
    for i in 0..<n { for j in (i + 1)..<max(n, i + 1) { lower[i, j] = 0 } }
    factor = lower
  }

  /// log det A.
  public var logDeterminant: Double {
    (0..<factor.rows).reduce(0) { $0 + 2 * Foundation.log(factor[$1, $1]) }
  }

  /// Solves A x = b. O(n²).
  public func solve(_ rightSide: [Double]) -> [Double] {
    solveTransposed(solveFactor(rightSide))
  }

  /// Solves L x = b.
  public func solveFactor(_ rightSide: [Double]) -> [Double] {
    let n = factor.rows
    precondition(rightSide.count == n)
    var x = rightSide
    for i in 0..<n {
      var sum = x[i]
      for j in 0..<i { sum -= factor[i, j] * x[j] }
      x[i] = sum / factor[i, i]
    }
    return x
  }

  /// Solves Lᵀ x = b.
  public func solveTransposed(_ rightSide: [Double]) -> [Double] {
    let n = factor.rows
    precondition(rightSide.count == n)
    var x = rightSide
    for i in stride(from: n - 1, through: 0, by: -1) {
      var sum = x[i]
      for j in (i + 1)..<max(n, i + 1) { sum -= factor[j, i] * x[j] }
      x[i] = sum / factor[i, i]
    }
    return x
  }

  /// A⁻¹. O(n³).
  public var inverse: Matrix {
    let n = factor.rows
    var result = Matrix(rows: n, columns: n)
    for j in 0..<n {
      var unit = [Double](repeating: 0, count: n)
      unit[j] = 1
      let column = solve(unit)
      for i in 0..<n { result[i, j] = column[i] }
    }
    return result
  }
}

/// The eigendecomposition of a symmetric matrix: A = Σ_k λ_k v_k v_kᵀ, eigenvalues ascending.
public struct SymmetricEigen: Sendable {
  /// Eigenvalues, ascending.
  public let values: [Double]
  /// Eigenvectors; column k belongs to `values[k]`.
  public let vectors: Matrix

  /// Decomposes a symmetric matrix. O(n³).
  ///
  /// - Throws: ``GSLError`` if the iteration fails (a non-finite entry).
  public init(_ matrix: Matrix) throws {
    precondition(matrix.rows == matrix.columns, "eigenvalues need a square matrix")
    let n = matrix.rows
    var copy = matrix
    var values = [Double](repeating: 0, count: n)
    var vectors = Matrix(rows: n, columns: n)
    try GSL.checked {
      guard let workspace = gsl_eigen_symmv_alloc(n) else { return }
      defer { gsl_eigen_symmv_free(workspace) }
      copy.elements.withUnsafeMutableBufferPointer { a in
        values.withUnsafeMutableBufferPointer { e in
          vectors.elements.withUnsafeMutableBufferPointer { v in
            var matrixView = gsl_matrix_view_array(a.baseAddress!, n, n)
            var valueView = gsl_vector_view_array(e.baseAddress!, n)
            var vectorView = gsl_matrix_view_array(v.baseAddress!, n, n)
            _ = gsl_eigen_symmv(&matrixView.matrix, &valueView.vector, &vectorView.matrix, workspace)
            _ = gsl_eigen_symmv_sort(&valueView.vector, &vectorView.matrix, GSL_EIGEN_SORT_VAL_ASC)
          }
        }
      }
    }
    self.values = values
    self.vectors = vectors
  }

  /// Σ_k f(λ_k) v_k v_kᵀ. O(n³).
  public func map(_ function: (Double) -> Double) -> Matrix {
    var scaled = vectors
    for k in values.indices {
      let value = function(values[k])
      for row in 0..<vectors.rows { scaled[row, k] *= value }
    }
    return scaled * vectors.transposed
  }

  /// Below this an eigenvalue is a zero that rounding has blurred.
  private var negligible: Double { Double(values.count) * .ulpOfOne * (values.map(abs).max() ?? 0) }

  /// How many eigenvalues are not zero but for rounding.
  public var rank: Int { values.count { abs($0) > negligible } }

  /// The pseudo-inverse: Σ_k v_k v_kᵀ/λ_k over all eigenvalues that are not zero but for rounding. O(n³).
  public var pseudoInverse: Matrix {
    let least = negligible
    return map { abs($0) > least ? 1 / $0 : 0 }
  }
}
