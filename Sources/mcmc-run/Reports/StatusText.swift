// What `status` says for people: a row for each run and study, and below it the parts that a study is at.

import Experiments
import JSON
import Sampling
import Storage

/// Runs and studies at one moment.
struct StatusReport {
  let found: [WorkStatus]
  /// In the order of ``found``; nil if they were not asked for.
  let diagnoses: [RunDiagnosis?]?
  /// Seconds since 1970.
  let now: Double

  var json: JSONValue {
    .object([
      (
        "folders",
        .array(
          found.enumerated().map { index, status in
            let diagnosis = diagnoses?[index] ?? RunDiagnosis.none
            return status.json(now: now, diagnosis: diagnoses == nil ? nil : diagnosis)
          })
      )
    ])
  }

  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument()
    document.table(
      TextTable(
        ["folder", "state", "done", "per s", "left", "written"]
          + (diagnoses == nil ? [] : ["R-hat", "ESS"]) + ["note"],
        rows: found.enumerated().flatMap { index, status in rows(status, index) }))
    return document
  }

  private func rows(_ status: WorkStatus, _ index: Int) -> [[TextTable.Cell]] {
    let judged: [TextTable.Cell] =
      diagnoses.map { diagnoses in
        [.number(diagnoses[index]?.largestRHat, digits: 4), .number(diagnoses[index]?.smallestESS, digits: 3)]
      } ?? []
    switch status {
    case .run(let run): return [row(run, run.path, judged)]
    case .study(let study):
      let failures = study.failures.isEmpty ? [] : ["not fit for use: \(Self.short(study.failures))"]
      let remark = ([study.remark] + failures).filter { !$0.isEmpty }.joined(separator: "; ")
      let own: [TextTable.Cell] =
        [
          .init(study.path), state(study.state), .count(study.done, of: study.wanted, "parts"), .empty,
          duration(study.secondsLeft), ago(study.lastWritten),
        ] + judged + [.init(remark)]
      let running = study.running.map { name -> [TextTable.Cell] in
        let below = judged.map { _ in TextTable.Cell.empty }
        if let point = study.points.first(where: { $0.name == name }) {
          return row(point.run, "\(study.path)/runs/\(name)", below)
        }
        return [.init("\(study.path)/parts/\(name)"), state(.running)]
      }
      return [own] + running
    }
  }

  /// Names, at most four of them.
  private static func short(_ names: [String]) -> String {
    names.count <= 4
      ? names.joined(separator: ", ") : "\(names.prefix(3).joined(separator: ", ")) and \(names.count - 3) more"
  }

  private func row(_ run: RunStatus, _ path: String, _ judged: [TextTable.Cell]) -> [TextTable.Cell] {
    let isWarming = run.state == .running && run.draws == 0
    let done =
      run.draws.map { TextTable.Cell.count($0, of: run.wanted, "draws").marked(isWarming ? ", warm-up" : "") }
      ?? .empty
    return [
      .init(path), state(run.state), done, .number(run.pace, digits: 3), duration(run.secondsLeft),
      ago(run.lastWritten),
    ] + judged + [.init(run.remark)]
  }

  private func state(_ state: WorkState) -> TextTable.Cell {
    TextTable.Cell(state.rawValue).dressed { style, text in
      switch state {
      case .complete, .running: style.good(text)
      case .stopped, .notBegun: style.doubtful(text)
      case .failed, .damaged: style.bad(text)
      }
    }
  }

  private func duration(_ seconds: Double?) -> TextTable.Cell { .number(seconds) { ProgressLines.duration($0) } }

  private func ago(_ time: Double?) -> TextTable.Cell {
    .number(time.map { max(0, now - $0) }) { "\(ProgressLines.duration($0)) ago" }
  }
}
