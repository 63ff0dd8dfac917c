// Loops over neurons, vectorised by hand in a fixed order, so that sums have the same bits on every machine.

typealias Lanes = SIMD8<Double>

@inline(__always)
func lanes(_ pointer: UnsafePointer<Double>, _ i: Int) -> Lanes {
  UnsafeRawPointer(pointer + i).loadUnaligned(as: Lanes.self)
}

@inline(__always)
func store(_ value: Lanes, _ pointer: UnsafeMutablePointer<Double>, _ i: Int) {
  UnsafeMutableRawPointer(pointer + i).storeBytes(of: value, as: Lanes.self)
}

/// Σ_i a_i².
@inline(__always)
func sumOfSquares(_ a: UnsafePointer<Double>, _ count: Int) -> Double {
  var sums = Lanes.zero
  var i = 0
  while i + 8 <= count {
    let x = lanes(a, i)
    sums += x * x
    i += 8
  }
  var sum = sums.sum()
  while i < count {
    sum += a[i] * a[i]
    i += 1
  }
  return sum
}

/// Σ_i a_i b_i c_i.
@inline(__always)
func sumOfProducts(
  _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ c: UnsafePointer<Double>, _ count: Int
) -> Double {
  var sums = Lanes.zero
  var i = 0
  while i + 8 <= count {
    sums += lanes(a, i) * lanes(b, i) * lanes(c, i)
    i += 8
  }
  var sum = sums.sum()
  while i < count {
    sum += a[i] * b[i] * c[i]
    i += 1
  }
  return sum
}
