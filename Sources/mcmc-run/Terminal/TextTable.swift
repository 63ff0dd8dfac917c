// A table for people: columns aligned by display width, numbers to the right.

/// A plain-text table with a heading.
struct TextTable: Sendable {
  enum Alignment: Sendable { case left, right }

  /// One cell: its text, and how it is dressed once its width is known.
  struct Cell: Sendable, ExpressibleByStringLiteral {
    let text: String
    let dress: @Sendable (TextStyle, String) -> String

    init(_ text: String, dress: @escaping @Sendable (TextStyle, String) -> String = { $1 }) {
      self.text = TextWidth.printable(text)
      self.dress = dress
    }

    init(stringLiteral value: String) { self.init(value) }
  }

  private let columns: [(title: String, alignment: Alignment)]
  private var rows: [[Cell]] = []

  /// An empty table with these columns.
  init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

  /// Adds a row; short rows are filled with empty cells, what exceeds the columns is not shown.
  mutating func add(_ cells: [Cell]) {
    let row = cells.prefix(columns.count)
    rows.append(row + Array(repeating: "", count: columns.count - row.count))
  }

  /// The table as lines, each ended by a newline and without trailing blanks.
  func text(_ style: TextStyle = .plain) -> String {
    let widths = columns.indices.map { column in
      rows.reduce(TextWidth.of(columns[column].title)) { max($0, TextWidth.of($1[column].text)) }
    }
    var lines = [line(columns.map { Cell($0.title) { $0.strong($1) } }, widths, style)]
    lines += rows.map { line($0, widths, style) }
    return lines.joined()
  }

  private func line(_ cells: [Cell], _ widths: [Int], _ style: TextStyle) -> String {
    var result = ""
    var pendingBlanks = 0
    for (index, cell) in cells.enumerated() {
      let padding = widths[index] - TextWidth.of(cell.text)
      let isRight = columns[index].alignment == .right
      pendingBlanks += (index == 0 ? 0 : 2) + (isRight ? padding : 0)
      if !cell.text.isEmpty {
        result += String(repeating: " ", count: pendingBlanks) + cell.dress(style, cell.text)
        pendingBlanks = 0
      }
      pendingBlanks += isRight ? 0 : padding
    }
    return result + "\n"
  }
}
