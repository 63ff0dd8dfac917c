// Products of small matrices against their definition, for shapes below, at and between the sizes of their blocks.

import Sampling
import Testing

@testable import Networks

@Suite struct SmallMatrixProductsTests {
  /// Integers, so that every order of summation has the same bits.
  private func matrix(_ rows: Int, _ columns: Int, _ seed: Int) -> Matrix {
    Matrix(rows: rows, columns: columns, elements: (0..<rows * columns).map { Double(($0 * 7 + seed) % 11 - 5) })
  }

  @Test(arguments: [1, 2, 3, 4, 5, 9], [1, 3, 4, 7, 8, 17])
  func everyProductIsItsDefinition(rows: Int, columns: Int) {
    for inner in [1, 2, 7, 8, 9, 20] {
      let (a, b, c) = (matrix(rows, inner, 1), matrix(inner, columns, 2), matrix(rows, columns, 3))
      let expected = c + 2 * (a * b)
      func product(
        _ a: Matrix, _ b: Matrix,
        _ add: (UnsafePointer<Double>, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
      ) -> Matrix {
        var result = c
        a.elements.withUnsafeBufferPointer { a in
          b.elements.withUnsafeBufferPointer { b in
            result.elements.withUnsafeMutableBufferPointer { add(a.baseAddress!, b.baseAddress!, $0.baseAddress!) }
          }
        }
        return result
      }
      #expect(
        product(a, b) { SmallMatrixProducts.add(2, $0, $1, to: $2, rows: rows, inner: inner, columns: columns) }
          == expected)
      #expect(
        product(a.transposed, b) {
          SmallMatrixProducts.add(2, transposed: $0, $1, to: $2, rows: rows, inner: inner, columns: columns)
        } == expected)
      #expect(
        product(a, b.transposed) {
          SmallMatrixProducts.add(2, $0, transposed: $1, to: $2, rows: rows, inner: inner, columns: columns)
        } == expected)
    }
  }
}
