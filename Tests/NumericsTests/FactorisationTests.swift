// Factors of small matrices give the matrix back, and what is singular is said to be.

import Testing

@testable import Numerics

@Suite struct FactorisationTests {
  private static let matrix = Matrix([[4, 2, -1], [2, 5, 0.5], [-1, 0.5, 3]])

  @Test func aCholeskyFactorGivesTheMatrixBack() throws {
    let cholesky = try Cholesky(Self.matrix)
    let product = cholesky.factor * cholesky.factor.transposed
    #expect((product - Self.matrix).largestMagnitude < 1e-14)
    #expect((cholesky.inverse * Self.matrix - .identity(3)).largestMagnitude < 1e-14)
    let x = cholesky.solve([1, 2, 3])
    #expect(zip(Self.matrix * x, [1, 2, 3]).allSatisfy { abs($0 - $1) < 1e-14 })
  }

  @Test func whatIsNotPositiveDefiniteHasNone() {
    #expect(throws: GSLError.self) { try Cholesky(Matrix([[1, 2], [2, 1]])) }
  }

  @Test func eigenvectorsGiveTheMatrixBack() throws {
    let eigen = try SymmetricEigen(Self.matrix)
    #expect(eigen.values == eigen.values.sorted() && eigen.rank == 3)
    #expect((eigen.map { $0 } - Self.matrix).largestMagnitude < 1e-13)
    #expect((eigen.pseudoInverse * Self.matrix - .identity(3)).largestMagnitude < 1e-13)
  }

  /// a aᵀ has rank one, and its pseudo-inverse is a aᵀ/|a|⁴.
  @Test func aSingularMatrixHasAPseudoInverse() throws {
    let a = Matrix([[1], [2], [-2]])
    let eigen = try SymmetricEigen(a * a.transposed)
    #expect(eigen.rank == 1)
    #expect((eigen.pseudoInverse - (1 / 81) * (a * a.transposed)).largestMagnitude < 1e-15)
  }
}
