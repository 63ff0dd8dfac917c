// How text is dressed and how wide it may be: colour, weight and columns; the bare text elsewhere.

import JSON

/// A palette by meaning, and the room that a line has; the same text without colour says the same.
struct TextStyle: Sendable, Equatable {
  var isColoured = false
  /// Columns of a line.
  var width = Int.max
  /// Whether a word that is wider than a line is cut. Where nobody has said how wide a line is, a program may read it, and a
  /// path stays whole.
  var cutsWords = false
  /// The form of tables; all but text know neither colour nor width.
  var format = TableFormat.text

  static let plain = TextStyle()

  func good(_ text: String) -> String { wrap(text, "32") }
  func bad(_ text: String) -> String { wrap(text, "31") }
  func doubtful(_ text: String) -> String { wrap(text, "33") }
  func strong(_ text: String) -> String { wrap(text, "1") }
  func faint(_ text: String) -> String { wrap(text, "2") }

  /// `text` as a terminal may get it: hidden characters spelt out, but for line ends and the sequences that ``wrap(_:_:)`` makes.
  static func spellingOutHidden(_ text: String) -> String {
    // Split at the escape character, every piece but the first begins with what followed one.
    let pieces = text.unicodeScalars.split(separator: "\u{1B}", omittingEmptySubsequences: false).map { String($0) }
    let shown = pieces.map { $0.withoutHiddenCharacters(keeping: ["\n"]) }
    return zip(pieces, shown).dropFirst().reduce(shown[0]) { result, piece in
      let isColour = sequences.contains { piece.0.utf8.starts(with: $0.utf8) }
      return result + (isColour ? "\u{1B}" : ("\u{1B}" as Unicode.Scalar).escape) + piece.1
    }
  }

  /// What follows the escape character in the sequences of the palette.
  private static let sequences = ["[0m", "[1m", "[2m", "[31m", "[32m", "[33m"]

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
