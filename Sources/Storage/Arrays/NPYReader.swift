// NumPy's format of one array (NumPy Enhancement Proposal 1), read.

import JSON

/// Reader of .npy files of numbers, versions 1 to 3.
package enum NPYReader {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// The array in the bytes of a file.
  ///
  /// - Throws: ``ArrayFileError`` for another format, a damaged header, fewer or more bytes than the header says, and for what is no array
  ///   of numbers.
  package static func read(_ bytes: ArraySlice<UInt8>) throws(ArrayFileError) -> StoredArray {
    guard bytes.starts(with: magic), bytes.count >= 10 else { throw ArrayFileError("it is not a .npy array") }
    let start = bytes.startIndex
    let version = bytes[start + 6]
    guard (1...3).contains(version) else {
      throw ArrayFileError("it is a .npy array of version \(version); allowed: 1 to 3")
    }
    let lengthBytes = version == 1 ? 2 : 4
    guard bytes.count >= 8 + lengthBytes else { throw ArrayFileError("its header is cut short") }
    var length = 0
    for k in (0..<lengthBytes).reversed() { length = length << 8 | Int(bytes[start + 8 + k]) }
    let headerStart = start + 8 + lengthBytes
    guard length <= bytes.endIndex - headerStart else { throw ArrayFileError("its header is cut short") }
    let header = Header(bytes[headerStart..<headerStart + length])
    guard let description = header.text("descr"), let isColumnMajor = header.truth("fortran_order"),
      let shape = header.shape()
    else { throw ArrayFileError("its header is damaged, or it is an array of records; allowed: arrays of numbers") }
    let (type, isBigEndian) = try type(description)
    return try StoredArray(
      shape: shape, type, bytes[(headerStart + length)...], isColumnMajor: isColumnMajor, isBigEndian: isBigEndian)
  }

  /// The type of numbers that NumPy calls so: `<f8`, `|b1` …
  private static func type(_ description: String) throws(ArrayFileError) -> (ElementType, isBigEndian: Bool) {
    let order = description.first ?? " "
    let isOrdered = "<>|=".contains(order)
    let type: ElementType? =
      switch isOrdered ? description.dropFirst() : description[...] {
      case "f2": .float16
      case "f4": .float32
      case "f8": .float64
      case "i1": .signed(bytes: 1)
      case "i2": .signed(bytes: 2)
      case "i4": .signed(bytes: 4)
      case "i8": .signed(bytes: 8)
      case "u1": .unsigned(bytes: 1)
      case "u2": .unsigned(bytes: 2)
      case "u4": .unsigned(bytes: 4)
      case "u8": .unsigned(bytes: 8)
      case "b1", "?": .boolean
      default: nil
      }
    guard let type else {
      let isObject = description.hasSuffix("O")
      throw ArrayFileError(
        isObject
          ? "it is an array of Python objects, which only unpickling could read; \(ArrayFile.pickleAdvice)"
          : "its numbers are of type \(JSONWriter.excerpt(description)); allowed: f2, f4, f8, i1 to i8, u1 to u8, b1")
    }
    return (type, order == ">")
  }

  /// The header: a Python dictionary of texts, truth values and whole numbers.
  private struct Header {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// What follows a key and its colon, without blanks.
    private func value(_ key: String) -> ArraySlice<UInt8>? {
      for quote in [UInt8(ascii: "'"), UInt8(ascii: "\"")] {
        let wanted = [quote] + Array(key.utf8) + [quote]
        guard let place = bytes.firstRange(of: wanted) else { continue }
        let rest = Self.trimmed(bytes[place.upperBound...])
        guard rest.first == UInt8(ascii: ":") else { return nil }
        return Self.trimmed(rest.dropFirst())
      }
      return nil
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
      bytes.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A }
    }

    func text(_ key: String) -> String? {
      guard let value = value(key), let quote = value.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""),
        let end = value.dropFirst().firstIndex(of: quote)
      else { return nil }
      return String(decoding: value[value.startIndex + 1..<end], as: UTF8.self)
    }

    func truth(_ key: String) -> Bool? {
      guard let value = value(key) else { return nil }
      if value.starts(with: Array("True".utf8)) { return true }
      return value.starts(with: Array("False".utf8)) ? false : nil
    }

    func shape() -> [Int]? {
      guard let value = value("shape"), value.first == UInt8(ascii: "("),
        let end = value.firstIndex(of: UInt8(ascii: ")"))
      else { return nil }
      var entries = value[value.startIndex + 1..<end].split(
        separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      if let last = entries.last, Self.trimmed(last).isEmpty { entries.removeLast() }
      guard entries.count <= 32 else { return nil }
      var shape: [Int] = []
      for entry in entries {
        // Python 2 wrote an L behind long numbers.
        let digits = Self.trimmed(entry).filter { $0 != 0x20 && $0 != UInt8(ascii: "L") }
        guard !digits.isEmpty, digits.count <= 18, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        shape.append(digits.reduce(0) { 10 * $0 + Int($1 - 0x30) })
      }
      return shape
    }
  }
}
