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
