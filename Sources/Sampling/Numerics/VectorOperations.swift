// The few loops over flat vectors that kernels spend their time in, written so that they vectorise.

/// Loops over flat vectors. Sums run in eight fixed lanes, so that their rounding is the same on every processor.
@usableFromInline
enum VectorOperations {
  @usableFromInline typealias Lanes = SIMD8<Double>

  /// Copies `range` of one array into the same place of another.
  @usableFromInline
  static func copy(_ source: [Double], into destination: inout [Double], range: Range<Int>) {
    guard !range.isEmpty else { return }
    precondition(range.lowerBound >= 0 && range.upperBound <= min(source.count, destination.count))
    source.withUnsafeBufferPointer { from in
      destination.withUnsafeMutableBufferPointer { to in
        (to.baseAddress! + range.lowerBound).update(from: from.baseAddress! + range.lowerBound, count: range.count)
      }
    }
  }

  @inline(__always)
  static func load(_ pointer: UnsafePointer<Double>, _ index: Int) -> Lanes {
    UnsafeRawPointer(pointer + index).loadUnaligned(as: Lanes.self)
  }

  /// Σ_i a_i b_i.
  static func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, count: Int) -> Double {
    var lanes = Lanes.zero
    var i = 0
    while i + 8 <= count {
      lanes += load(a, i) * load(b, i)
      i += 8
    }
    var sum = lanes.sum()
    while i < count {
      sum += a[i] * b[i]
      i += 1
    }
    return sum
  }

  /// Σ_{i < count} x_i².
  @usableFromInline
  static func squaredNorm(_ x: [Double], count: Int) -> Double {
    precondition(count <= x.count)
    return x.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      return dot(base, base, count: count)
    }
  }

  /// y_i += factor · x_i.
  @inline(__always)
  static func add(
    _ factor: Double, times x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, count: Int
  ) {
    for i in 0..<count { y[i] += factor * x[i] }
  }
}
