// Characters that are not seen but act: on a terminal, on the order of the text around them, on who reads it.

extension Unicode.Scalar {
  /// Whether this scalar moves a cursor, ends a line, or turns the direction of the text around it without being seen:
  /// controls (C0, DEL, C1), line and paragraph separators, bidirectional marks, embeddings, overrides and isolates.
  package var isHidden: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default:
      [0x061C, 0x200E, 0x200F].contains(value) || (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
    }
  }

  /// The scalar as JSON spells it in ASCII, `\u001B`; hidden ones all need four digits.
  package var escape: String { "\\u" + hexadecimal(value, digits: 4) }
}

extension String {
  /// The text with hidden characters spelt out, but for those in `kept`: what may be shown of a text that others wrote. O(n).
  package func withoutHiddenCharacters(keeping kept: Set<Unicode.Scalar> = []) -> String {
    // Most texts have none.
    guard unicodeScalars.contains(where: { $0.isHidden && !kept.contains($0) }) else { return self }
    var result = ""
    for scalar in unicodeScalars {
      if scalar.isHidden, !kept.contains(scalar) {
        result += scalar.escape
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
