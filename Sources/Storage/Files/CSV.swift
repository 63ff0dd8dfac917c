// Comma-separated values (RFC 4180): the one writer of every table that other programs read.

/// Tables as text, a line for each row.
package enum CSV {
  /// A cell of a table.
  package enum Cell: Sendable, ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    /// The shortest digits that read back as the same number; empty for what is no finite number.
    case number(Double)
    case text(String)
    case empty

    package init(floatLiteral value: Double) { self = .number(value) }
    package init(integerLiteral value: Int) { self = .number(Double(value)) }
    package init(stringLiteral value: String) { self = .text(value) }

    fileprivate var field: String {
      switch self {
      case .number(let value): value.isFinite ? value.description : ""
      case .text(let value): CSV.field(value)
      case .empty: ""
      }
    }
  }

  /// A table with its heading.
  package static func text(_ columns: [String], _ rows: [[Cell]]) -> String {
    line(columns.map { .text($0) }) + rows.map(line).joined()
  }

  /// One line, its end included.
  package static func line(_ cells: [Cell]) -> String { cells.map(\.field).joined(separator: ",") + "\n" }

  /// A text as one field: in quotes, with its own quotes doubled, where it holds what would end it, or begin a comment for some readers.
  package static func field(_ text: String) -> String {
    let marks: Set<Unicode.Scalar> = [",", "\"", "\n", "\r", "#"]
    guard text.unicodeScalars.contains(where: marks.contains) else { return text }
    let quote = "\"" as Unicode.Scalar
    // By scalars: a mark that something combines with is still one to other programs.
    return "\""
      + text.unicodeScalars.split(separator: quote, omittingEmptySubsequences: false).map { String($0) }
      .joined(separator: "\"\"") + "\""
  }
}
