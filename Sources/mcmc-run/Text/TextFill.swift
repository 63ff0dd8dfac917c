// Breaks text into lines that fit: between words, and within a word only where it is wider than a line.

/// Filling of lines, measured in terminal columns.
enum TextFill {
  /// The lines of one paragraph.
  ///
  /// - Parameters:
  ///   - width: columns of a line, its margin included.
  ///   - margin: blanks before every line but the first.
  ///   - firstMargin: blanks before the first line; `margin` unless told otherwise.
  ///   - cutsWords: whether words that are wider than a line are cut, after "_", "/" and the like where that is near.
  static func lines(
    _ text: String, width: Int, margin: Int = 0, firstMargin: Int? = nil, cutsWords: Bool = true
  ) -> [String] {
    var lines: [String] = []
    var line = ""
    var room = width - (firstMargin ?? margin)
    func close() {
      lines.append(String(repeating: " ", count: lines.isEmpty ? firstMargin ?? margin : margin) + line)
      line = ""
      room = width - margin
    }
    for word in words(text, within: width - margin) {
      var rest = word
      if !line.isEmpty, TextWidth.of(line) + 1 + TextWidth.of(rest) > room { close() }
      while cutsWords, TextWidth.of(rest) > room, room > 1 {
        let head = head(of: rest, width: room)
        line = head
        rest = String(rest.dropFirst(head.count))
        close()
      }
      line += (line.isEmpty ? "" : " ") + rest
    }
    if !line.isEmpty || lines.isEmpty { close() }
    return lines
  }

  /// A command line that can be copied however it is broken: a line that goes on ends with a backslash.
  static func command(_ text: String, width: Int, indentation: Int) -> String {
    let margin = String(repeating: " ", count: indentation)
    guard indentation + TextWidth.of(text) > width else { return margin + text + "\n" }
    return lines(text, width: width - 2, margin: indentation + 4, firstMargin: indentation, cutsWords: false)
      .joined(separator: " \\\n") + "\n"
  }

  /// What stands between two parts of one word: 1.20 ± 0.03, |z| <= 4.5.
  private static let operators: Set<Substring> = ["±", "=", "<", ">", "<=", ">=", "->"]

  /// Words between blanks; operators with both sides are one, where that fits.
  private static func words(_ text: String, within width: Int) -> [String] {
    var words: [String] = []
    var isGlued = false
    func fits(_ part: Substring) -> Bool {
      TextWidth.of(words[words.count - 1]) + 1 + TextWidth.of(String(part)) <= width
    }
    for part in text.split(separator: " ") {
      if operators.contains(part), !words.isEmpty, fits(part) {
        words[words.count - 1] += " " + part
        isGlued = true
      } else if isGlued, fits(part) {
        words[words.count - 1] += " " + part
        isGlued = false
      } else {
        words.append(String(part))
        isGlued = false
      }
    }
    return words
  }

  /// The longest beginning of `word` that fits, or a shorter one that ends where a reader would break.
  private static func head(of word: String, width: Int) -> String {
    var fitting = 0
    var natural = 0
    var columns = TextWidth.Counter()
    for (count, character) in zip(1..., word) {
      columns.add(character)
      guard columns.total <= width else { break }
      fitting = count
      if "_/-,;:=|)]".contains(character) { natural = count }
    }
    return String(word.prefix(2 * natural > fitting ? natural : max(1, fitting)))
  }
}
