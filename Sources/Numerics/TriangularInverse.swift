// The Cholesky factor of a matrix and its inverse in place, by array kernels with the same bits on every machine.

/// Replaces the lower triangle of a symmetric positive-definite matrix by that of L⁻¹, where A = L Lᵀ.
package enum TriangularInverse {
  /// How much smaller than its diagonal entry the square of a pivot may be before its digits are lost.
  private static let smallestPivot = 1e-10

  /// Writes L⁻¹ into the lower triangle of `a` [n, n], row-major, of which the upper triangle is neither read nor written; returns ln det A.
  ///
  /// Nil, with `a` undefined, if a pivot is not positive, not finite or has lost its digits. n³/3 multiplications, allocates nothing.
  ///
  /// - Parameter row: scratch memory for n numbers.
  package static func replace(
    _ a: UnsafeMutablePointer<Double>, count n: Int, row: UnsafeMutablePointer<Double>
  ) -> Double? {
    var logDeterminant = 0.0
    for i in 0..<n {
      let own = a + i * n
      let diagonal = own[i]
      for j in 0..<i { own[j] = (own[j] - VectorKernels.dot(own, a + j * n, count: j)) / a[j * n + j] }
      let pivot = diagonal - VectorKernels.sumOfSquares(own, count: i)
      guard pivot.isFinite, pivot > smallestPivot * diagonal else { return nil }
      logDeterminant += log(pivot)
      own[i] = pivot.squareRoot()
    }
    // Row by row: L⁻¹_i = (e_i − Σ_k<i L_ik L⁻¹_k)/L_ii, from rows that are done.
    for i in 0..<n {
      let own = a + i * n
      for k in 0..<i { row[k] = 0 }
      for k in 0..<i { VectorKernels.add(own[k], times: a + k * n, to: row, count: k + 1) }
      let scale = 1 / own[i]
      for k in 0..<i { own[k] = -scale * row[k] }
      own[i] = scale
    }
    return logDeterminant
  }
}
