// Texts in double quotes, with their escapes.

extension JSONReader {
  /// Reads a text; the current byte is its opening quote.
  mutating func readString() throws(JSONSyntaxError) -> String {
    let start = index
    index += 1
    var content: [UInt8] = []
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        return String(decoding: content, as: UTF8.self)
      case UInt8(ascii: "\\"):
        content.append(contentsOf: try readEscape().utf8)
      case 0x0A, 0x0D:
        throw error(at: start, "this text is not closed by a double quote on its line")
      case 0..<0x20:
        throw error(at: index, "\(found()) may not stand in a text; write \\u\(hexadecimal(byte, digits: 4))")
      default:
        content.append(byte)
        index += 1
      }
    }
    throw error(at: start, "this text is not closed by a double quote")
  }

  private mutating func readEscape() throws(JSONSyntaxError) -> String {
    let start = index
    index += 2
    switch byte(at: start + 1) {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return String(try readUnicodeEscape(from: start))
    default:
      throw error(
        at: start, "unknown escape; known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits")
    }
  }

  /// One `\uXXXX`, or the two of a surrogate pair.
  private mutating func readUnicodeEscape(from start: Int) throws(JSONSyntaxError) -> Unicode.Scalar {
    let first = try readFourDigits(of: start)
    if let scalar = Unicode.Scalar(first) { return scalar }
    if first < 0xDC00, byte(at: index) == UInt8(ascii: "\\"), byte(at: index + 1) == UInt8(ascii: "u") {
      index += 2
      let second = try readFourDigits(of: start)
      if (0xDC00..<0xE000).contains(second),
        let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
      {
        return scalar
      }
    }
    throw error(at: start, "\\u\(hexadecimal(first, digits: 4)) is half of a surrogate pair without its other half")
  }

  private mutating func readFourDigits(of start: Int) throws(JSONSyntaxError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw error(at: start, "\\u needs four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      index += 1
    }
    return value
  }
}
