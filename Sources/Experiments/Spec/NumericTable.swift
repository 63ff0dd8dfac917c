// Reads tables of numbers: CSV with comments, finite numbers only, every row of one length.

import JSON
import Sampling

/// Reader of numeric CSV files.
///
/// A row a line; entries are separated by commas, or by blanks in a line that has no comma; `#` starts a comment; lines that are
/// empty but for that are skipped. There is no header line.
package enum NumericTable {
  /// How many columns a table must have, and what they are.
  package struct Columns: Sendable {
    let count: Int
    /// For messages: "one a context".
    let meaning: String
  }

  /// Reads the file at `path`.
  ///
  /// - Throws: ``SpecError`` with line and column.
  static func read(path: String, columns: Columns? = nil) throws(SpecError) -> Matrix {
    try read(try InputFile.read(path, shownAs: path, limit: InputFile.largestTable), file: path, columns: columns)
  }

  /// The most numbers in a table: 400 MB of them.
  static let mostNumbers = 50_000_000

  /// Reads a table from its text: O(bytes) time, and no memory but for the numbers.
  ///
  /// - Throws: ``SpecError`` with line and column: text, NaN or infinities, numbers beyond ±1e50, rows of unequal length, a number of
  ///   columns other than `columns`, no rows, more than ``mostNumbers``, invalid UTF-8.
  static func parse(
    _ bytes: [UInt8], file: String, columns: Columns? = nil, mostNumbers: Int = mostNumbers
  ) throws(SpecError) -> Matrix {
    func failure(at offset: Int, _ message: String) -> SpecError {
      var cursor = TextCursor()
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
      let line = Line(bytes, from: index)
      defer { index = line.next }
      let wanted = width ?? columns?.count
      var count = 0
      var start = line.start
      while let cell = line.cell(from: &start, in: bytes) {
        guard let value = number(bytes, cell), NumberRange.entries.contains(value) else {
          let text = String(decoding: bytes[cell].prefix(200), as: UTF8.self)
          let found = text.isEmpty ? "an empty entry" : JSONWriter.excerpt(text)
          let hint = width == nil && self.value(mayHead: text) ? "; put # in front of a heading" : ""
          throw failure(at: cell.lowerBound, "found \(found); allowed: \(NumberRange.entries.words)\(hint)")
        }
        count += 1
        // What exceeds the row is only counted, for the message.
        if count > wanted ?? .max { continue }
        guard elements.count < mostNumbers else {
          throw failure(at: cell.lowerBound, "the table goes on; allowed: \(mostNumbers) numbers in a table")
        }
        elements.append(value)
      }
      if count == 0 { continue }
      if let columns, width == nil, count != columns.count {
        throw failure(
          at: line.start, "found a row of \(count); allowed: \(columns.count) columns (\(columns.meaning))")
      }
      if let width, count != width {
        throw failure(at: line.start, "found a row of \(count); allowed: \(width) columns, as in the rows above")
      }
      if width == nil {
        let rows = bytes.count / (line.next - line.start) + 1
        elements.reserveCapacity(min(mostNumbers, count.multipliedReportingOverflow(by: rows).partialValue))
      }
      width = count
    }
    guard let width else { throw failure(at: bytes.count, "the table is empty; allowed: at least one row of numbers") }
    return Matrix(rows: elements.count / width, columns: width, elements: elements)
  }

  /// Where a line is in a table's bytes, and how its entries are separated.
  private struct Line {
    let start: Int
    /// The end of what counts: where a comment begins, or the line ends.
    let end: Int
    /// The start of the next line.
    let next: Int
    let hasComma: Bool

    init(_ bytes: [UInt8], from start: Int) {
      var end = start
      var hasComma = false
      while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D, bytes[end] != UInt8(ascii: "#") {
        hasComma = hasComma || bytes[end] == UInt8(ascii: ",")
        end += 1
      }
      var stop = end
      while stop < bytes.count, bytes[stop] != 0x0A, bytes[stop] != 0x0D { stop += 1 }
      self.start = start
      self.end = end
      self.hasComma = hasComma
      next = stop + 1
    }

    /// The next entry at or after `offset`, without blanks around it; nil after the last one. `offset` moves behind it.
    func cell(from offset: inout Int, in bytes: [UInt8]) -> Range<Int>? {
      while offset < end, NumericTable.isBlank(bytes[offset]) { offset += 1 }
      // After the last comma an entry is due, though an empty one; `offset` is beyond the end once it was given.
      guard hasComma ? offset <= end : offset < end else { return nil }
      let first = offset
      var last = offset
      while offset < end, hasComma ? bytes[offset] != UInt8(ascii: ",") : !NumericTable.isBlank(bytes[offset]) {
        offset += 1
        if !NumericTable.isBlank(bytes[offset - 1]) { last = offset }
      }
      offset += 1
      return first..<last
    }
  }

  fileprivate static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// A decimal number; words that Swift would accept (nan, inf, 0x1p3) are none.
  ///
  /// Up to 15 digits with a point, as most tables have, are a whole number over a power of ten, both exact doubles: their quotient
  /// is the nearest double. All others go to the library.
  private static func number(_ bytes: [UInt8], _ cell: Range<Int>) -> Double? {
    var digits = 0
    var decimals = 0
    var whole = 0
    var index = cell.lowerBound
    let isNegative = index < cell.upperBound && bytes[index] == UInt8(ascii: "-")
    if isNegative { index += 1 }
    var hasPoint = false
    while index < cell.upperBound, digits <= 15 {
      let byte = bytes[index]
      if JSONReader.isDigit(byte) {
        whole = 10 * whole + Int(byte - UInt8(ascii: "0"))
        digits += 1
        decimals += hasPoint ? 1 : 0
      } else if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
      } else {
        break
      }
      index += 1
    }
    if index == cell.upperBound, (1...15).contains(digits) {
      let value = Double(whole) / powersOfTen[decimals]
      return isNegative ? -value : value
    }
    // Longer ones than any double needs are no numbers but damage.
    guard cell.count <= 1000, bytes[cell].contains(where: JSONReader.isDigit),
      bytes[cell].allSatisfy({ JSONReader.isDigit($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) })
    else { return nil }
    return Double(String(decoding: bytes[cell], as: UTF8.self))
  }

  private static let powersOfTen: [Double] = (0...15).map { Double("1e\($0)")! }

  private static func value(mayHead text: String) -> Bool {
    text.unicodeScalars.contains { $0.properties.isAlphabetic }
  }
}
