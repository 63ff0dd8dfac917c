// Tables in NumPy's format of one array, beside CSV.

import Sampling
import Storage

extension NumericTable {
  /// A table in the bytes of a file, CSV or .npy, told apart by how it begins.
  ///
  /// A .npy array has two axes, or one, which is one column.
  ///
  /// - Throws: ``SpecError``: as ``parse(_:file:columns:mostNumbers:)``; for an array that is damaged, has another shape, or a number that
  ///   no table may hold, with its row and column, from 1.
  static func read(_ bytes: [UInt8], file: String, columns: Columns?) throws(SpecError) -> Matrix {
    guard bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else {
      return try parse(bytes, file: file, columns: columns)
    }
    func failure(_ message: String) -> SpecError { SpecError(file: file, place: .file, message: message) }
    let array: StoredArray
    do { array = try NPYReader.read(bytes[...]) } catch { throw failure(error.description) }
    let shape = array.shape
    guard shape.count == 1 || shape.count == 2, shape.allSatisfy({ $0 > 0 }) else {
      throw failure(
        "the array has the shape \(StoredArray.words(shape)); allowed: rows and columns, at least one of each")
    }
    let (rows, width) = (shape[0], shape.count == 2 ? shape[1] : 1)
    guard rows * width <= mostNumbers else {
      throw failure("the array has \(rows * width) numbers; allowed: \(mostNumbers) numbers in a table")
    }
    if let columns, width != columns.count {
      throw failure("the array has \(width) columns; allowed: \(columns.count) columns (\(columns.meaning))")
    }
    var table = Matrix(rows: rows, columns: width)
    for row in 0..<rows {
      for column in 0..<width {
        let value = array[array.isColumnMajor ? column * rows + row : row * width + column]
        guard NumberRange.entries.contains(value) else {
          throw failure(
            "found \(value) in row \(row + 1), column \(column + 1); allowed: \(NumberRange.entries.words)")
        }
        table[row, column] = value
      }
    }
    return table
  }
}
