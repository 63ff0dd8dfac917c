// How the judgement on a study's points is told: a table, sentences, and the status of the command.

import Experiments

extension StudyJudgement {
  var status: CommandStatus { isSound ? .done : .checkFailed }

  /// A table of the points, and what is wrong, for people.
  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument()
    if !rows.isEmpty {
      document.heading(Self.heading)
      document.table(
        TextTable(
          Self.columns, rows: rows.map { row in row.cells.map { cell in cell.dressed { row.isBad ? $0.bad($1) : $1 } } }
        ))
    }
    document.prose(summary.map(style.bad).joined(separator: "\n"))
    return document
  }

  private static let heading = "Whether the points can be believed"
  private static let columns = ["point", "smallest ESS", "R-hat", "diagnosis"]

  /// A section of the page.
  var pageSections: [(heading: String, columns: [String], rows: [[String]])] {
    guard !rows.isEmpty else { return [] }
    let cells = rows.map { row in
      row.cells.map { row.isBad ? "<span class=\"bad\">\(HTML.escaped($0.text))</span>" : HTML.escaped($0.text) }
    }
    return [(Self.heading, Self.columns, cells)]
  }

  /// A row for each point that has chains or was never judged.
  private var rows: [(cells: [TextTable.Cell], isBad: Bool)] {
    points.filter { $0.diagnosis == nil || $0.diagnosis?.smallestESS != nil || $0.diagnosis?.largestRHat != nil }
      .map { point in
        (
          cells: [
            .init(point.name), point.diagnosis?.smallestESS.map { .number($0, digits: 3) } ?? .missing("-"),
            point.diagnosis?.largestRHat.map { .number($0, digits: 4) } ?? .missing("-"),
            .init(RunDiagnosis.words(point.diagnosis)),
          ], isBad: point.diagnosis?.converged == false
        )
      }
  }
}
