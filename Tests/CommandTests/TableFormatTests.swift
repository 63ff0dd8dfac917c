// Tables for other programs and for papers: every command's can be read, and no name breaks one.

import Foundation
import JSON
import Networks
import Sampling
import Storage
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct TableFormatTests {
  /// Runs a command once in each format and expects tables of the same rows, which readers of their own understand.
  private func expectTables(_ runner: ProgramRunner, _ arguments: [String]) throws {
    func output(_ format: String) throws -> String {
      let result = try runner.run(
        arguments + ["--format", format, "--quiet"], environment: ["COLUMNS": "40", "CLICOLOR_FORCE": "1"])
      #expect([0, 1].contains(result.status), "\(arguments): \(result.errors)")
      return result.output
    }
    let csv = try FormatReaders.csv(try output("csv"))
    let markdown = try FormatReaders.markdown(try output("markdown"))
    let source = try output("latex")
    let latex = try FormatReaders.latex(source)
    try FormatReaders.compile(source)
    try #require(!csv.isEmpty)
    #expect(csv.map(\.count) == markdown.map(\.count), "\(arguments)")
    #expect(latex.map(\.count) == markdown.map(\.count), "\(arguments)")
    for (table, shown) in zip(csv, markdown) {
      #expect(shown[0].allSatisfy { title in table[0].contains { $0 == title || $0.hasPrefix(title + " ") } })
      // Names are the same everywhere; numbers have more digits in the one.
      for (row, words) in zip(table.dropFirst(), shown.dropFirst()) {
        #expect(row[0] == words[0] || Double(row[0]) != nil, "\(row) \(words)")
      }
    }
    // The same tables as people see, which show long families by one of them.
    let text = try runner.run(arguments + ["--wide", "--quiet"]).output
    for table in markdown { #expect(text.contains(table[0][0]), "\(arguments): \(table[0])\n\(text)") }
  }

  @Test func tablesOfRuns() throws {
    let runner = try ProgramRunner()
    try runner.write(
      SpecText.with {
        $0.name = "product"
        $0.record += #", "evaluation": { "count": 20 }"#
      }, to: "product.json")
    try runner.write(SpecText.with { $0.ensemble = SpecText.gibbs }, to: "gibbs.json")
    for spec in ["product", "gibbs"] { #expect(try runner.run("sample", "\(spec).json", "--out", spec).status == 0) }
    for run in ["product", "gibbs"] {
      for command in ["check", "diagnose"] { try expectTables(runner, [command, run]) }
    }
    for command in ["evaluate", "predict"] { try expectTables(runner, [command, "product"]) }
    // The tables of all of these, and of what there is to solve.
    let all = try FormatReaders.csv(try runner.run("run", "product.json", "--format", "csv", "--quiet").output)
    #expect(all.count == 7)
    try expectTables(runner, ["solve", "product.json"])
    try expectTables(runner, ["test-gradient", "gibbs.json"])
    try expectTables(runner, ["test-kernel", "gibbs.json", "--transitions", "1", "--set", "network.neurons=2"])
    try expectTables(runner, ["entropy", "gibbs.json", "--runs", "20", "--draws", "40", "--rungs", "4"])
  }

  @Test func tablesOfStudies() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText.with { $0.name = "product" }, to: "product.json")
    try runner.write(
      SpecText.with {
        $0.neurons = "3"
        $0.ensemble = SpecText.gibbs
      }, to: "gibbs.json")
    try expectTables(runner, ["finite-size", "product.json", "--neurons", "5,10,20"])
    try expectTables(
      runner,
      ["phase-diagram", "product.json", "--contexts", "2,3", "--weight-scales", "0.1:4:3", "--sampled", "2"])
    try expectTables(runner, ["train", "product.json", "--networks", "3", "--steps", "50"])
    try expectTables(runner, ["compare", "product.json", "--weight-scales", "1,3", "--networks", "4", "--steps", "50"])
    try expectTables(runner, ["sbc", "gibbs.json", "--replicas", "10", "--draws", "9"])
  }

  /// One table is a file that begins with its heading; numbers have all their digits, errors a column of their own.
  @Test func oneTableIsAFile() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText().text, to: "spec.json")
    #expect(try runner.run("sample", "spec.json").status == 0)
    let table = try FormatReaders.csv(try runner.run("diagnose", "chains/small", "--format", "csv").output)[0]
    #expect(table[0] == ["observable", "mean", "mean standard error", "sd", "ESS bulk", "ESS tail", "R-hat"])
    let report = try runner.run("diagnose", "chains/small", "--json").json()["observables"]
    #expect(table.count == report.keys.count + 1)
    for row in table.dropFirst() {
      // The other reader of JSON rounds the last digit.
      for (text, value) in [(row[1], report[row[0]]["mean"].number), (row[2], report[row[0]]["mcse"].number)] {
        #expect(try abs(#require(Double(text)) - value) <= 1e-15 * abs(value))
      }
    }
  }

  @Test func twoFormatsAtOnceAreRefused() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText().text, to: "spec.json")
    let both = try runner.run("solve", "spec.json", "--format", "csv", "--json")
    #expect(both.status == 64 && both.errors.contains("--format: --json has said already"))
    #expect(try runner.run("solve", "spec.json", "--format", "yaml").status == 64)
    #expect(try runner.run("digest", "spec.json", "--format", "csv").refusal().contains("has no option --format"))
  }

  /// Names that mean something to a reader of one of the formats.
  private static let names = [
    "a|b", "a&b", "50 %", "a\nb", "\"quoted\"", "'", "=SUM(A1)", "@me", "# no comment", "a,b", "\\\\", "\\hline", "$x$",
    "*", "[1]", "{", "}", "_", "^", "~", "<b>", "`code`", "a\\|b", " ", "選択", "e\u{301}", "é", "±×→−", "\u{1B}[31m",
    "%", "- a", "1. a", "a\u{0301}|", "\u{200D}&", "--", "\\\\ &", "N -> infinity", "µ", "\u{FFFD}", "😀",
  ]

  @Test func noNameBreaksATable() throws {
    var table = TextTable(Self.names.map { ("title \($0)", .left) } + [("number", .right)])
    for name in Self.names {
      table.add(Self.names.indices.map { _ in TextTable.Cell(name) } + [.plusMinus(-1.5e-7, 2e-300)])
    }
    let shown = Self.names.map { $0.withoutHiddenCharacters() }
    let csv = try FormatReaders.csv(table.text(TextStyle(format: .csv)))
    #expect(csv.count == 1 && csv[0].dropFirst().map { $0[3] } == shown)
    let markdown = try FormatReaders.markdown(table.text(TextStyle(format: .markdown)))
    #expect(markdown.count == 1)
    #expect(
      markdown[0].dropFirst().map { $0[3] } == shown.map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " ")) })
    let latex = table.text(TextStyle(format: .latex))
    #expect(try FormatReaders.latex(latex)[0].count == Self.names.count + 1)
    try FormatReaders.compile(latex)
  }

  @Test func cellsAreValuesForOtherPrograms() throws {
    let rows: [[TextTable.Cell]] = [
      ["a", .estimate(Estimate(value: 1.0 / 3, standardError: 0.01)), .number(.infinity, digits: 3), .missing("none")],
      ["b", .estimate(nil), .number(nil, digits: 2), TextTable.Cell.integer(7).marked(" !")],
      [
        "c", TextTable.Cell.number(0.25, digits: 1).with("p", .pValue(1e-30), label: "p "), .number(.nan, digits: 2),
        .range(1, 2) { "\($0)" },
      ],
    ]
    let table = TextTable(["name", "value", "size", "count"], rows: rows)
    #expect(
      table.text(TextStyle(format: .csv)) == """
        name,value,value standard error,value p,size,count,count low,count high
        a,0.3333333333333333,0.01,,inf,,,
        b,,,,,7,,
        c,0.25,,1e-30,,,1.0,2.0

        """)
    #expect(
      table.text() == """
        name            value  size       count
        a       0.333 ± 0.010   inf        none
        b                                   7 !
        c     0.2 (p < 1e-12)   nan  1.0 to 2.0

        """)
    #expect(LaTeX.number("-1.5e-07 ± 2e-300") == "$-1.5 \\times 10^{-7}$ $\\pm$ $2 \\times 10^{-300}$")
  }

  /// What stands around tables: left out, paragraphs, or comments.
  @Test func sentencesAroundTables() {
    var document = TextDocument(title: "two_layers")
    document.table(TextTable(["a"], rows: [[.integer(1)]]))
    document.prose("PASSED: 1 < 2\n")
    document.prose("")
    document.heading("More")
    document.table(TextTable(["b"], rows: [[.integer(2)]]))
    #expect(document.text() == "two_layers\n\na\n1\n\nPASSED: 1 < 2\n\nMore\n\nb\n2\n")
    #expect(document.text(TextStyle(format: .csv)) == "# two_layers\na\n1\n\n# More\nb\n2\n")
    #expect(
      document.text(TextStyle(format: .markdown))
        == "# two\\_layers\n\n| a |\n| ---: |\n| 1 |\n\nPASSED: 1 \\< 2\n\n## More\n\n| b |\n| ---: |\n| 2 |\n")
    #expect(
      document.text(TextStyle(format: .latex)).hasPrefix(
        "% two_layers\n\n\\begin{tabular}{r}\n\\hline\na \\\\\n\\hline\n"))
    #expect(Markdown.paragraphs("- a\n1. b\n2 c") == "\\- a\n\n1\\. b\n\n2 c\n")
  }
}
