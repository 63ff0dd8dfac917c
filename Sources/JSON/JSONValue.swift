// A JSON tree that remembers where each value came from, so that an error can point at it.

/// Where a value was written.
package enum JSONOrigin: Sendable, Equatable {
  /// In a text; line and column (in Unicode scalars) count from 1.
  case text(line: Int, column: Int)
  /// On the command line, as the value of an option such as `--seed`.
  case option(String)
  /// By the program itself.
  case program
}

/// One member of an object; the order of members is kept.
package struct JSONMember: Sendable, Equatable {
  package let key: String
  package let keyOrigin: JSONOrigin
  package var value: JSONValue

  package init(_ key: String, _ value: JSONValue, keyOrigin: JSONOrigin = .program) {
    self.key = key
    self.value = value
    self.keyOrigin = keyOrigin
  }

  /// Equal keys and values; the origin plays no part.
  package static func == (left: JSONMember, right: JSONMember) -> Bool {
    left.key == right.key && left.value == right.value
  }
}

/// A JSON value with its origin. Equality compares contents, not origins.
package struct JSONValue: Sendable, Equatable {
  package enum Content: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number written without fraction and exponent.
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])
  }

  package var content: Content
  package var origin: JSONOrigin

  package init(_ content: Content, origin: JSONOrigin = .program) {
    self.content = content
    self.origin = origin
  }

  package static func == (left: JSONValue, right: JSONValue) -> Bool { left.content == right.content }

  /// The member of this name; nil if there is none or this is no object.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = content else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// This object with a member more at its end; the same if there is no value.
  package func with(_ key: String, _ value: JSONValue?) -> JSONValue {
    guard let value, case .object(let members) = content else { return self }
    return JSONValue(.object(members + [JSONMember(key, value)]), origin: origin)
  }

  package var isNull: Bool { content == .null }

  /// The value as a whole number: integers, and numbers such as 1e6 that are exactly whole (up to 2⁵³).
  package var wholeNumber: Int? {
    switch content {
    case .integer(let value): value
    case .number(let value) where value.magnitude <= 0x1p53: Int(exactly: value)
    default: nil
    }
  }

  /// The value as a real number.
  package var realNumber: Double? {
    switch content {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}

extension JSONValue {
  package static let null = JSONValue(.null)
  package static func bool(_ value: Bool) -> JSONValue { JSONValue(.bool(value)) }
  package static func integer(_ value: Int) -> JSONValue { JSONValue(.integer(value)) }
  /// A real number; non-finite ones are written as null.
  package static func number(_ value: Double) -> JSONValue { JSONValue(.number(value)) }
  /// A real number that may be infinite, which JSON has no word for: the largest double stands for it, so that readers can compare.
  package static func bounded(_ value: Double) -> JSONValue {
    .number(value.isInfinite ? (value < 0 ? -1 : 1) * Double.greatestFiniteMagnitude : value)
  }
  package static func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
  package static func string(_ value: String) -> JSONValue { JSONValue(.string(value)) }
  package static func array(_ values: [JSONValue]) -> JSONValue { JSONValue(.array(values)) }
  package static func numbers(_ values: [Double]) -> JSONValue { .array(values.map { .number($0) }) }
  package static func integers(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
  /// An object of these members.
  package static func object(_ members: [JSONMember]) -> JSONValue { JSONValue(.object(members)) }
  /// An object whose members keep the given order.
  package static func object(_ members: [(String, JSONValue)]) -> JSONValue {
    JSONValue(.object(members.map { JSONMember($0.0, $0.1) }))
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(elements) }
}
