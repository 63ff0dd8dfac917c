// Factors of small matrices give the matrix back, and what is singular is said to be.

import Sampling
import Testing

@testable import Numerics

@Suite struct FactorisationTests {
  private static let matrix = Matrix([[4, 2, -1], [2, 5, 0.5], [-1, 0.5, 3]])

  @Test(arguments: [1, 2, 7, 8, 9, 16, 23, 64, 100]) func theInverseOfASymmetricMatrixIsThatOfItsFactor(count: Int)
    throws
  {
    var stream = try RandomStream(StreamKey(seed: 31, chain: count, purpose: .testing))
    let factor = Matrix(
      rows: count, columns: count + 3, elements: (0..<count * (count + 3)).map { _ in stream.standardNormal() })
    var matrix = factor * factor.transposed
    for i in 0..<count { matrix[i, i] += 0.5 }
    let cholesky = try Cholesky(matrix)
    let inversion = SymmetricInverse(count: count)
    var inverse = matrix.elements
    var scratch = [Double](repeating: 0, count: inversion.memoryCount)
    let logDeterminant = try #require(inversion.invert(&inverse, scratch: &scratch))
    #expect(abs(logDeterminant - cholesky.logDeterminant) < 1e-12 * max(1, abs(logDeterminant)))
    let product = matrix * Matrix(rows: count, columns: count, elements: inverse)
    #expect((product - .identity(count)).squaredNorm.squareRoot() < 1e-10 * Double(count))
  }

  @Test(arguments: [[1, 2, 2, 1], [0, 0, 0, 1], [.nan, 0, 0, 1]]) func whatIsNotPositiveDefiniteHasNoSymmetricInverse(
    elements: [Double]
  ) {
    let inversion = SymmetricInverse(count: 2)
    var inverse = elements
    var scratch = [Double](repeating: 0, count: inversion.memoryCount)
    #expect(inversion.invert(&inverse, scratch: &scratch) == nil)
  }

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
