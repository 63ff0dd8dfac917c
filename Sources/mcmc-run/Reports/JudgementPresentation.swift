// How the judgement on a study's points is told: a table, sentences, and the status of the command.

import Experiments

extension StudyJudgement {
  var status: CommandStatus { isSound ? .done : .checkFailed }

  /// A table of the points, and what is wrong, for people.
  func text(_ style: TextStyle) -> String {
    var text = ""
    if !rows.isEmpty {
      var table = TextTable([("point", .left), ("smallest ESS", .right), ("R-hat", .right), ("diagnosis", .left)])
      for row in rows { table.add(row.cells.map { cell in .init(cell) { row.isBad ? $0.bad($1) : $1 } }) }
      text += "\n" + table.text(style)
    }
    return summary.isEmpty ? text : text + "\n" + summary.map { style.bad($0) + "\n" }.joined()
  }

  /// A section of the page.
  var pageSections: [(heading: String, columns: [String], rows: [[String]])] {
    guard !rows.isEmpty else { return [] }
    let cells = rows.map { row in
      row.cells.map { row.isBad ? "<span class=\"bad\">\(HTML.escaped($0))</span>" : HTML.escaped($0) }
    }
    return [("Whether the points can be believed", ["point", "smallest ESS", "R-hat", "diagnosis"], cells)]
  }

  /// A row for each point that has chains or was never judged.
  private var rows: [(cells: [String], isBad: Bool)] {
    points.filter { $0.diagnosis == nil || $0.diagnosis?.smallestESS != nil || $0.diagnosis?.largestRHat != nil }
      .map { point in
        (
          cells: [
            point.name, point.diagnosis?.smallestESS.map { NumberText.significant($0, digits: 3) } ?? "-",
            point.diagnosis?.largestRHat.map { NumberText.significant($0, digits: 4) } ?? "-",
            RunDiagnosis.words(point.diagnosis),
          ], isBad: point.diagnosis?.converged == false
        )
      }
  }
}
