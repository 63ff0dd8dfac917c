// A dense real matrix, row-major, and nothing more: factorisations are in Cholesky.swift and SymmetricEigen.swift.

/// A dense real matrix in row-major order.
public struct Matrix: Sendable, Equatable {
  /// Number of rows.
  public let rows: Int
  /// Number of columns.
  public let columns: Int
  /// The entries; `[row, column]` is at `row * columns + column`.
  public var elements: [Double]

  /// A matrix of the given shape with every entry equal to `value`.
  public init(rows: Int, columns: Int, repeating value: Double = 0) {
    self.init(
      rows: rows, columns: columns, elements: [Double](repeating: value, count: rows * columns))
  }

  /// A matrix from its entries in row-major order.
  ///
  /// - Precondition: `elements.count == rows * columns`.
  public init(rows: Int, columns: Int, elements: [Double]) {
    precondition(elements.count == rows * columns, "a \(rows) x \(columns) matrix needs that many entries")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// A matrix from its rows, which must have one length.
  public init(_ rows: [[Double]]) {
    self.init(rows: rows.count, columns: rows.first?.count ?? 0, elements: rows.flatMap { $0 })
  }

  /// The identity of size `n`.
  public static func identity(_ n: Int) -> Matrix {
    var matrix = Matrix(rows: n, columns: n)
    for i in 0..<n { matrix[i, i] = 1 }
    return matrix
  }

  /// The entry of a row and a column, both from 0.
  public subscript(row: Int, column: Int) -> Double {
    @inlinable @inline(__always) get { elements[row * columns + column] }
    @inlinable @inline(__always) set { elements[row * columns + column] = newValue }
  }

  /// One row, copied.
  public func row(_ index: Int) -> [Double] {
    Array(elements[index * columns..<(index + 1) * columns])
  }

  /// All rows, copied.
  public var rowArrays: [[Double]] { (0..<rows).map(row) }

  /// The transpose.
  public var transposed: Matrix {
    var result = Matrix(rows: columns, columns: rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
    return result
  }

  /// The matrix product. O(rows · columns · other.columns).
  public static func * (left: Matrix, right: Matrix) -> Matrix {
    precondition(left.columns == right.rows, "inner dimensions must agree")
    var result = Matrix(rows: left.rows, columns: right.columns)
    let columns = right.columns
    result.elements.withUnsafeMutableBufferPointer { product in
      right.elements.withUnsafeBufferPointer { right in
        for i in 0..<left.rows {
          for k in 0..<left.columns {
            let factor = left[i, k]
            for j in 0..<columns { product[i * columns + j] += factor * right[k * columns + j] }
          }
        }
      }
    }
    return result
  }

  /// The matrix-vector product.
  public static func * (left: Matrix, right: [Double]) -> [Double] {
    precondition(left.columns == right.count, "inner dimensions must agree")
    return (0..<left.rows).map { i in
      (0..<left.columns).reduce(0) { $0 + left[i, $1] * right[$1] }
    }
  }

  /// The sum of two matrices of one shape.
  public static func + (left: Matrix, right: Matrix) -> Matrix { left.zip(right, +) }
  /// The difference of two matrices of one shape.
  public static func - (left: Matrix, right: Matrix) -> Matrix { left.zip(right, -) }
  /// A matrix times a number.
  public static func * (factor: Double, matrix: Matrix) -> Matrix {
    Matrix(
      rows: matrix.rows, columns: matrix.columns, elements: matrix.elements.map { factor * $0 })
  }

  /// The sum of squared entries.
  public var squaredNorm: Double { elements.reduce(0) { $0 + $1 * $1 } }
  /// The largest absolute value of an entry; 0 for none.
  public var largestMagnitude: Double { elements.reduce(0) { max($0, abs($1)) } }

  private func zip(_ other: Matrix, _ combine: (Double, Double) -> Double) -> Matrix {
    precondition(rows == other.rows && columns == other.columns, "shapes must agree")
    return Matrix(
      rows: rows, columns: columns, elements: Swift.zip(elements, other.elements).map(combine))
  }
}
