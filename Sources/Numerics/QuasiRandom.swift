// Points that fill a cube more evenly than random ones do, for averages over many coordinates.

import CGSL

/// Sobol's sequence (Sobol 1967), shifted.
package enum QuasiRandom {
  /// The most dimensions that GSL has numbers for.
  package static let mostDimensions = 40

  /// `count` points in the open cube (0, 1)^d, `[point, dimension]`: 0 and the first points of the sequence plus a shift, modulo 1.
  ///
  /// Under a uniform shift each point is uniform, so that averages over the points have no bias and differ between shifts by their error
  /// (Cranley & Patterson 1976). Powers of two fill best. O(count · d).
  ///
  /// - Parameter shift: one number in [0, 1) per dimension.
  /// - Throws: ``GSLError``.
  /// - Precondition: 1 to ``mostDimensions`` dimensions.
  package static func points(count: Int, shift: [Double]) throws -> [Double] {
    let dimension = shift.count
    precondition((1...mostDimensions).contains(dimension))
    var points = [Double](repeating: 0, count: count * dimension)
    try GSL.checked {
      guard let generator = gsl_qrng_alloc(cgsl_qrng_sobol(), UInt32(dimension)) else { return }
      defer { gsl_qrng_free(generator) }
      points.withUnsafeMutableBufferPointer { points in
        for p in 1..<max(1, count) { _ = gsl_qrng_get(generator, points.baseAddress! + p * dimension) }
        for p in 0..<count {
          for d in 0..<dimension {
            let sum = points[p * dimension + d] + shift[d]
            points[p * dimension + d] = min(max(sum < 1 ? sum : sum - 1, 0x1p-54), 1 - 0x1p-53)
          }
        }
      }
    }
    return points
  }
}
