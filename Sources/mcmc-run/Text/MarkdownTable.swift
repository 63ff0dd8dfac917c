// A table for Markdown, and any text as Markdown shows it unchanged.

extension TextTable {
  /// A pipe table: titles, alignment, and one line a row.
  var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    return line(columns.map { Markdown.escaped($0.title) })
      + line(columns.map { $0.alignment == .right ? "---:" : "---" })
      + rows.map { row in line(row.map { Markdown.escaped($0.text) }) }.joined()
  }
}

/// Markdown, as CommonMark and GitHub read it.
enum Markdown {
  private static let marks: Set<Unicode.Scalar> = [
    "\\", "`", "*", "_", "{", "}", "[", "]", "<", ">", "#", "|", "~", "&", "$",
  ]

  /// `text` with a backslash before every mark that would act.
  static func escaped(_ text: String) -> String {
    // By scalars: a mark that something combines with is still one to other programs.
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if marks.contains(scalar) { result.append("\\") }
      result.append(scalar)
    }
    return String(result)
  }

  /// A paragraph for every line of `text`.
  static func paragraphs(_ text: String) -> String {
    text.split(separator: "\n").map { line in
      let line = escaped(String(line.drop { $0 == " " }))
      // What would begin a list or underline the line before.
      if "-+=".unicodeScalars.contains(where: { $0 == line.unicodeScalars.first }) { return "\\\(line)\n" }
      let number = line.prefix { $0.isASCII && $0.isNumber }
      let rest = line.dropFirst(number.count)
      let isList = !number.isEmpty && (rest.hasPrefix(". ") || rest.hasPrefix(") "))
      return isList ? "\(number)\\\(rest)\n" : line + "\n"
    }.joined(separator: "\n")
  }
}
