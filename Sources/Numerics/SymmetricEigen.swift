// Eigenvalues and eigenvectors of a small symmetric matrix, by GSL. Never on a hot path.

import CGSL

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
