// A JSON tree that remembers where each value came from, so that an error can point at it.

/// Where a value was written.
enum JSONOrigin: Sendable, Equatable {
  /// In a text; line and column (in Unicode scalars) count from 1.
  case text(line: Int, column: Int)
  /// On the command line, as the value of an option such as `--seed`.
  case option(String)
  /// By the program itself.
  case program
}

/// One member of an object; the order of members is kept.
struct JSONMember: Sendable, Equatable {
  let key: String
  let keyOrigin: JSONOrigin
  var value: JSONValue

  init(_ key: String, _ value: JSONValue, keyOrigin: JSONOrigin = .program) {
    self.key = key
    self.value = value
    self.keyOrigin = keyOrigin
  }

  /// Equal keys and values; the origin plays no part.
  static func == (left: JSONMember, right: JSONMember) -> Bool {
    left.key == right.key && left.value == right.value
  }
}

/// A JSON value with its origin. Equality compares contents, not origins.
struct JSONValue: Sendable, Equatable {
  enum Content: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number written without fraction and exponent.
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])
  }

  var content: Content
  var origin: JSONOrigin

  init(_ content: Content, origin: JSONOrigin = .program) {
    self.content = content
    self.origin = origin
  }

  static func == (left: JSONValue, right: JSONValue) -> Bool { left.content == right.content }

  /// The member of this name; nil if there is none or this is no object.
  subscript(key: String) -> JSONValue? {
    guard case .object(let members) = content else { return nil }
    return members.first { $0.key == key }?.value
  }

  var isNull: Bool { content == .null }

  /// The value as a whole number: integers, and numbers such as 1e6 that are exactly whole (up to 2⁵³).
  var wholeNumber: Int? {
    switch content {
    case .integer(let value): value
    case .number(let value) where value.magnitude <= 0x1p53: Int(exactly: value)
    default: nil
    }
  }

  /// The value as a real number.
  var realNumber: Double? {
    switch content {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}

extension JSONValue {
  static let null = JSONValue(.null)
  static func bool(_ value: Bool) -> JSONValue { JSONValue(.bool(value)) }
  static func integer(_ value: Int) -> JSONValue { JSONValue(.integer(value)) }
  /// A real number; non-finite ones are written as null.
  static func number(_ value: Double) -> JSONValue { JSONValue(.number(value)) }
  static func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
  static func string(_ value: String) -> JSONValue { JSONValue(.string(value)) }
  static func array(_ values: [JSONValue]) -> JSONValue { JSONValue(.array(values)) }
  static func numbers(_ values: [Double]) -> JSONValue { .array(values.map { .number($0) }) }
  static func integers(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
  /// An object whose members keep the given order.
  static func object(_ members: [(String, JSONValue)]) -> JSONValue {
    JSONValue(.object(members.map { JSONMember($0.0, $0.1) }))
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int) { self = .integer(value) }
  init(floatLiteral value: Double) { self = .number(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(elements) }
}
