// The forms in which tables leave the program: for people, for other programs, for papers.

/// What `--format` asks for.
enum TableFormat: String, Sendable, CaseIterable {
  /// Aligned, folded to the terminal's width, with the sentences around the tables.
  case text
  /// RFC 4180: tables only, numbers with all their digits, and their errors in columns of their own.
  case csv
  /// Tables, headings and paragraphs.
  case markdown
  /// A `tabular` a table, which needs no package; the sentences around them are comments.
  case latex
}
