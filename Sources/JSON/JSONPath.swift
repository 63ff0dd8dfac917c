// The path of a value inside a JSON tree, spelled as people write it: network.gains.kind, target[0][1].

/// A path of keys and indices from the root of a JSON tree.
package struct JSONPath: Sendable, Equatable, CustomStringConvertible, ExpressibleByArrayLiteral {
  package enum Step: Sendable, Equatable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case key(String)
    case index(Int)

    package init(stringLiteral value: String) { self = .key(value) }
    package init(integerLiteral value: Int) { self = .index(value) }
  }

  package var steps: [Step]

  package init(_ steps: [Step] = []) { self.steps = steps }
  package init(arrayLiteral elements: Step...) { steps = elements }

  package static func + (path: JSONPath, key: String) -> JSONPath { JSONPath(path.steps + [.key(key)]) }
  package static func + (path: JSONPath, index: Int) -> JSONPath { JSONPath(path.steps + [.index(index)]) }

  /// The path that `text` spells, `network.gains.kind` or `task.target[0][1]`; nil for text of another form.
  package init?(parsing text: String) {
    var steps: [Step] = []
    for part in text.split(separator: ".", omittingEmptySubsequences: false) {
      let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
      guard let key = pieces.first, !key.isEmpty, !key.contains("]") else { return nil }
      steps.append(.key(String(key)))
      for piece in pieces.dropFirst() {
        guard piece.last == "]", piece.dropLast().utf8.allSatisfy(JSONReader.isDigit), let index = Int(piece.dropLast())
        else { return nil }
        steps.append(.index(index))
      }
    }
    self.steps = steps
  }

  /// Empty for the root.
  package var description: String {
    var text = ""
    for step in steps {
      switch step {
      case .key(let key): text += (text.isEmpty ? "" : ".") + (Self.isPlain(key) ? key : JSONWriter.quoted(key))
      case .index(let index): text += "[\(index)]"
      }
    }
    return text
  }

  private static func isPlain(_ key: String) -> Bool {
    !key.isEmpty && key.utf8.count <= 80
      && key.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "$"
      }
  }
}

extension JSONValue {
  /// The tree with `value` at `path`; objects that are missing on the way are made, with the value's origin.
  ///
  /// - Returns: nil if a step on the way meets something else than an object with keys or a list with that element.
  package func setting(_ path: JSONPath, to value: JSONValue) -> JSONValue? {
    guard let step = path.steps.first else { return value }
    let rest = JSONPath(Array(path.steps.dropFirst()))
    switch (step, content) {
    case (.key(let key), .object(var members)):
      if let position = members.firstIndex(where: { $0.key == key }) {
        guard let inner = members[position].value.setting(rest, to: value) else { return nil }
        members[position].value = inner
      } else {
        guard let inner = JSONValue(.object([]), origin: value.origin).setting(rest, to: value) else { return nil }
        members.append(JSONMember(key, inner, keyOrigin: value.origin))
      }
      return JSONValue(.object(members), origin: origin)
    case (.index(let index), .array(var elements)) where elements.indices.contains(index):
      guard let inner = elements[index].setting(rest, to: value) else { return nil }
      elements[index] = inner
      return JSONValue(.array(elements), origin: origin)
    default: return nil
    }
  }

  /// The deepest value that exists on the way along `path`.
  package func nearest(to path: JSONPath) -> JSONValue {
    var value = self
    for step in path.steps {
      switch (step, value.content) {
      case (.key(let key), .object):
        guard let next = value[key] else { return value }
        value = next
      case (.index(let index), .array(let elements)) where elements.indices.contains(index):
        value = elements[index]
      default: return value
      }
    }
    return value
  }
}
