// The geometric mean of symmetric positive definite matrices. Never on a hot path.

extension Matrix {
  /// The symmetric positive definite Σ with Σ B Σ = A, for symmetric positive definite A and B: the geometric mean of A and B⁻¹,
  /// Σ = B^−½ (B^½ A B^½)^½ B^−½ (Bhatia 2007, chapter 4). O(n³).
  ///
  /// - Throws: ``GSLError`` if an entry is not finite.
  package static func geometricMean(of a: Matrix, andInverseOf b: Matrix) throws -> Matrix {
    let eigen = try SymmetricEigen(b)
    let root = eigen.map { max($0, 0).squareRoot() }
    let inverseRoot = eigen.map { $0 > 0 ? 1 / $0.squareRoot() : 0 }
    let middle = try SymmetricEigen((root * a * root).symmetrized).map { max($0, 0).squareRoot() }
    return (inverseRoot * middle * inverseRoot).symmetrized
  }

  /// (A + Aᵀ)/2, for products that are symmetric but for rounding.
  private var symmetrized: Matrix { 0.5 * (self + transposed) }
}
