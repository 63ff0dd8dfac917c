// Networks as a CSV table: a row per neuron, a heading that names the columns.

import Numerics
import Storage

/// Reader of CSV files with a heading; a column `network` tells several networks apart.
enum NeuronTable {
  /// The columns by name, each [neuron], or [network, neuron] where a column `network` numbers them. Without a heading they are called
  /// `column0`, `column1` …
  ///
  /// - Throws: ``SpecError`` with line and column.
  static func read(_ bytes: [UInt8], file: String) throws(SpecError) -> [(name: String, array: StoredArray)] {
    var bytes = bytes
    let heading = heading(&bytes)
    let table = try NumericTable.parse(bytes, file: file)
    let names = heading ?? (0..<table.columns).map { "column\($0)" }
    func failure(_ message: String) -> SpecError { SpecError(file: file, place: .file, message: message) }
    guard names.count == table.columns else {
      throw failure("found a heading of \(names.count) names; allowed: \(table.columns), one per column")
    }
    if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
      throw failure("the column \(names[twice]) is there twice")
    }
    func column(_ index: Int, _ rows: [Int]) -> [Double] { rows.map { table[$0, index] } }
    guard let key = names.firstIndex(where: { $0.lowercased() == "network" }) else {
      return names.indices.map {
        (names[$0], StoredArray(shape: [table.rows], column($0, Array(0..<table.rows))))
      }
    }
    var rows: [Double: [Int]] = [:]
    var order: [Double] = []
    for row in 0..<table.rows {
      if rows[table[row, key]] == nil { order.append(table[row, key]) }
      rows[table[row, key], default: []].append(row)
    }
    let neurons = rows[order[0]]!.count
    if let other = order.first(where: { rows[$0]!.count != neurons }) {
      throw failure(
        "network \(String(format: "%g", other)) has \(rows[other]!.count) rows; allowed: \(neurons), as the first has"
      )
    }
    let all = order.flatMap { rows[$0]! }
    return names.indices.filter { $0 != key }.map {
      (names[$0], StoredArray(shape: [order.count, neurons], column($0, all)))
    }
  }

  /// The names in the first line that holds anything, if they are names, which makes the line a comment; nil if they are numbers.
  private static func heading(_ bytes: inout [UInt8]) -> [String]? {
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
      let line = bytes[start..<end]
      guard let first = line.first(where: { $0 != 0x20 && $0 != 0x09 }), first != UInt8(ascii: "#") else {
        start = end + 1
        continue
      }
      let separator = [UInt8(ascii: ","), 0x09].first { line.contains($0) } ?? 0x20
      let names = line.split(separator: separator, omittingEmptySubsequences: separator == 0x20).map { cell in
        String(decoding: cell, as: UTF8.self).filter { $0 != " " && $0 != "\"" && $0 != "\t" }
      }
      // 0, 1, 2 … are the names that other programs give to columns without any.
      let isCount = names.count > 2 && names == (0..<names.count).map(String.init)
      guard
        isCount
          || names.contains(where: { $0.unicodeScalars.contains { $0.properties.isAlphabetic } && Double($0) == nil })
      else { return nil }
      bytes[start] = UInt8(ascii: "#")
      return names
    }
    return nil
  }
}
