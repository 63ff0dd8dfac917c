// What the command line says in place of values of the spec.

import JSON

/// Values that stand in place of those of an experiment file, each under the option that gave it.
package struct SpecOverrides: Sendable, Equatable {
  /// One value.
  package struct Value: Sendable, Equatable {
    let path: JSONPath
    /// Its origin is the option.
    let value: JSONValue
  }

  private(set) var values: [Value] = []

  package init() {}

  /// The option that gave what a value at `path` would replace; nil if there is none.
  package func source(ofWhatIsAt path: JSONPath) -> String? {
    let replaced = values.first { $0.path.steps.starts(with: path.steps) }
    guard case .option(let name)? = replaced?.value.origin else { return nil }
    return name
  }

  /// Puts a value at a path, in the name of an option such as `--seed`; nothing if there is no value.
  package mutating func set(_ path: JSONPath, to value: JSONValue?, by option: String) {
    guard let value else { return }
    values.append(Value(path: path, value: value.from(.option(option))))
  }

  /// The tree with these values, later ones winning.
  ///
  /// A value whose section is no object in the tree is left out: reading the tree gives the error.
  ///
  /// - Throws: ``SpecError`` for an element that a list does not have.
  func applied(to root: JSONValue, file: String) throws(SpecError) -> JSONValue {
    var tree = root
    for entry in values {
      if let changed = tree.setting(entry.path, to: entry.value) {
        tree = changed
      } else if entry.path.hasIndices, case .option(let name) = entry.value.origin {
        throw SpecError(
          file: file, place: .option(name), keyPath: entry.path.description,
          message: "there is no such element; found \(root.nearest(to: entry.path).summary)")
      }
    }
    return tree
  }
}

/// `--set KEY=VALUE`: any key of the spec, by its path.
package struct SpecSetting: Sendable, Equatable {
  package let path: JSONPath
  package let value: JSONValue
  /// What is wrong with a value that begins like a list, an object or a quoted text.
  private let syntaxFault: String?

  /// Reads `KEY=VALUE`: the value is JSON, or else a word as it stands.
  ///
  /// nil without "=", or if the key is no path.
  package init?(_ text: String) {
    guard let sign = text.firstIndex(of: "="), let path = JSONPath(parsing: String(text[..<sign])) else { return nil }
    let word = String(text[text.index(after: sign)...])
    self.path = path
    do {
      value = try JSONReader.read(word)
      syntaxFault = nil
    } catch {
      value = .string(word)
      let isMeantAsJSON = word.first.map { "[{\"'".contains($0) } ?? false
      syntaxFault = isMeantAsJSON ? "column \(error.column) of \(JSONWriter.excerpt(word)): \(error.message)" : nil
    }
  }

  /// The fault of a value that cannot be read, or of a path that leads to no key of any experiment file; nil if both are right.
  ///
  /// - Parameter sections: of experiment files.
  package func fault(in sections: [SpecSection]) -> String? {
    if let syntaxFault { return syntaxFault }
    let keys = path.steps.compactMap { step -> String? in if case .key(let key) = step { key } else { nil } }
    let home = keys.dropLast().joined(separator: ".")
    guard let name = keys.last, let section = sections.section(at: home) else {
      let paths = sections.map(\.path).filter { !$0.isEmpty }
      let hint = Spelling.suggestion(for: home, among: paths)
      return "there is no section \(JSONWriter.excerpt(home))\(hint); allowed: KEY, or one of these and .KEY: "
        + paths.joined(separator: ", ")
    }
    let known = section.allKeys.map(\.name).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    guard !known.contains(name) else { return nil }
    return "unknown key \(JSONWriter.excerpt(name))\(Spelling.suggestion(for: name, among: known)); allowed: "
      + known.joined(separator: ", ")
  }
}

extension JSONPath {
  /// Whether it leads into a list.
  fileprivate var hasIndices: Bool { steps.contains { if case .index = $0 { true } else { false } } }
}

extension JSONValue {
  /// The same value as if it had been written at `origin`, its parts too.
  fileprivate func from(_ origin: JSONOrigin) -> JSONValue {
    switch content {
    case .array(let elements): JSONValue(.array(elements.map { $0.from(origin) }), origin: origin)
    case .object(let members):
      JSONValue(
        .object(members.map { JSONMember($0.key, $0.value.from(origin), keyOrigin: origin) }), origin: origin)
    default: JSONValue(content, origin: origin)
    }
  }
}
