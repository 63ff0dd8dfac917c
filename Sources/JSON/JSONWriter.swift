// Writes a JSON tree as text: key order as given, shortest digits that read back as the same double.

/// Writer of strict JSON; non-finite numbers become null.
package struct JSONWriter {
  package enum Style: Sendable {
    /// Indented by two spaces; an array of scalars stays on one line.
    case pretty
    /// Without any white space.
    case compact
  }

  private let style: Style
  private var text = ""

  /// The text of `value`, without a final newline.
  package static func text(_ value: JSONValue, _ style: Style = .pretty) -> String {
    var writer = JSONWriter(style: style)
    writer.write(value, indentation: 0)
    return writer.text
  }

  private init(style: Style) { self.style = style }

  private mutating func write(_ value: JSONValue, indentation: Int) {
    switch value.content {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += value.isFinite ? String(describing: value) : "null"
    case .string(let value): text += Self.quoted(value)
    case .array(let elements):
      let isFlat = style == .compact || elements.allSatisfy(\.isScalar)
      write(elements, brackets: ("[", "]"), isFlat: isFlat, indentation) { $0.write($1, indentation: indentation + 1) }
    case .object(let members):
      write(members, brackets: ("{", "}"), isFlat: style == .compact, indentation) { writer, member in
        writer.text += Self.quoted(member.key) + (writer.style == .compact ? ":" : ": ")
        writer.write(member.value, indentation: indentation + 1)
      }
    }
  }

  private mutating func write<Item>(
    _ items: [Item], brackets: (String, String), isFlat: Bool, _ indentation: Int,
    each: (inout JSONWriter, Item) -> Void
  ) {
    text += brackets.0
    for (position, item) in items.enumerated() {
      if position > 0 { text += style == .pretty && isFlat ? ", " : "," }
      if !isFlat { text += "\n" + String(repeating: "  ", count: indentation + 1) }
      each(&self, item)
    }
    if !isFlat && !items.isEmpty { text += "\n" + String(repeating: "  ", count: indentation) }
    text += brackets.1
  }

  /// `string` in double quotes, with quotes, backslashes and control characters escaped.
  package static func quoted(_ string: String) -> String { "\"" + escaped(string) + "\"" }

  /// At most 60 characters of `string` for a message, escaped, in quotes unless told otherwise.
  package static func excerpt(_ string: String, quotes: Bool = true) -> String {
    let isLong = string.unicodeScalars.count > 60
    var head = ""
    head.unicodeScalars.append(contentsOf: string.unicodeScalars.prefix(isLong ? 57 : 60))
    let text = escaped(head) + (isLong ? "..." : "")
    return quotes ? "\"\(text)\"" : text
  }

  private static func escaped(_ string: String) -> String {
    var result = ""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.isHidden: result += scalar.escape
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension JSONValue {
  fileprivate var isScalar: Bool {
    switch content {
    case .array, .object: false
    default: true
    }
  }

  /// The value as text; see ``JSONWriter``.
  package func text(_ style: JSONWriter.Style = .pretty) -> String { JSONWriter.text(self, style) }
}
