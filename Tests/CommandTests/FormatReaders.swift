// Strict readers of what `--format` writes.

import Foundation
import Testing

/// Readers that know nothing of how the program writes.
enum FormatReaders {
  /// The tables of comma-separated output: comments left out, separated by empty lines, rows of fields as RFC 4180 has them.
  ///
  /// - Throws: where a quote is out of place, or a row has another number of fields than its heading.
  static func csv(_ text: String) throws -> [[[String]]] {
    try #require(text.isEmpty || text.hasSuffix("\n"))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    return try lines.split(separator: "", omittingEmptySubsequences: false).map { block in
      let rows = try block.filter { !$0.hasPrefix("#") }.map { try fields($0.unicodeScalars) }
      let heading = try #require(rows.first, "a block without a table:\n\(block.joined(separator: "\n"))")
      try #require(Set(heading.map { Array($0.utf8) }).count == heading.count && !heading.contains(""), "\(heading)")
      for row in rows { try #require(row.count == heading.count, "\(row)") }
      return rows
    }
  }

  private static func fields(_ line: Substring.UnicodeScalarView) throws -> [String] {
    var fields: [String] = []
    var rest = line[...]
    while true {
      var field = String.UnicodeScalarView()
      if rest.first == "\"" {
        rest.removeFirst()
        while true {
          let first = rest.popFirst()
          let next = try #require(first, "a quote is not closed: \(line)")
          if next == "\"" {
            guard rest.first == "\"" else { break }
            rest.removeFirst()
          }
          field.append(next)
        }
      } else {
        while let next = rest.first, next != "," {
          try #require(next != "\"" && next != "#", "a mark outside of quotes: \(line)")
          field.append(next)
          rest.removeFirst()
        }
      }
      fields.append(String(field))
      guard let comma = rest.popFirst() else { return fields }
      try #require(comma == ",", "something follows a closing quote: \(line)")
    }
  }

  /// The tables of Markdown, their line of alignments left out and backslashes taken away.
  static func markdown(_ text: String) throws -> [[[String]]] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return try lines.split { $0.utf8.first != UInt8(ascii: "|") }.map { block in
      let rows = try block.map { line in
        // By bytes: a mark may combine with a blank.
        try #require(line.utf8.starts(with: "| ".utf8) && line.utf8.suffix(2).elementsEqual(" |".utf8), "\(line)")
        return cells(line.utf8.dropFirst(2).dropLast(2), end: "|")
      }
      for row in rows { try #require(row.count == rows[0].count, "\(row)") }
      try #require(rows.count > 1 && rows[1].allSatisfy { ["---", "---:"].contains($0) })
      return [rows[0]] + rows.dropFirst(2)
    }
  }

  /// Cells between `end`s that no backslash stands before, the backslashes taken away.
  private static func cells(_ line: Substring.UTF8View, end: Unicode.Scalar) -> [String] {
    var cells = [String.UnicodeScalarView()]
    var isEscaped = false
    for scalar in Substring(line).unicodeScalars {
      if isEscaped || (scalar != "\\" && scalar != end) {
        cells[cells.count - 1].append(scalar)
        isEscaped = false
      } else if scalar == end {
        cells.append(String.UnicodeScalarView())
      } else {
        isEscaped = true
      }
    }
    return cells.map { String($0).trimmingCharacters(in: CharacterSet(charactersIn: " ")) }
  }

  /// The rows of each `tabular`; braces are balanced, and nothing is left that LaTeX would take for a mark or not have a letter for.
  static func latex(_ text: String) throws -> [[[String]]] {
    var tables: [[[String]]] = []
    var columns = 0
    for line in text.split(separator: "\n") where !line.hasPrefix("%") && line != "\\hline" {
      if line.hasPrefix("\\begin{tabular}{") {
        columns = line.dropFirst("\\begin{tabular}{".count).dropLast().count
        tables.append([])
      } else if line != "\\end{tabular}" {
        try #require(line.hasSuffix(" \\\\"), "\(line)")
        let cells = try latexCells(line.dropLast(3))
        try #require(cells.count == columns, "\(line)")
        tables[tables.count - 1].append(cells)
      }
    }
    return tables
  }

  private static func latexCells(_ line: Substring) throws -> [String] {
    var cells = [""]
    var depth = 0
    var isMathematics = false
    var isEscaped = false
    let letters = CharacterSet(charactersIn: "\u{C0}"..."\u{FF}")
    for scalar in line.unicodeScalars {
      if isEscaped {
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else if scalar == "&" {
        try #require(depth == 0 && !isMathematics, "\(line)")
        cells.append("")
        continue
      } else if scalar == "$" {
        isMathematics.toggle()
      } else {
        if scalar == "{" { depth += 1 }
        if scalar == "}" { depth -= 1 }
        try #require(depth >= 0, "\(line)")
        try #require(!"%#~".unicodeScalars.contains(scalar), "\(line)")
        try #require(isMathematics || !"_^<>|".unicodeScalars.contains(scalar), "\(line)")
        try #require(scalar.isASCII || letters.contains(scalar), "\(line)")
      }
      cells[cells.count - 1].unicodeScalars.append(scalar)
    }
    try #require(depth == 0 && !isMathematics && !isEscaped, "\(line)")
    return cells
  }

  /// Compiles LaTeX where there is a LaTeX.
  static func compile(_ text: String) throws {
    guard
      let program = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":")
        .map({ "\($0)/pdflatex" }).first(where: FileManager.default.isExecutableFile)
    else { return }
    let folder = try ProgramRunner()
    try folder.write("\\documentclass{article}\n\\begin{document}\n\(text)\n\\end{document}\n", to: "table.tex")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["-interaction=nonstopmode", "-halt-on-error", "table.tex"]
    process.currentDirectoryURL = folder.url
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
  }
}
