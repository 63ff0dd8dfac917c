// Texts that others wrote, in everything that the program makes of them: pages, figures, tables, the terminal.

import JSON
import Sampling
import Storage
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct HostileTextTests {
  /// Scalars that mean something to a reader of one of the forms, that join what follows them into one character, or any other.
  private static func texts(_ count: Int, seed: UInt64) throws -> [String] {
    var stream = try RandomStream(StreamKey(seed: seed, chain: 0, purpose: .testing))
    let marks = "<>&\"'`\\@_^{}~%$,;=\n\r\t#/ aZ9".unicodeScalars.map { $0 }
    let joining: [Unicode.Scalar] = [
      "\u{0600}", "\u{0D4E}", "\u{110BD}", "\u{0301}", "\u{200D}", "\u{FE0F}", "\u{1F1E6}", "\u{20E3}", "\u{1100}",
    ]
    let hidden: [Unicode.Scalar] = [
      "\0", "\u{1B}", "\u{7F}", "\u{85}", "\u{9B}", "\u{202E}", "\u{2066}", "\u{2028}", "\u{2029}", "\u{200F}",
      "\u{061C}",
    ]
    return (0..<count).map { _ in
      var text = ""
      for _ in 0...stream.integer(below: 12) {
        let pool = [marks, marks, joining, hidden][stream.integer(below: 4)]
        let any = Unicode.Scalar(UInt32(stream.integer(below: 0x110000)))
        text.unicodeScalars.append(
          stream.integer(below: 5) == 0 ? any ?? "?" : pool[stream.integer(below: pool.count)])
      }
      return text
    }
  }

  /// Whether a page shows `text` where `escaped` stands, and nothing of it is markup.
  private static func isSafe(_ escaped: String, of text: String) -> Bool {
    let scalars = Array(escaped.unicodeScalars)
    guard !scalars.contains(where: { "<>\"'".unicodeScalars.contains($0) || ($0.isHidden && $0 != "\n") }) else {
      return false
    }
    var shown = ""
    var rest = scalars[...]
    let entities: [(String, Unicode.Scalar)] = [
      ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"),
    ]
    while let first = rest.first {
      if first == "&" {
        guard let entity = entities.first(where: { rest.starts(with: $0.0.unicodeScalars) }) else { return false }
        shown.unicodeScalars.append(entity.1)
        rest = rest.dropFirst(entity.0.unicodeScalars.count)
      } else {
        shown.unicodeScalars.append(first)
        rest = rest.dropFirst()
      }
    }
    // Scalar by scalar: equality of texts would take different scalars for the same.
    let wanted = text.withoutHiddenCharacters(keeping: ["\n"])
    return Array(shown.unicodeScalars) == Array(wanted.unicodeScalars)
  }

  @Test func pagesShowAnyTextAsText() throws {
    let texts = try Self.texts(3_000, seed: 1)
    for text in texts { try #require(Self.isSafe(HTML.escaped(text), of: text), "\(text.unicodeScalars.map { $0 })") }
    #expect(HTML.escaped("\u{0600}<script>") == "\u{0600}&lt;script&gt;")
  }

  /// The property tells: escaping that walks characters lets "<" through behind a mark that joins it.
  @Test func walkingCharactersIsCaught() throws {
    func byCharacter(_ text: String) -> String {
      let entities: [Character: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;"]
      return text.withoutHiddenCharacters(keeping: ["\n"]).map { entities[$0] ?? String($0) }.joined()
    }
    let caught = try Self.texts(3_000, seed: 1).count { !Self.isSafe(byCharacter($0), of: $0) }
    #expect(caught > 60)
  }

  /// What gnuplot shows of a string in single quotes, not enhanced; nil if the string ends early or holds a mark that would act.
  private static func shown(_ quoted: String) -> [Unicode.Scalar]? {
    let scalars = Array(quoted.unicodeScalars)
    guard scalars.count >= 2, scalars.first == "'", scalars.last == "'" else { return nil }
    var rest = scalars.dropFirst().dropLast()
    var shown: [Unicode.Scalar] = []
    while let scalar = rest.popFirst() {
      if scalar.isHidden { return nil }
      if scalar == "'", rest.popFirst() != "'" { return nil }
      shown.append(scalar)
    }
    return shown
  }

  @Test func gnuplotShowsAnyTextAsText() throws {
    for text in try Self.texts(3_000, seed: 2) {
      let wanted = Array(text.withoutHiddenCharacters().unicodeScalars)
      try #require(Self.shown(Gnuplot.quoted(text)) == wanted, "\(wanted)")
    }
    #expect(Self.shown("'it's'") == nil && Self.shown("'a\n'") == nil && Self.shown("'a''") == nil)
  }

  /// What a reader of RFC 4180 takes for the one field of a line; nil if it sees more than one.
  private static func field(_ text: String) -> [Unicode.Scalar]? {
    let scalars = Array(text.unicodeScalars)
    guard scalars.first == "\"" else {
      return scalars.contains { ",\"\n\r".unicodeScalars.contains($0) } ? nil : scalars
    }
    guard scalars.count >= 2, scalars.last == "\"" else { return nil }
    var inner = scalars.dropFirst().dropLast()
    var read: [Unicode.Scalar] = []
    while let scalar = inner.popFirst() {
      if scalar == "\"", inner.popFirst() != "\"" { return nil }
      read.append(scalar)
    }
    return read
  }

  @Test func fieldsOfTablesReadBack() throws {
    for text in try Self.texts(3_000, seed: 3) {
      try #require(Self.field(CSV.field(text)) == Array(text.unicodeScalars))
    }
    #expect(Self.field("a,b") == nil && Self.field("\"a\"b\"") == nil)
  }

  @Test func namesOfFilesAreLettersAndDigits() throws {
    for text in try Self.texts(2_000, seed: 4) + ["readout[../../x]", "a/b\\c:d"] {
      try #require(Figure.fileName(text).utf8.allSatisfy { JSONReader.isDigit($0) || isLetter($0) || $0 == 0x2D })
    }
    func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    #expect(Figure.fileName("readout[0,1]") == "readout-0-1")
  }

  @Test func terminalsGetNoHiddenCharacters() throws {
    let sequences = ["[0m", "[1m", "[2m", "[31m", "[32m", "[33m"]
    for text in try Self.texts(3_000, seed: 5) {
      let shown = Array(TextStyle.spellingOutHidden(text).unicodeScalars)
      let isClean = shown.indices.allSatisfy { index in
        guard shown[index].isHidden, shown[index] != "\n" else { return true }
        return shown[index] == "\u{1B}" && sequences.contains { shown[(index + 1)...].starts(with: $0.unicodeScalars) }
      }
      try #require(isClean, "\(shown)")
    }
    let style = TextStyle(isColoured: true)
    #expect(TextStyle.spellingOutHidden(style.bad("a")) == style.bad("a"))
    #expect(TextStyle.spellingOutHidden("\u{1B}]0;title\u{07}\u{9B}2J\r") == "\\u001B]0;title\\u0007\\u009B2J\\u000D")
    let sink = TextMemory()
    Terminal(output: sink, error: sink).say("\u{1B}[31mred\u{202E}\n")
    #expect(sink.text == "\\u001B[31mred\\u202E\n")
  }

  @Test func jsonSpellsHiddenCharactersOut() throws {
    for text in try Self.texts(2_000, seed: 6) {
      let written = JSONValue.string(text).text(.compact)
      let isClean = !written.unicodeScalars.contains { $0.isHidden }
      try #require(isClean)
      guard case .string(let read) = try JSONReader.read(written).content else {
        Issue.record("no string")
        return
      }
      try #require(Array(read.unicodeScalars) == Array(text.unicodeScalars))
    }
  }
}
