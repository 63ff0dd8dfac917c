// Numbers, true, false and null.

extension JSONReader {
  /// Reads a number or one of the three words.
  mutating func readWord(expecting expected: String) throws(JSONSyntaxError) -> JSONValue.Content {
    let start = index
    while let byte = peek, Self.isWordByte(byte) { index += 1 }
    let word = String(decoding: bytes[start..<index], as: UTF8.self)
    switch word {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    default: break
    }
    if let fault = Self.fault(ofNumber: Array(bytes[start..<index])) {
      throw error(at: start, fault == .notANumber ? Self.wordFault(word, expected) : Self.numberFault(word, fault))
    }
    if word.utf8.allSatisfy({ Self.isDigit($0) || $0 == UInt8(ascii: "-") }) && word != "-0" {
      guard let value = Int(word) else {
        throw error(at: start, Self.numberFault(word, .beyondInteger))
      }
      return .integer(value)
    }
    // Non-zero digits that come out as zero, or an infinity, are beyond the range of a double.
    let digits = word.prefix { $0 != "e" && $0 != "E" }
    guard let value = Double(word), value.isFinite, value != 0 || !digits.contains(where: { ("1"..."9").contains($0) })
    else { throw error(at: start, Self.numberFault(word, .beyondDouble)) }
    return .number(value)
  }

  private enum NumberFault: String {
    case notANumber = ""
    case plus = "a number has no leading \"+\""
    case hexadecimal = "hexadecimal numbers are not allowed; write it in decimal"
    case leadingPoint = "a digit is needed before the decimal point"
    case leadingZero = "a number has no leading zeros"
    case trailingPoint = "a digit is needed after the decimal point"
    case exponent = "a digit is needed in the exponent"
    case beyondInteger = "a whole number lies between -9223372036854775808 and 9223372036854775807"
    case beyondDouble = "a number other than 0 lies between about 4.9e-324 and 1.8e308 in magnitude"
  }

  private static func numberFault(_ word: String, _ fault: NumberFault) -> String {
    "\(JSONWriter.excerpt(word, quotes: false)) is not a valid number: \(fault.rawValue)"
  }

  private static func wordFault(_ word: String, _ expected: String) -> String {
    let bare = word.lowercased().drop { $0 == "+" || $0 == "-" }
    if ["nan", "infinity", "inf"].contains(bare) {
      return "\(JSONWriter.excerpt(word, quotes: false)) is not allowed: numbers must be finite"
    }
    let isText = word.utf8.allSatisfy { isLetter($0) || isDigit($0) } && word.utf8.first.map(isLetter) == true
    return "expected \(expected), found \(JSONWriter.excerpt(word, quotes: false))"
      + (isText ? "; texts are written in double quotes" : "")
  }

  /// Checks the grammar -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
  private static func fault(ofNumber word: [UInt8]) -> NumberFault? {
    var rest = word[...]
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    if rest.first == UInt8(ascii: ".") {
      return rest.dropFirst().first.map(isDigit) == true ? .leadingPoint : .notANumber
    }
    guard let first = rest.first, isDigit(first) else { return .notANumber }
    if word.first == UInt8(ascii: "+") { return .plus }
    if first == UInt8(ascii: "0"), let next = rest.dropFirst().first {
      if next | 0x20 == UInt8(ascii: "x") { return .hexadecimal }
      if isDigit(next) { return .leadingZero }
    }
    rest = rest.drop(while: isDigit)
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      guard rest.first.map(isDigit) == true else { return .trailingPoint }
      rest = rest.drop(while: isDigit)
    }
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
      guard rest.first.map(isDigit) == true else { return .exponent }
      rest = rest.drop(while: isDigit)
    }
    return rest.isEmpty ? nil : .notANumber
  }
}
