// What stands behind NAME= in --map: arrays of a file, sliced, transposed, put side by side.

import Storage

/// An expression over the arrays of a file: `fc1.weight`, `fc1.weight[:, :3]`, `W.T`, `m0,m1`, `m*`.
struct ArrayExpression: Sendable, Equatable {
  let text: String

  /// The part of the arrays that it means.
  ///
  /// A name that there is wins over any other reading, as names may hold dots, brackets and commas.
  ///
  /// - Throws: ``ArrayFileError`` for names and places that are not there.
  func view(of arrays: ImportArrays) throws(ArrayFileError) -> ArrayView {
    if let array = arrays[text] { return ArrayView(array) }
    var parts: [ArrayView] = []
    for item in items {
      if item.contains("*"), arrays[item] == nil {
        let names = arrays.names(matching: item)
        guard !names.isEmpty else { throw arrays.missing(item) }
        try arrays.requireRow(names, item)
        parts += names.map { ArrayView(arrays[$0]!) }
      } else {
        parts.append(try Self.single(item, arrays))
      }
    }
    let isList = items.count > 1 || (text.contains("*") && arrays[text] == nil)
    return isList ? try Self.sideBySide(parts) : parts[0]
  }

  /// What stands between commas outside of brackets.
  var items: [String] {
    var items = [""]
    var depth = 0
    for character in text {
      if character == "[" { depth += 1 }
      if character == "]" { depth -= 1 }
      if character == ",", depth <= 0 { items.append("") } else { items[items.count - 1].append(character) }
    }
    return items.map { String($0.trimmingPrefix { $0 == " " }.reversed().trimmingPrefix { $0 == " " }.reversed()) }
  }

  /// One array with what follows its name, the last first.
  private static func single(_ text: String, _ arrays: ImportArrays) throws(ArrayFileError) -> ArrayView {
    if let array = arrays[text] { return ArrayView(array) }
    if text.hasSuffix(".T") { return try single(String(text.dropLast(2)), arrays).transposed }
    if text.hasSuffix(".mT") { return try single(String(text.dropLast(3)), arrays).matrixTransposed }
    if text.hasSuffix("]"), let bracket = text.lastIndex(of: "[") {
      guard !text[..<bracket].reversed().prefix(while: { $0 != "]" }).contains("[") else {
        throw ArrayFileError("\(text): found brackets in brackets; allowed: places and ranges, such as [0] or [:, :3]")
      }
      let inside = text[text.index(after: bracket)...].dropLast()
      let base = try single(String(text[..<bracket]), arrays)
      return try base.sliced(try slices(inside, of: text))
    }
    throw arrays.missing(text)
  }

  private static func slices(_ text: Substring, of whole: String) throws(ArrayFileError) -> [ArrayView.Slice] {
    var slices: [ArrayView.Slice] = []
    for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
      let places = entry.split(separator: ":", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
      let numbers = places.map { Int($0) }
      let isRange = (2...3).contains(places.count)
      guard places.count == 1 ? numbers[0] != nil : isRange,
        zip(places, numbers).allSatisfy({ $0.isEmpty && isRange || $1 != nil })
      else {
        throw ArrayFileError(
          "\(whole): found the slice [\(text)]; allowed: places and ranges from 0, such as [0], [:, :3] or [2:, ::2]")
      }
      slices.append(
        isRange
          ? .range(from: numbers[0], to: numbers[1], step: (places.count == 3 ? numbers[2] : nil) ?? 1)
          : .place(numbers[0]!))
    }
    return slices
  }

  /// Arrays of one shape along a new last axis: columns of a table.
  private static func sideBySide(_ parts: [ArrayView]) throws(ArrayFileError) -> ArrayView {
    let shape = parts[0].shape
    guard let other = parts.first(where: { $0.shape != shape })?.shape else {
      let columns = parts.map(\.elements)
      let rows = columns[0].count
      return ArrayView(
        StoredArray(
          shape: shape + [parts.count], (0..<rows).flatMap { row in columns.map { $0[row] } }))
    }
    throw ArrayFileError(
      "arrays of shapes \(StoredArray.words(shape)) and \(StoredArray.words(other)) cannot stand side by side; allowed: arrays of one shape"
    )
  }
}
