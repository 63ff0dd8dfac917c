// Text that fits: tables, sentences and names at every width, with nothing lost.

import Foundation
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct TextLayoutTests {
  /// The characters of a text that are no blanks, in any order.
  private static func ink(_ text: String) -> [Character] { text.filter { !$0.isWhitespace }.sorted() }

  private static let table: TextTable = {
    var table = TextTable([
      ("check", .left), ("estimate", .right), ("expected value", .right), ("z", .right), ("status", .left),
      ("what is to be said of it", .left),
    ])
    table.add([
      "population_fraction[63] (worst of 64)", "0.1665 ± 0.0004", "0.16620", "-0.0082", "asymptotic",
      "one sentence of several words, and a/path/without_any_blank/that_is_wider_than_most_columns",
    ])
    table.add(["z", "1.234e+300 ± 1.2e+290", "-1.2340e+300", "1.2e+05", "exact", ""])
    table.add(["選択された特徴", "0 ± 0", "0", "nan", "WRONG", "é"])
    return table
  }()

  /// No line is too wide, and what is written is what a table of any width has, apart from headings and names that are repeated.
  @Test func tablesFitEveryWidthAndLoseNothing() {
    let whole = Self.ink(Self.table.text())
    for width in 20...220 {
      let text = Self.table.text(TextStyle(width: width))
      #expect(text.split(separator: "\n").allSatisfy { TextWidth.of(String($0)) <= width }, "\(width):\n\(text)")
      var rest = Self.ink(text)
      for character in whole {
        let place = rest.firstIndex(of: character)
        #expect(place != nil, "\(width): \(character) is lost in\n\(text)")
        if let place { rest.remove(at: place) }
      }
      #expect(!text.contains(" \n"), "no trailing blanks")
    }
  }

  /// The order in which a table gives way: texts fold, names go on lines of their own, columns go into bands.
  @Test func tablesGiveWayInOrder() {
    var table = TextTable([("name", .left), ("value", .right), ("error", .right)])
    table.add(["population_fraction[0]", "0.12345", "0.00012"])
    #expect(
      table.text(TextStyle(width: 40)) == """
        name                      value    error
        population_fraction[0]  0.12345  0.00012

        """)
    #expect(
      table.text(TextStyle(width: 36)) == """
        name                  value    error
        population_         0.12345  0.00012
        fraction[0]

        """)
    #expect(
      table.text(TextStyle(width: 24)) == """
        name
            value    error
        population_fraction[0]
          0.12345  0.00012

        """)
    var wide = TextTable(
      ["name", "first", "second", "third"],
      rows: [["a", .integer(1_111_111), .integer(2_222_222), .integer(3_333_333)]])
    wide.add(["b", "1", "2", "3"])
    #expect(
      wide.text(TextStyle(width: 22)) == """
        name    first   second
        a     1111111  2222222
        b           1        2

        name    third
        a     3333333
        b           3

        """)
  }

  @Test func sentencesBreakAtWordsAndGoOnFurtherIn() {
    let style = TextStyle(width: 20)
    #expect(style.fitted("short\n") == "short\n")
    #expect(
      style.fitted("PASSED: a value of 1.2 ± 0.3 is fine\n\n  - so is this item\n")
        == "PASSED: a value of\n  1.2 ± 0.3 is fine\n\n  - so is this item\n")
    // A word that is too wide stays whole where a program may read it, and is cut where a terminal would.
    #expect(style.fitted("chains/some/very/long/path") == "chains/some/very/long/path")
    #expect(
      TextStyle(width: 20, cutsWords: true).fitted("chains/some/very/long/path") == "chains/some/very/\n  long/path")
    // Colour takes no room.
    let coloured = TextStyle(isColoured: true, width: 20)
    #expect(coloured.fitted(coloured.bad("12345678901234567890")) == "\u{1B}[31m12345678901234567890\u{1B}[0m")
    #expect(TextStyle.plain.fitted(String(repeating: "a ", count: 1000)).count == 2000)
  }

  /// Nothing is wider than any width, also with wide and combined characters.
  @Test func anyTextFitsAnyWidth() {
    let text = "é 表のとても長い名前です 👩‍👩‍👧 x_y/z-\(String(repeating: "w", count: 70)) β = 3 ± 0.5 and on"
    for width in 20...100 {
      let lines = TextStyle(width: width, cutsWords: true).fitted(text).split(separator: "\n")
      #expect(lines.allSatisfy { TextWidth.of(String($0)) <= width }, "\(width): \(lines)")
      #expect(Self.ink(lines.joined()) == Self.ink(text))
    }
  }

  @Test(arguments: [
    ("abc", 3), ("±β→", 3), ("e\u{301}", 1), ("\u{200B}", 0), ("漢字", 4), ("ﬀ", 1), ("Ａ", 2), ("👩‍👩‍👧", 2), ("🇨🇭", 2),
    ("\u{1B}[31mred\u{1B}[0m", 3),
  ])
  func widthsAreThoseOfATerminal(text: String, columns: Int) { #expect(TextWidth.of(text) == columns) }

  /// A command that is broken can still be copied.
  @Test func commandsAreBrokenAsAShellReadsThem() {
    #expect(
      TextFill.command("mcmc-run compare spec.json --contexts 2,3,4", width: 30, indentation: 2) == """
          mcmc-run compare spec.json \\
              --contexts 2,3,4

        """)
    #expect(
      Program.shellText(["mcmc-run", "run", "my spec.json", "it's"]) == #"mcmc-run run 'my spec.json' 'it'\''s'"#)
  }

  @Test(arguments: ["60", "abc", "0", "-3", "", "5"])
  func columnsOfTheEnvironment(text: String) {
    #expect(TerminalSize.columns(in: ["COLUMNS": text]) == ["60": 60, "5": TerminalSize.fewestColumns][text])
    #expect(TerminalSize.columns(in: [:]) == nil)
  }
}
