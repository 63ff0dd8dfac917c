// Reads one object of an experiment file as its section's table of keys says.

import JSON
import Networks
import Sampling

/// One object of a spec, checked for unknown keys, whose values are read by key.
///
/// The form, the default and the allowed values of a key come from its ``SpecSection``, never from the caller.
package struct SpecReader {
  let source: SpecSource
  let path: JSONPath
  /// The chosen kind; nil for a section without kinds.
  let kind: String?
  private let object: JSONValue
  private let keys: [SpecKey]

  /// Reads the object at `path`; one that is left out is taken as empty.
  ///
  /// - Throws: ``SpecError`` for a value that is no object, an unknown kind or an unknown key.
  init(_ source: SpecSource, _ path: JSONPath, _ value: JSONValue?, as section: SpecSection) throws(SpecError) {
    self.source = source
    self.path = path
    object = value ?? JSONValue(.object([]), origin: source.root.nearest(to: path).origin)
    guard case .object(let members) = object.content else {
      throw source.error(at: path, found: object, allowed: SpecForm.object.words)
    }
    if section.kinds.isEmpty {
      kind = nil
    } else {
      let reader = SpecReader(source: source, path: path, kind: nil, object: object, keys: section.common)
      kind = try reader.choice("kind")
    }
    keys = section.keys(kind: kind)
    for member in members where !keys.contains(where: { $0.name == member.key }) {
      throw source.error(
        at: path + member.key, origin: member.keyOrigin,
        source.sections.unknownKey(member.key, in: section, kind: kind))
    }
  }

  private init(source: SpecSource, path: JSONPath, kind: String?, object: JSONValue, keys: [SpecKey]) {
    self.source = source
    self.path = path
    self.kind = kind
    self.object = object
    self.keys = keys
  }

  /// Whether the file gives this key.
  func gives(_ name: String) -> Bool { object[name] != nil }

  /// The value under a key, or its default.
  ///
  /// - Precondition: a key with a default.
  func value(of name: String) -> JSONValue {
    if let value = object[name] { return value }
    guard case .defaultsTo(let value) = key(name).presence else { preconditionFailure("\(name) has no default") }
    return value
  }

  /// The object under a key, as the given section.
  func section(_ name: String, as section: SpecSection) throws(SpecError) -> SpecReader {
    if object[name] == nil, key(name).presence == .required { throw missing(key(name)) }
    return try SpecReader(source, path + name, object[name], as: section)
  }

  /// The object under a key, as the given section; nil where it is null or left out.
  func sectionOrNull(_ name: String, as section: SpecSection) throws(SpecError) -> SpecReader? {
    guard let value = object[name], !value.isNull else { return nil }
    guard case .object = value.content else { throw wrong(key(name), value) }
    return try SpecReader(source, path + name, value, as: section)
  }

  func integer(_ name: String) throws(SpecError) -> Int {
    let (key, value) = try entry(name)
    guard case .integer(let range) = key.form, let number = value.wholeNumber, range.contains(number) else {
      throw wrong(key, value)
    }
    return number
  }

  func number(_ name: String) throws(SpecError) -> Double {
    let (key, value) = try entry(name)
    guard case .number(let range) = key.form, let number = value.realNumber, range.contains(number) else {
      throw wrong(key, value)
    }
    return number
  }

  func numberOrNull(_ name: String) throws(SpecError) -> Double? {
    let (key, value) = try entry(name)
    if value.isNull { return nil }
    guard case .orNull(.number(let range)) = key.form, let number = value.realNumber, range.contains(number) else {
      throw wrong(key, value)
    }
    return number
  }

  func integerOrNull(_ name: String) throws(SpecError) -> Int? {
    let (key, value) = try entry(name)
    if value.isNull { return nil }
    guard case .orNull(.integer(let range)) = key.form, let number = value.wholeNumber, range.contains(number) else {
      throw wrong(key, value)
    }
    return number
  }

  /// A whole number, or nil for "all".
  func integerOrAll(_ name: String) throws(SpecError) -> Int? {
    let (key, value) = try entry(name)
    if case .string("all") = value.content { return nil }
    guard case .integerOrAll(let range) = key.form, let number = value.wholeNumber, range.contains(number) else {
      throw wrong(key, value)
    }
    return number
  }

  func choice(_ name: String) throws(SpecError) -> String {
    let (key, value) = try entry(name)
    guard case .choice(let names) = key.form, case .string(let text) = value.content, names.contains(text) else {
      throw wrong(key, value)
    }
    return text
  }

  /// The case of an enumeration whose raw values are the allowed words.
  func choice<Choice: SpecChoice>(_ name: String, as type: Choice.Type = Choice.self) throws(SpecError) -> Choice {
    let (key, value) = try entry(name)
    guard case .string(let text) = value.content, let choice = Choice(rawValue: text) else { throw wrong(key, value) }
    return choice
  }

  func folderName(_ name: String) throws(SpecError) -> String {
    let (key, value) = try entry(name)
    guard case .string(let text) = value.content, SpecForm.isFolderName(text) else { throw wrong(key, value) }
    return text
  }

  func path(_ name: String) throws(SpecError) -> DataFile.Location {
    let (key, value) = try entry(name)
    guard case .string(let text) = value.content, !text.isEmpty, !text.unicodeScalars.contains("\0") else {
      throw wrong(key, value)
    }
    return DataFile.Location(path: text, folder: source.folder)
  }

  func pathOrNull(_ name: String) throws(SpecError) -> DataFile.Location? {
    let (key, value) = try entry(name)
    if value.isNull { return nil }
    guard key.form.isPath, case .string(let text) = value.content, !text.isEmpty,
      !text.unicodeScalars.contains("\0")
    else { throw wrong(key, value) }
    return DataFile.Location(path: text, folder: source.folder)
  }

  /// What weights are.
  enum WeightKinds {
    case all(WeightPrior.Kind)
    case byGroup([(group: WeightGroup, kind: WeightPrior.Kind)])
  }

  func weightKinds(_ name: String) throws(SpecError) -> WeightKinds {
    let (key, value) = try entry(name)
    if case .string(let text) = value.content, let kind = WeightPrior.Kind(rawValue: text) { return .all(kind) }
    guard case .object(let members) = value.content else { throw wrong(key, value) }
    var list: [(group: WeightGroup, kind: WeightPrior.Kind)] = []
    for member in members {
      let place = path + name + member.key
      guard let group = WeightGroup(rawValue: member.key) else {
        let groups = WeightGroup.allCases.map(\.rawValue)
        throw source.error(
          at: place, origin: member.keyOrigin,
          "there are no such weights\(Spelling.suggestion(for: member.key, among: groups)); allowed: "
            + groups.map { "\"\($0)\"" }.joined(separator: ", "))
      }
      guard case .string(let text) = member.value.content, let kind = WeightPrior.Kind(rawValue: text) else {
        throw source.error(
          at: place, found: member.value,
          allowed: WeightPrior.Kind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))
      }
      list.append((group, kind))
    }
    return .byGroup(list)
  }

  func observableName(_ name: String) throws(SpecError) -> String {
    let (key, value) = try entry(name)
    guard case .string(let text) = value.content, text.utf8.count <= 60,
      text.wholeMatch(of: /[A-Za-z_][A-Za-z_0-9]*/) != nil
    else { throw wrong(key, value) }
    return text
  }

  /// A list of names.
  func names(_ name: String) throws(SpecError) -> [String] {
    let (key, value) = try entry(name)
    guard case .names(let count) = key.form, case .array(let elements) = value.content, count.contains(elements.count)
    else { throw wrong(key, value) }
    var names: [String] = []
    for (index, element) in elements.enumerated() {
      guard case .string(let text) = element.content, text.utf8.count <= 30,
        text.wholeMatch(of: /[A-Za-z_][A-Za-z_0-9]*/) != nil
      else { throw source.error(at: path + name + index, found: element, allowed: key.form.words) }
      names.append(text)
    }
    return names
  }

  /// A number for all, or a list; nil for null.
  func numbersOrNull(_ name: String) throws(SpecError) -> [Double]? {
    let (key, value) = try entry(name)
    if value.isNull { return nil }
    guard case .orNull(.numberOrList(let range)) = key.form else { throw wrong(key, value) }
    guard case .array(let elements) = value.content else {
      guard let number = value.realNumber, range.contains(number) else { throw wrong(key, value) }
      return [number]
    }
    var numbers: [Double] = []
    for (index, element) in elements.enumerated() {
      guard let number = element.realNumber, range.contains(number) else {
        throw source.error(at: path + name + index, found: element, allowed: range.words)
      }
      numbers.append(number)
    }
    return numbers
  }

  func expression(_ name: String) throws(SpecError) -> String {
    let (key, value) = try entry(name)
    guard case .string(let text) = value.content else { throw wrong(key, value) }
    return text
  }

  func choiceOrNull(_ name: String) throws(SpecError) -> String? {
    let (key, value) = try entry(name)
    if value.isNull { return nil }
    guard case .orNull(.choice(let names)) = key.form, case .string(let text) = value.content, names.contains(text)
    else { throw wrong(key, value) }
    return text
  }

  /// The elements of a list.
  func list(_ name: String, atMost most: Int) throws(SpecError) -> [JSONValue] {
    let (key, value) = try entry(name)
    guard case .array(let elements) = value.content else { throw wrong(key, value) }
    guard elements.count <= most else {
      throw source.error(
        at: path + name, origin: value.origin, "found a list of \(elements.count); allowed: at most \(most)")
    }
    return elements
  }

  func chains(_ name: String) throws(SpecError) -> ChainNumbers {
    let (key, value) = try entry(name)
    switch value.content {
    case .string(let text):
      if let chains = ChainNumbers(text) { return chains }
    default:
      if let count = value.wholeNumber, let chains = ChainNumbers(count: count) { return chains }
    }
    throw wrong(key, value)
  }

  func integers(_ name: String) throws(SpecError) -> [Int] {
    let (key, value) = try entry(name)
    return try integers(of: value, key, key.form)
  }

  func integersOrNull(_ name: String) throws(SpecError) -> [Int]? {
    let (key, value) = try entry(name)
    if value.isNull { return nil }
    guard case .orNull(let form) = key.form else { throw wrong(key, value) }
    return try integers(of: value, key, form)
  }

  private func integers(of value: JSONValue, _ key: SpecKey, _ form: SpecForm) throws(SpecError) -> [Int] {
    guard case .integers(let range, let maximum) = form, case .array(let elements) = value.content,
      (1...maximum).contains(elements.count)
    else { throw wrong(key, value) }
    var numbers: [Int] = []
    for (index, element) in elements.enumerated() {
      guard let number = element.wholeNumber, range.contains(number) else {
        throw source.error(at: path + key.name + index, found: element, allowed: SpecForm.integer(range).words)
      }
      numbers.append(number)
    }
    return numbers
  }

  func numbers(_ name: String) throws(SpecError) -> [Double] {
    let (key, value) = try entry(name)
    guard case .numbers(let range, let maximum) = key.form, case .array(let elements) = value.content,
      (1...maximum).contains(elements.count)
    else { throw wrong(key, value) }
    var numbers: [Double] = []
    for (index, element) in elements.enumerated() {
      guard let number = element.realNumber, range.contains(number) else {
        throw source.error(at: path + name + index, found: element, allowed: range.words)
      }
      numbers.append(number)
    }
    return numbers
  }

  func matrix(_ name: String) throws(SpecError) -> Matrix {
    let (key, value) = try entry(name)
    return try matrix(of: value, key)
  }

  func matrixOrNull(_ name: String) throws(SpecError) -> Matrix? {
    let (key, value) = try entry(name)
    return value.isNull ? nil : try matrix(of: value, key)
  }

  /// The error for a value of this object that has the right form but no meaning.
  func error(at name: String, _ message: String) -> SpecError {
    source.error(at: path + name, origin: (object[name] ?? object).origin, message)
  }

  // MARK: Parts

  private func key(_ name: String) -> SpecKey {
    guard let key = keys.first(where: { $0.name == name }) else {
      preconditionFailure("the section \(path) has no key \(name) in its table")
    }
    return key
  }

  private func entry(_ name: String) throws(SpecError) -> (SpecKey, JSONValue) {
    let key = key(name)
    if let value = object[name] { return (key, value) }
    guard case .defaultsTo(let value) = key.presence else { throw missing(key) }
    return (key, value)
  }

  private func missing(_ key: SpecKey) -> SpecError {
    source.error(
      at: path + key.name, origin: object.origin,
      "this key is missing; allowed: \(key.form.words) (\(key.meaning))")
  }

  private func wrong(_ key: SpecKey, _ value: JSONValue) -> SpecError {
    var hint = ""
    if case .choice(let names) = key.form, case .string(let text) = value.content {
      hint = Spelling.suggestion(for: text, among: names)
    }
    return source.error(
      at: path + key.name, origin: value.origin, "found \(value.summary)\(hint); allowed: \(key.form.words)")
  }

  private func matrix(of value: JSONValue, _ key: SpecKey) throws(SpecError) -> Matrix {
    guard case .array(let rows) = value.content, !rows.isEmpty else { throw wrong(key, value) }
    let matrixPath = path + key.name
    var elements: [Double] = []
    var columns: Int?
    for (index, row) in rows.enumerated() {
      guard case .array(let entries) = row.content, !entries.isEmpty else {
        throw source.error(at: matrixPath + index, found: row, allowed: "a row of numbers, such as [1, 0]")
      }
      if let columns, entries.count != columns {
        throw source.error(
          at: matrixPath + index, origin: row.origin,
          "found a row of \(entries.count); allowed: \(columns) numbers, as in the first row")
      }
      columns = entries.count
      for (column, entry) in entries.enumerated() {
        guard let number = entry.realNumber, NumberRange.entries.contains(number) else {
          throw source.error(at: matrixPath + index + column, found: entry, allowed: NumberRange.entries.words)
        }
        elements.append(number)
      }
    }
    return Matrix(rows: rows.count, columns: columns ?? 0, elements: elements)
  }
}

/// An enumeration whose raw values are the words that a spec may use.
package protocol SpecChoice: RawRepresentable, CaseIterable, Sendable where RawValue == String {}

extension SpecForm {
  /// The words of an enumeration.
  static func choice<Choice: SpecChoice>(of type: Choice.Type) -> SpecForm {
    .choice(type.allCases.map(\.rawValue))
  }

  static func isFolderName(_ name: String) -> Bool {
    let scalars = name.unicodeScalars
    return (1...100).contains(scalars.count) && name.utf8.count <= 200 && !name.hasPrefix(".") && !name.hasPrefix("-")
      && scalars.allSatisfy { scalar in
        let properties = scalar.properties
        return properties.isAlphabetic || properties.numericType != nil || "-_.".unicodeScalars.contains(scalar)
      }
  }

  /// A text with "-" for whatever cannot be in a folder's name; nil if nothing is left.
  static func folderName(madeOf text: some StringProtocol) -> String? {
    let name = String(text.map { isFolderName("a\($0)") ? $0 : "-" }.drop { $0 == "-" || $0 == "." }.prefix(100))
    return isFolderName(name) ? name : nil
  }
}
