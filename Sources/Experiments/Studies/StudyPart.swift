// A part of a study as it is read back: every value has the type that was written, or the part is refused by name.

import JSON
import Networks
import Sampling
import Storage

/// What a part of a study holds, as a value.
package protocol StudyPartContent: Sendable {
  /// As the study's folder keeps it.
  var json: JSONValue { get }
  /// Reads what ``json`` wrote.
  ///
  /// - Throws: ``StorageError`` naming what is malformed.
  init(_ part: StudyPart) throws
}

/// A part, or something in it, that knows which file it is from.
package struct StudyPart: Sendable {
  let json: JSONValue
  let file: String
  /// Whether its checksum was verified; parts of earlier versions have none.
  let isSealed: Bool

  /// The error of a value that is not what was written.
  func malformed(_ key: String, _ expected: String) -> StorageError {
    .damaged(path: file, reason: "\(key) is not \(expected); \(Self.remedy)")
  }

  static let remedy = "delete it, and the same command computes it again"

  private func value<Value>(_ key: String, _ expected: String, _ read: (JSONValue) -> Value?) throws -> Value {
    guard let found = json[key], let value = read(found) else { throw malformed(key, expected) }
    return value
  }

  /// The real number at a key.
  func number(_ key: String) throws -> Double { try value(key, "a number") { $0.realNumber } }

  /// The real number at a key; not a number where that was written, as null.
  func numberOrNaN(_ key: String) throws -> Double {
    try value(key, "a number or null") { $0.isNull ? .nan : $0.realNumber }
  }

  /// The real number at a key; nil where there was none, as null.
  func numberOrNil(_ key: String) throws -> Double? {
    let number = try numberOrNaN(key)
    return number.isNaN ? nil : number
  }

  func integer(_ key: String) throws -> Int { try value(key, "a whole number") { $0.wholeNumber } }

  func text(_ key: String) throws -> String { try value(key, "a text") { $0.string } }

  /// The text that this is.
  func text() throws -> String {
    guard let text = json.string else { throw malformed("an entry", "a text") }
    return text
  }

  /// The list of numbers at a key.
  func numbers(_ key: String) throws -> [Double] {
    try value(key, "a list of numbers") { Self.numbers($0) { $0.realNumber } }
  }

  /// The list of numbers at a key; not a number where that was written, as null.
  func numbersOrNaN(_ key: String) throws -> [Double] {
    try value(key, "a list of numbers") { Self.numbers($0) { $0.isNull ? .nan : $0.realNumber } }
  }

  private static func numbers(_ list: JSONValue, _ read: (JSONValue) -> Double?) -> [Double]? {
    guard let elements = list.array else { return nil }
    let numbers = elements.compactMap(read)
    return numbers.count == elements.count ? numbers : nil
  }

  /// What is at a key; nil if it is null or not there.
  func part(_ key: String) -> StudyPart? {
    guard let found = json[key], !found.isNull else { return nil }
    return StudyPart(json: found, file: file, isSealed: isSealed)
  }

  /// Whether there is anything at a key, null too.
  func has(_ key: String) -> Bool { json[key] != nil }

  /// The members of the object at a key, in their order.
  func object(_ key: String) throws -> [(name: String, part: StudyPart)] {
    guard let part = part(key) else { throw malformed(key, "an object") }
    return try part.members()
  }

  /// The members of the object, in their order.
  func members() throws -> [(name: String, part: StudyPart)] {
    guard case .object(let members) = json.content else { throw malformed("its content", "an object") }
    return members.map { ($0.key, StudyPart(json: $0.value, file: file, isSealed: isSealed)) }
  }

  /// The list of objects at a key.
  func list(_ key: String) throws -> [StudyPart] {
    try value(key, "a list") { $0.array }.map { StudyPart(json: $0, file: file, isSealed: isSealed) }
  }

  /// What ``JSON/JSONValue/estimate(_:)`` wrote at a key; nil for null.
  func estimate(_ key: String) throws -> Estimate? { try part(key)?.estimate() }

  /// What ``JSON/JSONValue/estimate(_:)`` wrote.
  func estimate() throws -> Estimate {
    let error = try numberOrNaN("standardError")
    return Estimate(value: try numberOrNaN("value"), standardError: error.isNaN ? nil : error)
  }
}
