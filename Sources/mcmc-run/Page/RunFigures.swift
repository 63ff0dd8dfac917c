// The pictures of one run by section; each kind of picture has a file of its own.

import Experiments
import Networks
import Sampling
import Storage

/// The figures of a run, each drawn if the run holds what it needs.
struct RunFigures {
  let run: LoadedRun
  /// Predictions beside what was drawn; nil for networks that nobody drew.
  let check: Check?
  let summaries: [ObservableSummary]
  let byName: [String: ObservableSummary]

  init(run: LoadedRun, check: Check?, threads: Int = Threads.perProcessor) throws {
    self.run = run
    self.check = check
    summaries = try run.draws.summaries(threads: threads)
    byName = Dictionary(summaries.map { ($0.name, $0) }) { first, _ in first }
  }

  /// Figures of one kind, and sentences in place of those that there are not.
  struct Section {
    var figures: [Figure] = []
    var leftOut: [String] = []

    /// Adds a figure, or what is said in its place.
    mutating func add(_ figure: Figure?, else sentence: String? = nil) {
      if let figure, !figure.isEmpty { figures.append(figure) } else if let sentence { leftOut.append(sentence) }
    }
  }

  /// The chains were drawn by this program, so that they can be judged.
  var isDrawn: Bool { check != nil }

  /// What the networks are: readout, populations, neurons, choices.
  func networks() throws -> Section {
    var section = Section()
    section.add(try readout())
    section.add(readoutIntervals())
    section.add(populations())
    section.add(try neurons())
    section.add(try psychometricCurve())
    for figure in try integration() + trials() { section.add(figure) }
    return section
  }

  /// Draws against predictions.
  func theory() -> Section {
    var section = Section()
    section.add(standardErrors(), else: "No figure of the checks: no exact prediction could be tested.")
    return section
  }

  /// How observables are spread.
  func spread() throws -> Section {
    var section = Section()
    section.add(try distributions(), else: "No histograms: nothing that was recorded varies over enough draws.")
    return section
  }

  /// All figures, for pages that show some of them.
  func all() throws -> [Figure] {
    try [networks(), theory(), spread(), chains()].flatMap(\.figures)
  }

  /// What theory expects of quantities, exact predictions before others.
  var expected: [String: CheckResult] {
    var theory: [String: CheckResult] = [:]
    for result in check?.results ?? [] where theory[result.name] == nil || result.status == .exact {
      theory[result.name] = result
    }
    return theory
  }

  static func words(_ rows: [[Double]]) -> String {
    guard rows.count * (rows.first?.count ?? 0) <= 16 else { return "of \(rows.count) contexts" }
    return rows.map { "[" + $0.map { NumberText.significant($0, digits: 3) }.joined(separator: ", ") + "]" }
      .joined(separator: " ")
  }
}
