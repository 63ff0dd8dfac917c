// The inverse of a symmetric positive-definite matrix, in place, fast enough for a step of a chain.

import CKernels

/// Inverses of symmetric positive-definite matrices of one size, by block Gauss–Jordan elimination.
///
/// A block P of pivot rows becomes R = P⁻¹ A_P, and of all other rows A_PᵀR is subtracted: matrix products, in which nearly all of the
/// n³ products and sums are made. Positive-definite matrices need no search for pivots. Allocates nothing.
package struct SymmetricInverse: Sendable {
  private static let block = 8

  /// n.
  package let count: Int
  private var blocks: Int { (count + Self.block - 1) / Self.block }
  /// The number of doubles of scratch memory.
  package var memoryCount: Int { 2 * Self.block * count + blocks }

  /// For matrices of a size. - Precondition: at least 1.
  package init(count: Int) {
    precondition(count >= 1)
    self.count = count
  }

  /// Replaces A, [n, n], by its inverse; returns ln det A, or nil where a pivot is not positive, as where an entry is not finite. O(n³).
  package func invert(_ a: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>) -> Double? {
    let determinants = scratch + 2 * Self.block * count
    guard ck_kernels().pointee.symmetric_inverse(a, count, scratch, determinants) != 0 else { return nil }
    var sum = 0.0
    for k in 0..<blocks { sum += log(determinants[k]) }
    return sum
  }
}
