// A table for LaTeX.

extension TextTable {
  /// A `tabular` between rules.
  var latex: String {
    func line(_ cells: [String]) -> String { cells.joined(separator: " & ") + " \\\\\n" }
    let alignments = columns.map { $0.alignment == .right ? "r" : "l" }.joined()
    return "\\begin{tabular}{\(alignments)}\n\\hline\n" + line(columns.map { LaTeX.escaped($0.title) }) + "\\hline\n"
      + rows.map { row in line(row.map { $0.isNumber == true ? LaTeX.number($0.text) : LaTeX.escaped($0.text) }) }
      .joined() + "\\hline\n\\end{tabular}\n"
  }
}
