// The inverse of a matrix's Cholesky factor in place, by products of blocks, with the same bits on every machine.

import CKernels

/// Replaces the lower triangle of a symmetric positive-definite matrix by that of L⁻¹, where A = L Lᵀ.
package enum TriangularInverse {
  /// How much smaller than its diagonal entry the square of a pivot may be before its digits are lost.
  private static let smallestPivot = 1e-10
  /// Rows and columns of a block: products of blocks are what array kernels are fast at.
  private static let block = 16

  /// How many numbers of scratch memory a matrix of `count` rows takes.
  package static func scratchCount(_ count: Int) -> Int { (2 * block + 1) * count }

  /// Writes L⁻¹ into the lower triangle of `a` [n, n], row-major, and zeros above; returns ln det A. The upper triangle is not read.
  ///
  /// Nil, with `a` undefined, if a pivot is not positive, not finite or has lost its digits. About 2n³/3 multiplications, allocates
  /// nothing.
  package static func replace(
    _ a: UnsafeMutablePointer<Double>, count n: Int, scratch: UnsafeMutablePointer<Double>
  ) -> Double? {
    let (first, second, diagonal) = (scratch, scratch + block * n, scratch + 2 * block * n)
    for i in 0..<n {
      diagonal[i] = a[i * n + i]
      for j in i + 1..<max(n, i + 1) { a[i * n + j] = 0 }
    }
    var logDeterminant = 0.0
    for start in stride(from: 0, to: n, by: block) {
      let width = min(block, n - start)
      let rows = a + start * n
      if start > 0 {
        // What the columns before have of these.
        product(rows, n, 1, rows, 1, n, into: first, rows: n - start, inner: start, columns: width)
        for i in 0..<n - start {
          for j in 0...min(i, width - 1) { rows[i * n + start + j] -= first[i * width + j] }
        }
      }
      let own = rows + start
      guard let log = invertBlock(own, stride: n, width, diagonal + start) else { return nil }
      logDeterminant += log
      let below = n - start - width
      guard below > 0 else { continue }
      let rest = own + width * n
      product(rest, n, 1, own, 1, n, into: first, rows: below, inner: width, columns: width)
      for i in 0..<below { for j in 0..<width { rest[i * n + j] = first[i * width + j] } }
    }
    // Block row by block row: L⁻¹_I = −L_II⁻¹ Σ_K<I L_IK L⁻¹_K, from rows that are done.
    for start in stride(from: block, to: n, by: block) {
      let width = min(block, n - start)
      let rows = a + start * n
      product(rows, n, 1, a, n, 1, into: first, rows: width, inner: start, columns: start)
      product(rows + start, n, 1, first, start, 1, into: second, rows: width, inner: width, columns: start, scale: -1)
      for i in 0..<width { for j in 0..<start { rows[i * n + j] = second[i * start + j] } }
    }
    return logDeterminant
  }

  /// Replaces a block on the diagonal, of which the lower triangle is read, by the inverse of its factor.
  private static func invertBlock(
    _ a: UnsafeMutablePointer<Double>, stride n: Int, _ width: Int, _ diagonal: UnsafePointer<Double>
  ) -> Double? {
    var determinant = 0.0
    for i in 0..<width {
      let own = a + i * n
      for j in 0...i {
        var value = own[j]
        for k in 0..<j { value -= own[k] * a[j * n + k] }
        if j < i {
          own[j] = value / a[j * n + j]
        } else {
          guard value.isFinite, value > smallestPivot * diagonal[i] else { return nil }
          determinant += log(value)
          own[j] = value.squareRoot()
        }
      }
    }
    for i in 0..<width {
      let own = a + i * n
      let scale = 1 / own[i]
      for j in 0..<i {
        var value = 0.0
        for k in j..<i { value -= own[k] * a[k * n + j] }
        // Columns before j are done with L_ij, those after are not.
        own[j] = scale * value
      }
      own[i] = scale
    }
    return determinant
  }

  /// C = s A B for A and B of any strides, and C contiguous.
  @inline(__always)
  private static func product(
    _ a: UnsafePointer<Double>, _ aRow: Int, _ aColumn: Int, _ b: UnsafePointer<Double>, _ bRow: Int, _ bColumn: Int,
    into c: UnsafeMutablePointer<Double>, rows: Int, inner: Int, columns: Int, scale: Double = 1
  ) { ck_kernels().pointee.product(a, aRow, aColumn, b, bRow, bColumn, c, rows, inner, columns, scale, 0) }
}
