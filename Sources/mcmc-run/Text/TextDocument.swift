// What a command tells: sentences and tables in their order, in whatever format is asked for.

/// Titles, sentences and tables, with an empty line between each two.
struct TextDocument: Sendable {
  private enum Block: Sendable {
    case title(String)
    case heading(String)
    case prose(String)
    case table(TextTable)
  }

  private var blocks: [Block] = []

  init() {}

  /// What the whole is about.
  init(title: String) { blocks = [.title(title)] }

  /// Sentences alone.
  init(prose: String) { self.prose(prose) }

  /// What the next table is about.
  mutating func heading(_ text: String) { blocks.append(.heading(text)) }

  /// One line or several; nothing if there is none. Other programs do not read it.
  mutating func prose(_ text: String) {
    let text = text.trimmingLineEnds
    if !text.isEmpty { blocks.append(.prose(text)) }
  }

  mutating func table(_ table: TextTable) { blocks.append(.table(table)) }

  mutating func append(_ other: TextDocument) { blocks += other.blocks }

  static func + (first: TextDocument, second: TextDocument) -> TextDocument {
    var result = first
    result.append(second)
    return result
  }

  /// The document in the style's format, every line ended by a newline.
  func text(_ style: TextStyle = .plain) -> String {
    if style.format == .csv { return csv }
    return blocks.map { block in
      switch (block, style.format) {
      case (.table(let table), _): table.text(style)
      case (.title(let text), .markdown): "# " + Markdown.paragraphs(text)
      case (.heading(let text), .markdown): "## " + Markdown.paragraphs(text)
      case (.prose(let text), .markdown): Markdown.paragraphs(text)
      case (.title(let text), .latex), (.heading(let text), .latex), (.prose(let text), .latex): LaTeX.comments(text)
      case (.title(let text), _), (.heading(let text), _), (.prose(let text), _): text.trimmingLineEnds + "\n"
      }
    }.joined(separator: "\n")
  }

  /// The tables; where there are several, an empty line between each two, and what a table is about as a comment above it.
  private var csv: String {
    let isOne = blocks.count { if case .table = $0 { true } else { false } } == 1
    var pending: [String] = []
    var parts: [String] = []
    for block in blocks {
      switch block {
      case .title(let text), .heading(let text): pending += text.split(separator: "\n").map { "# \($0)\n" }
      case .prose: break
      case .table(let table):
        parts.append((isOne ? "" : pending.joined()) + table.csv)
        pending = []
      }
    }
    return parts.joined(separator: "\n")
  }
}

extension String {
  /// Without the newlines around it.
  fileprivate var trimmingLineEnds: String {
    var scalars = self[...].unicodeScalars
    while scalars.first == "\n" { scalars.removeFirst() }
    while scalars.last == "\n" { scalars.removeLast() }
    return String(scalars)
  }
}
