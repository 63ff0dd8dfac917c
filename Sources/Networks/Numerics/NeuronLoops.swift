// Loops over neurons, vectorised by hand in a fixed order, so that sums have the same bits on every machine.

import Sampling

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
func sumOfSquares(_ a: UnsafePointer<Double>, _ count: Int) -> Double { VectorKernels.sumOfSquares(a, count: count) }

/// Σ_i a_i b_i c_i.
@inline(__always)
func sumOfProducts(
  _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ c: UnsafePointer<Double>, _ count: Int
) -> Double { VectorKernels.sumOfProducts(a, b, c, count: count) }

/// Σ_i a_i b_i.
@inline(__always)
func dotProduct(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
  var sums = Lanes.zero
  var i = 0
  while i + 8 <= count {
    sums += lanes(a, i) * lanes(b, i)
    i += 8
  }
  var sum = sums.sum()
  while i < count {
    sum += a[i] * b[i]
    i += 1
  }
  return sum
}

/// x_i ← a x_i + b y_i; returns Σ_i x_i².
@inline(__always)
func scaleAndAdd(
  _ x: UnsafeMutablePointer<Double>, _ a: Double, _ y: UnsafePointer<Double>, _ b: Double, _ count: Int
) -> Double {
  var sums = Lanes.zero
  var i = 0
  while i + 8 <= count {
    let value = a * lanes(x, i) + b * lanes(y, i)
    sums += value * value
    store(value, x, i)
    i += 8
  }
  var sum = sums.sum()
  while i < count {
    x[i] = a * x[i] + b * y[i]
    sum += x[i] * x[i]
    i += 1
  }
  return sum
}
