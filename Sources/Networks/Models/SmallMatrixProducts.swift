// Products of small dense matrices, vectorised by hand in a fixed order of summation.

/// Products that are added to a matrix; all matrices are row-major and contiguous, and the result overlaps no factor.
///
/// Each costs O(rows · inner · columns) and allocates nothing.
enum SmallMatrixProducts {
  /// C += s A B, with A [rows, inner], B [inner, columns] and C [rows, columns].
  static func add(
    _ scale: Double, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, to c: UnsafeMutablePointer<Double>,
    rows: Int, inner: Int, columns: Int
  ) {
    add(scale, a, rowStride: inner, innerStride: 1, b, to: c, rows: rows, inner: inner, columns: columns)
  }

  /// C += s Aᵀ B, with A [inner, rows], B [inner, columns] and C [rows, columns].
  static func add(
    _ scale: Double, transposed a: UnsafePointer<Double>, _ b: UnsafePointer<Double>,
    to c: UnsafeMutablePointer<Double>, rows: Int, inner: Int, columns: Int
  ) {
    add(scale, a, rowStride: 1, innerStride: rows, b, to: c, rows: rows, inner: inner, columns: columns)
  }

  /// C += s A Bᵀ, with A [rows, inner], B [columns, inner] and C [rows, columns].
  static func add(
    _ scale: Double, _ a: UnsafePointer<Double>, transposed b: UnsafePointer<Double>,
    to c: UnsafeMutablePointer<Double>, rows: Int, inner: Int, columns: Int
  ) {
    for i in 0..<rows {
      let left = a + i * inner
      var j = 0
      while j + 4 <= columns {
        let (b0, b1, b2, b3) = (b + j * inner, b + (j + 1) * inner, b + (j + 2) * inner, b + (j + 3) * inner)
        var (s0, s1, s2, s3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        var k = 0
        while k + 8 <= inner {
          let x = lanes(left, k)
          s0 += x * lanes(b0, k)
          s1 += x * lanes(b1, k)
          s2 += x * lanes(b2, k)
          s3 += x * lanes(b3, k)
          k += 8
        }
        var sums = SIMD4(s0.sum(), s1.sum(), s2.sum(), s3.sum())
        while k < inner {
          sums += left[k] * SIMD4(b0[k], b1[k], b2[k], b3[k])
          k += 1
        }
        for q in 0..<4 { c[i * columns + j + q] += scale * sums[q] }
        j += 4
      }
      while j < columns {
        c[i * columns + j] += scale * dotProduct(left, b + j * inner, inner)
        j += 1
      }
    }
  }

  /// Σ_k a_k b_k, in the order in which the product by a transpose adds.
  @inline(__always)
  private static func dotProduct(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
    var sums = Lanes.zero
    var k = 0
    while k + 8 <= count {
      sums += lanes(a, k) * lanes(b, k)
      k += 8
    }
    var sum = sums.sum()
    while k < count {
      sum += a[k] * b[k]
      k += 1
    }
    return sum
  }

  /// Eight columns at a time; every entry adds its terms in ascending order of the inner index.
  @inline(__always)
  private static func add(
    _ scale: Double, _ a: UnsafePointer<Double>, rowStride: Int, innerStride: Int, _ b: UnsafePointer<Double>,
    to c: UnsafeMutablePointer<Double>, rows: Int, inner: Int, columns: Int
  ) {
    var j = 0
    while j + 8 <= columns {
      var i = 0
      while i + 4 <= rows {
        var (s0, s1, s2, s3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        var left = a + i * rowStride
        for k in 0..<inner {
          let x = lanes(b, k * columns + j)
          s0 += left[0] * x
          s1 += left[rowStride] * x
          s2 += left[2 * rowStride] * x
          s3 += left[3 * rowStride] * x
          left += innerStride
        }
        let start = i * columns + j
        store(lanes(c, start) + scale * s0, c, start)
        store(lanes(c, start + columns) + scale * s1, c, start + columns)
        store(lanes(c, start + 2 * columns) + scale * s2, c, start + 2 * columns)
        store(lanes(c, start + 3 * columns) + scale * s3, c, start + 3 * columns)
        i += 4
      }
      while i < rows {
        var sum = Lanes.zero
        for k in 0..<inner { sum += a[i * rowStride + k * innerStride] * lanes(b, k * columns + j) }
        store(lanes(c, i * columns + j) + scale * sum, c, i * columns + j)
        i += 1
      }
      j += 8
    }
    while j < columns {
      for i in 0..<rows {
        var sum = 0.0
        for k in 0..<inner { sum += a[i * rowStride + k * innerStride] * b[k * columns + j] }
        c[i * columns + j] += scale * sum
      }
      j += 1
    }
  }
}
