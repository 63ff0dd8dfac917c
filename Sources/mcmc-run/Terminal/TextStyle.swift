// How text is dressed and how wide it may be: colour, weight and columns; the bare text elsewhere.

/// A palette by meaning, and the room that a line has; the same text without colour says the same.
struct TextStyle: Sendable, Equatable {
  var isColoured = false
  /// Columns of a line.
  var width = Int.max
  /// Whether a word that is wider than a line is cut. Where nobody has said how wide a line is, a program may read it, and a
  /// path stays whole.
  var cutsWords = false

  static let plain = TextStyle()

  func good(_ text: String) -> String { wrap(text, "32") }
  func bad(_ text: String) -> String { wrap(text, "31") }
  func doubtful(_ text: String) -> String { wrap(text, "33") }
  func strong(_ text: String) -> String { wrap(text, "1") }
  func faint(_ text: String) -> String { wrap(text, "2") }

  private func wrap(_ text: String, _ code: String) -> String {
    isColoured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  /// `text` with every line that is too wide broken at words; what was a line goes on two columns further in.
  func fitted(_ text: String) -> String {
    guard width < Int.max else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
      guard TextWidth.of(String(line)) > width else { return String(line) }
      let indentation = line.prefix { $0 == " " }.count
      let margin = indentation + 2 > width / 2 ? 0 : indentation + 2
      return TextFill.lines(
        String(line), width: width, margin: margin, firstMargin: min(indentation, margin), cutsWords: cutsWords
      ).joined(separator: "\n")
    }.joined(separator: "\n")
  }
}
