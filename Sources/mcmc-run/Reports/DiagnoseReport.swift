// What `diagnose` says: whether the chains have converged, and how precise their averages are.

import JSON
import Sampling

/// The convergence diagnostics of a run.
struct DiagnoseReport: Sendable {
  let name: String
  let summaries: [ObservableSummary]
  let findings: [Finding]
  let samplingSeconds: Double?
  let evaluations: Int?

  init(_ run: LoadedRun) throws {
    name = run.experiment.name
    samplingSeconds = run.samplingSeconds
    evaluations = run.evaluations
    summaries = try run.draws.names.map { try ObservableSummary(name: $0, draws: run.draws.scalars[$0]!) }
    findings = try run.findings(summaries)
  }

  /// The smallest bulk effective sample size of all observables that vary.
  var minEssBulk: Double { summaries.filter { !$0.isConstant }.map(\.essBulk).min() ?? .nan }

  /// Whether something was found that makes the draws unfit for use.
  var status: CommandStatus { findings.contains { $0.severity == .failure } ? .checkFailed : .done }

  /// The pinned machine-readable form.
  var json: JSONValue {
    [
      "observables": .object(
        summaries.map {
          (
            $0.name,
            [
              "mean": .number($0.mean), "sd": .number($0.sd), "mcse": .number($0.mcseMean),
              "essBulk": .number($0.essBulk), "essTail": .number($0.essTail), "rHat": .bounded($0.rHat),
              "mcseSd": .number($0.mcseSd), "quantile5": .number($0.quantile5), "median": .number($0.median),
              "quantile95": .number($0.quantile95),
            ]
          )
        }), "minEssBulk": .number(minEssBulk), "samplingSeconds": .number(samplingSeconds),
      "evaluations": evaluations.map { .integer($0) } ?? .null,
      "findings": .array(findings.map(\.json)),
    ]
  }

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
