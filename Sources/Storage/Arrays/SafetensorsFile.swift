// The safetensors format: eight bytes of length, a JSON header, the arrays' bytes.

import JSON

/// Reader of .safetensors files.
enum SafetensorsFile {
  /// The arrays by name, in the header's order.
  ///
  /// - Throws: ``ArrayFileError`` for a header that is none, arrays outside of the file, and types of numbers that are not read.
  static func read(_ bytes: [UInt8]) throws(ArrayFileError) -> [(name: String, array: StoredArray)] {
    guard bytes.count >= 8 else { throw ArrayFileError("it is no .safetensors file: it has only \(bytes.count) bytes") }
    var length: UInt64 = 0
    for k in (0..<8).reversed() { length = length << 8 | UInt64(bytes[k]) }
    guard length <= UInt64(bytes.count - 8) else {
      throw ArrayFileError(
        "it is no complete .safetensors file: a header of \(length) bytes is announced, \(bytes.count - 8) follow")
    }
    let start = 8 + Int(length)
    let header: JSONValue
    do {
      header = try JSONReader.read(Array(bytes[8..<start]))
    } catch {
      throw ArrayFileError("its header is damaged: \(error.message)")
    }
    guard case .object(let members) = header.content else { throw ArrayFileError("its header is no JSON object") }
    var arrays: [(name: String, array: StoredArray)] = []
    var parts: [(start: Int, end: Int)] = []
    for member in members where member.key != "__metadata__" {
      func failure(_ reason: String) -> ArrayFileError {
        ArrayFileError("its array \(JSONWriter.excerpt(member.key)): \(reason)")
      }
      let offsets = member.value["data_offsets"]?.array?.compactMap(\.integer) ?? []
      let shape = member.value["shape"]?.array?.map { $0.integer ?? -1 }
      guard let shape, offsets.count == 2, let word = member.value["dtype"]?.string else {
        throw failure("the header does not say its dtype, shape and data_offsets")
      }
      guard let type = type(word) else {
        throw failure(
          "its numbers are of type \(JSONWriter.excerpt(word)); allowed: F16, BF16, F32, F64, I8 to I64, U8 to U64, BOOL"
        )
      }
      guard 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= bytes.count - start else {
        throw failure("it lies outside of the file")
      }
      parts.append((offsets[0], offsets[1]))
      do {
        arrays.append(
          (member.key, try StoredArray(shape: shape, type, bytes[start + offsets[0]..<start + offsets[1]])))
      } catch {
        throw failure(error.description)
      }
    }
    // The format allows neither holes nor overlaps: an array that is read from the wrong place is noticed.
    var end = 0
    for part in parts.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      guard part.start == end else {
        throw ArrayFileError(
          "its arrays \(part.start < end ? "overlap" : "leave a hole") at byte \(min(part.start, end)) of the data")
      }
      end = part.end
    }
    guard end == bytes.count - start else {
      throw ArrayFileError("there are \(bytes.count - start - end) bytes behind its arrays")
    }
    return arrays
  }

  private static func type(_ word: String) -> ElementType? {
    switch word {
    case "F16": .float16
    case "BF16": .bfloat16
    case "F32": .float32
    case "F64": .float64
    case "I8": .signed(bytes: 1)
    case "I16": .signed(bytes: 2)
    case "I32": .signed(bytes: 4)
    case "I64": .signed(bytes: 8)
    case "U8": .unsigned(bytes: 1)
    case "U16": .unsigned(bytes: 2)
    case "U32": .unsigned(bytes: 4)
    case "U64": .unsigned(bytes: 8)
    case "BOOL": .boolean
    default: nil
    }
  }
}
