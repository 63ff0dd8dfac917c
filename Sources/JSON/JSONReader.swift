// Reads JSON with comments into a tree with source positions; any bytes give a tree or one error.

/// A reader of JSON that tolerates comments (`//`, `/* */`), trailing commas and unquoted keys, and nothing else.
///
/// NaN, infinities, hexadecimal, numbers beyond the range of their type, duplicate keys, lone surrogates, invalid UTF-8 and nesting
/// deeper than ``maximumDepth`` are refused with line and column. Time and memory are linear in the text.
package struct JSONReader {
  /// The deepest nesting of arrays and objects that is read.
  package static let maximumDepth = 64

  let bytes: [UInt8]
  var index = 0
  var path = JSONPath()
  private var cursor = TextCursor()
  private var depth = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads one value that fills the whole text.
  package static func read(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
    var reader = JSONReader(bytes)
    return try reader.readText()
  }

  /// Reads one value that fills the whole text.
  package static func read(_ text: String) throws(JSONSyntaxError) -> JSONValue { try read(Array(text.utf8)) }

  private mutating func readText() throws(JSONSyntaxError) -> JSONValue {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw error(at: 0, "the text is UTF-16; save it as UTF-8")
    }
    if let invalid = TextCursor.firstInvalidUTF8(in: bytes) {
      throw error(at: invalid, "byte 0x\(hexadecimal(bytes[invalid])) is not valid UTF-8; save the text as UTF-8")
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    try skipBlanks()
    let value = try readValue(expecting: "a value")
    try skipBlanks()
    guard index == bytes.count else { throw error(at: index, "expected the end of the text, found \(found())") }
    return value
  }

  // MARK: Values

  private mutating func readValue(expecting expected: String) throws(JSONSyntaxError) -> JSONValue {
    let origin = origin(at: index)
    switch peek {
    case UInt8(ascii: "{"): return JSONValue(try readObject(), origin: origin)
    case UInt8(ascii: "["): return JSONValue(try readArray(), origin: origin)
    case UInt8(ascii: "\""): return JSONValue(.string(try readString()), origin: origin)
    case let byte? where Self.isWordByte(byte): return JSONValue(try readWord(expecting: expected), origin: origin)
    case UInt8(ascii: "'"): throw error(at: index, "expected \(expected); texts are written in double quotes")
    default: throw error(at: index, "expected \(expected), found \(found())")
    }
  }

  private mutating func readObject() throws(JSONSyntaxError) -> JSONValue.Content {
    let start = index
    try enter()
    index += 1
    var members: [JSONMember] = []
    var lines: [String: Int] = [:]
    try skipBlanks()
    while peek != UInt8(ascii: "}") {
      let keyStart = index
      let keyOrigin = origin(at: keyStart)
      let key = try readKey(objectStart: start)
      path.steps.append(.key(key))
      let line = cursor.place(of: keyStart, in: bytes).line
      if let first = lines.updateValue(line, forKey: key) {
        throw error(
          at: keyStart, "the key \(JSONWriter.excerpt(key)) is given twice, on line \(first) and on line \(line)")
      }
      try skipBlanks()
      guard peek == UInt8(ascii: ":") else {
        throw error(at: index, "expected \":\" after the key \(JSONWriter.excerpt(key)), found \(found())")
      }
      index += 1
      try skipBlanks()
      members.append(JSONMember(key, try readValue(expecting: "a value"), keyOrigin: keyOrigin))
      path.steps.removeLast()
      try readSeparator(closing: UInt8(ascii: "}"), after: "the value of \(JSONWriter.excerpt(key))", openedAt: start)
    }
    index += 1
    depth -= 1
    return .object(members)
  }

  private mutating func readArray() throws(JSONSyntaxError) -> JSONValue.Content {
    let start = index
    try enter()
    index += 1
    var elements: [JSONValue] = []
    try skipBlanks()
    while peek != UInt8(ascii: "]") {
      path.steps.append(.index(elements.count))
      elements.append(try readValue(expecting: "a value or \"]\""))
      path.steps.removeLast()
      try readSeparator(closing: UInt8(ascii: "]"), after: "an element", openedAt: start)
    }
    index += 1
    depth -= 1
    return .array(elements)
  }

  /// After a member or element: a comma, or the closing bracket, which stays unread.
  private mutating func readSeparator(
    closing: UInt8, after what: String, openedAt start: Int
  ) throws(JSONSyntaxError) {
    try skipBlanks()
    if peek == UInt8(ascii: ",") {
      index += 1
      try skipBlanks()
    } else if peek != closing {
      let opened = peek == nil ? " (opened \(place(of: start)))" : ""
      let bracket = Character(Unicode.Scalar(closing))
      throw error(at: index, "expected \",\" or \"\(bracket)\" after \(what), found \(found())\(opened)")
    }
  }

  private mutating func readKey(objectStart: Int) throws(JSONSyntaxError) -> String {
    switch peek {
    case UInt8(ascii: "\""): return try readString()
    case let byte? where Self.isKeyByte(byte) && !Self.isDigit(byte):
      let start = index
      while let byte = peek, Self.isKeyByte(byte) { index += 1 }
      return String(decoding: bytes[start..<index], as: UTF8.self)
    case nil: throw error(at: index, "expected a key or \"}\", found \(found()) (opened \(place(of: objectStart)))")
    case UInt8(ascii: "'"): throw error(at: index, "expected a key; quoted keys are written in double quotes")
    default: throw error(at: index, "expected a key or \"}\", found \(found())")
    }
  }

  // MARK: Between values

  /// Skips white space and comments.
  mutating func skipBlanks() throws(JSONSyntaxError) {
    while let byte = peek {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      case UInt8(ascii: "/"): try skipComment()
      default: return
      }
    }
  }

  private mutating func skipComment() throws(JSONSyntaxError) {
    let start = index
    switch byte(at: index + 1) {
    case UInt8(ascii: "/"):
      while let byte = peek, byte != 0x0A, byte != 0x0D { index += 1 }
    case UInt8(ascii: "*"):
      index += 2
      while !(peek == UInt8(ascii: "*") && byte(at: index + 1) == UInt8(ascii: "/")) {
        guard index < bytes.count else { throw error(at: start, "this comment /* is never closed by */") }
        index += 1
      }
      index += 2
    default: throw error(at: index, "a comment starts with // or /*, not with a single /")
    }
  }

  private mutating func enter() throws(JSONSyntaxError) {
    guard depth < Self.maximumDepth else {
      throw error(at: index, "arrays and objects are nested deeper than \(Self.maximumDepth)")
    }
    depth += 1
  }

  // MARK: Places

  var peek: UInt8? { byte(at: index) }

  func byte(at offset: Int) -> UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func origin(at offset: Int) -> JSONOrigin {
    let place = cursor.place(of: offset, in: bytes)
    return .text(line: place.line, column: place.column)
  }

  func place(of offset: Int) -> String {
    var cursor = TextCursor()
    let place = cursor.place(of: offset, in: bytes)
    return "on line \(place.line), column \(place.column)"
  }

  /// The error for the text at `offset`.
  mutating func error(at offset: Int, _ message: String) -> JSONSyntaxError {
    let place = cursor.place(of: offset, in: bytes)
    return JSONSyntaxError(line: place.line, column: place.column, path: path, message: message)
  }

  /// What stands at the current offset, in words.
  func found() -> String {
    guard index < bytes.count else { return "the end of the text" }
    let end = min(index + 4, bytes.count)
    guard let scalar = String(decoding: bytes[index..<end], as: UTF8.self).unicodeScalars.first else {
      return "nothing"
    }
    if scalar == "\"" { return "a double quote" }
    let isPrintable = scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format
    return isPrintable ? "\"\(scalar)\"" : "the character U+\(hexadecimal(scalar.value, digits: 4))"
  }

  package static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
  }

  /// Bytes of numbers and of the words true, false and null.
  static func isWordByte(_ byte: UInt8) -> Bool {
    isKeyByte(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }
}

/// Upper-case hexadecimal digits, padded with zeros.
package func hexadecimal(_ value: some BinaryInteger, digits: Int = 2) -> String {
  let text = String(value, radix: 16, uppercase: true)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}
