// Colour and weight of text on a terminal that wants them; the bare text elsewhere.

/// A palette by meaning; the same text without it says the same.
struct TextStyle: Sendable, Equatable {
  let isColoured: Bool

  static let plain = TextStyle(isColoured: false)

  func good(_ text: String) -> String { wrap(text, "32") }
  func bad(_ text: String) -> String { wrap(text, "31") }
  func doubtful(_ text: String) -> String { wrap(text, "33") }
  func strong(_ text: String) -> String { wrap(text, "1") }
  func faint(_ text: String) -> String { wrap(text, "2") }

  private func wrap(_ text: String, _ code: String) -> String {
    isColoured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
