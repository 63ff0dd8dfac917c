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
