// The few loops over arrays that kernels spend their time in.

/// Loops over arrays, by ``VectorKernels``: their rounding is the same on every processor.
@usableFromInline
package enum VectorOperations {
  /// Copies `range` of one array into the same place of another.
  @inlinable
  package static func copy(_ source: [Double], into destination: inout [Double], range: Range<Int>) {
    guard !range.isEmpty else { return }
    precondition(range.lowerBound >= 0 && range.upperBound <= min(source.count, destination.count))
    source.withUnsafeBufferPointer { from in
      destination.withUnsafeMutableBufferPointer { to in
        (to.baseAddress! + range.lowerBound).update(from: from.baseAddress! + range.lowerBound, count: range.count)
      }
    }
  }

  /// Σ_{i < count} x_i².
  @inlinable
  package static func squaredNorm(_ x: [Double], count: Int) -> Double {
    precondition(count <= x.count)
    return x.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      return VectorKernels.sumOfSquares(base, count: count)
    }
  }

  /// y_i += factor · x_i.
  @inlinable @inline(__always)
  package static func add(
    _ factor: Double, times x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, count: Int
  ) { VectorKernels.add(factor, times: x, to: y, count: count) }
}
