// What `diagnose` says for people: whether the chains have converged, and how precise their averages are.

import Experiments
import JSON
import Sampling

extension DiagnoseReport {
  var status: CommandStatus { passed ? .done : .checkFailed }

  /// A table for people, and what is wrong; one line where nothing is.
  func text(_ style: TextStyle) -> TextDocument {
    var table = TextTable([
      ("observable", .left), ("mean", .right), ("sd", .right), ("ESS bulk", .right), ("ESS tail", .right),
      ("R-hat", .right),
    ])
    for summary in summaries {
      table.add([
        .init(summary.name), .plusMinus(summary.mean, summary.mcseMean), .number(summary.sd, digits: 3),
        .number(summary.essBulk, digits: 4), .number(summary.essTail, digits: 4), .number(summary.rHat, digits: 5),
      ])
    }
    var document = TextDocument(
      title: "\(name): \(summaries.first?.chains ?? 0) chains of \(summaries.first?.drawsPerChain ?? 0) draws")
    document.table(table)
    let faults = findings.filter { $0.severity > .info }
    let words = faults.map { ($0.severity == .failure ? style.bad : style.doubtful)($0.description) }
    document.prose(words.isEmpty ? style.good("all diagnostics pass") : words.joined(separator: "\n"))
    return document
  }
}
