// What `diagnose` says for people: whether the chains have converged, and how precise their averages are.

import Experiments
import JSON
import Sampling

extension DiagnoseReport {
  var status: CommandStatus { passed ? .done : .checkFailed }

  /// A table for people, and what is wrong; one line where nothing is.
  func text(_ style: TextStyle) -> String {
    var table = TextTable([
      ("observable", .left), ("mean", .right), ("sd", .right), ("ESS bulk", .right), ("ESS tail", .right),
      ("R-hat", .right),
    ])
    for summary in summaries {
      table.add([
        .init(summary.name), .init(NumberText.plusMinus(summary.mean, summary.mcseMean)),
        .init(NumberText.significant(summary.sd, digits: 3)), .init(NumberText.significant(summary.essBulk, digits: 4)),
        .init(NumberText.significant(summary.essTail, digits: 4)),
        .init(NumberText.significant(summary.rHat, digits: 5)),
      ])
    }
    var text = "\(name): \(summaries.first?.chains ?? 0) chains of \(summaries.first?.drawsPerChain ?? 0) draws\n\n"
    text += table.text(style) + "\n"
    let faults = findings.filter { $0.severity > .info }
    for finding in faults {
      text += (finding.severity == .failure ? style.bad : style.doubtful)(finding.description) + "\n"
    }
    return text + (faults.isEmpty ? style.good("all diagnostics pass") + "\n" : "")
  }
}
