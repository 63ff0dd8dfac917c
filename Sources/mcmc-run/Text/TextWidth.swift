// How many terminal columns a text takes.

/// Display widths of text on a terminal.
enum TextWidth {
  /// Columns of `text`: 2 for East Asian wide characters and emoji, 1 for others, however many scalars they combine; none for
  /// marks and formatting characters that stand alone, and for the sequences that set colour and weight.
  static func of(_ text: String) -> Int {
    var counter = Counter()
    for character in text { counter.add(character) }
    return counter.total
  }

  /// Counts the columns of a text, character by character.
  struct Counter {
    private(set) var total = 0
    private var isSequence = false

    mutating func add(_ character: Character) {
      if character == "\u{1B}" {
        isSequence = true
      } else if isSequence {
        isSequence = character != "m"
      } else {
        total += TextWidth.of(character)
      }
    }
  }

  private static func of(_ character: Character) -> Int {
    if character.isASCII { return 1 }
    if character.unicodeScalars.contains(where: isWide) { return 2 }
    return character.unicodeScalars.allSatisfy(isWithoutWidth) ? 0 : 1
  }

  private static func isWithoutWidth(_ scalar: Unicode.Scalar) -> Bool {
    [.nonspacingMark, .enclosingMark, .format].contains(scalar.properties.generalCategory) && scalar.value != 0xAD
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isEmojiPresentation || scalar.value == 0xFE0F { return true }
    return wideRanges.contains { $0.contains(scalar.value) }
  }

  /// Unicode's East Asian Wide and Fullwidth blocks.
  private static let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
    0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60,
    0xFFE0...0xFFE6, 0x16FE0...0x18CFF, 0x1AFF0...0x1B2FB, 0x20000...0x3FFFD,
  ]
}
