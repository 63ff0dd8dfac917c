// Reads tables of numbers: CSV with comments, finite numbers only, every row of one length.

import JSON
import Sampling

/// Reader of numeric CSV files.
///
/// A row a line; entries are separated by commas, or by blanks in a line that has no comma; `#` starts a comment; lines that are
/// empty but for that are skipped. There is no header line.
enum NumericTable {
  /// How many columns a table must have, and what they are.
  struct Columns: Sendable {
    let count: Int
    /// For messages: "one a context".
    let meaning: String
  }

  /// Reads the file at `path`.
  ///
  /// - Throws: ``SpecError`` with line and column.
  static func read(path: String, columns: Columns? = nil) throws(SpecError) -> Matrix {
    try parse(try InputFile.read(path, shownAs: path, limit: InputFile.largestTable), file: path, columns: columns)
  }

  /// Reads a table from its text; linear in its size.
  ///
  /// - Throws: ``SpecError`` with line and column: text, NaN or infinities, numbers beyond ±1e50, rows of unequal length, a number of
  ///   columns other than `columns`, no rows, invalid UTF-8.
  static func parse(_ bytes: [UInt8], file: String, columns: Columns? = nil) throws(SpecError) -> Matrix {
    var cursor = TextCursor()
    func failure(at offset: Int, _ message: String) -> SpecError {
      let place = cursor.place(of: offset, in: bytes)
      return SpecError(file: file, place: .text(line: place.line, column: place.column), message: message)
    }
    if let invalid = TextCursor.firstInvalidUTF8(in: bytes) {
      throw failure(at: invalid, "byte 0x\(hexadecimal(bytes[invalid])) is not valid UTF-8; a table is plain text")
    }
    var elements: [Double] = []
    var width: Int?
    var index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while index < bytes.count {
      var end = index
      while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
      let content = bytes[index..<end].prefix { $0 != UInt8(ascii: "#") }
      let start = index
      index = end + 1
      let cells = cells(of: content)
      if cells.isEmpty { continue }
      for cell in cells {
        guard let value = number(bytes[cell]), NumberRange.entries.contains(value) else {
          let text = String(decoding: bytes[cell], as: UTF8.self)
          let found = text.isEmpty ? "an empty entry" : JSONWriter.excerpt(text)
          let hint = width == nil && value(mayHead: text) ? "; put # in front of a heading" : ""
          throw failure(at: cell.lowerBound, "found \(found); allowed: \(NumberRange.entries.words)\(hint)")
        }
        elements.append(value)
      }
      if let columns, width == nil, cells.count != columns.count {
        throw failure(
          at: start, "found a row of \(cells.count); allowed: \(columns.count) columns (\(columns.meaning))")
      }
      if let width, cells.count != width {
        throw failure(at: start, "found a row of \(cells.count); allowed: \(width) columns, as in the rows above")
      }
      width = cells.count
    }
    guard let width else { throw failure(at: bytes.count, "the table is empty; allowed: at least one row of numbers") }
    return Matrix(rows: elements.count / width, columns: width, elements: elements)
  }

  /// The offsets of a line's entries, without blanks around them; none for a blank line.
  private static func cells(of line: ArraySlice<UInt8>) -> [Range<Int>] {
    if !line.contains(UInt8(ascii: ",")) {
      return line.split(whereSeparator: isBlank).map { $0.startIndex..<$0.endIndex }
    }
    return line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { cell in
      var trimmed = cell.drop(while: isBlank)
      while let last = trimmed.last, isBlank(last) { trimmed.removeLast() }
      return trimmed.startIndex..<trimmed.endIndex
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// A decimal number; words that Swift would accept (nan, inf, 0x1p3) are none.
  private static func number(_ bytes: ArraySlice<UInt8>) -> Double? {
    guard bytes.contains(where: JSONReader.isDigit),
      bytes.allSatisfy({ JSONReader.isDigit($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) })
    else { return nil }
    return Double(String(decoding: bytes, as: UTF8.self))
  }

  private static func value(mayHead text: String) -> Bool {
    text.unicodeScalars.contains { $0.properties.isAlphabetic }
  }
}
