// The Cholesky factor of a small dense matrix, by GSL. Never on a hot path.

import CGSL

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
    (0..<factor.rows).reduce(0) { $0 + 2 * Numerics.log(factor[$1, $1]) }
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
