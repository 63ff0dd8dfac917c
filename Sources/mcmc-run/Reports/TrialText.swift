// What `evaluate` and pages say for people of recurrent networks on trials.

import Experiments
import Networks
import Sampling

extension TrialReport {
  /// Tables of choices, of the networks' shape and of their populations.
  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument()
    document.heading("Choices on \(words)")
    document.table(TextTable(choiceColumns, rows: choiceRows))
    if let missingWords { document.prose(missingWords) }
    if accuracy == nil {
      document.prose("The trials ask for no choice: no decision is named, or wanted outputs have no sign.")
    }
    document.heading("The networks")
    document.table(TextTable(shapeColumns, rows: shapeRows))
    if !populationRows.isEmpty {
      document.heading(populationTitle)
      document.table(TextTable(populationColumns, rows: populationRows))
    }
    if let overlapWords { document.prose(overlapWords) }
    return document
  }

  private static func estimate(_ value: NetworkStatistic?) -> TextTable.Cell {
    guard let value else { return .init("-") }
    return .estimate(Estimate(value: value.mean, standardError: value.standardError.isNaN ? nil : value.standardError))
  }

  private static func row(_ title: String, _ value: NetworkStatistic) -> [TextTable.Cell] {
    [.init(title), estimate(value), .number(value.sd.isNaN ? nil : value.sd, digits: 3)]
  }

  /// The heading of ``choiceRows``.
  var choiceColumns: [String] { ["context", "right", "mean squared error"] }

  /// The choices context by context, and of several contexts those of all.
  var choiceRows: [[TextTable.Cell]] {
    func row(_ title: String, _ accuracy: NetworkStatistic?, _ error: NetworkStatistic) -> [TextTable.Cell] {
      [.init(title), Self.estimate(accuracy), Self.estimate(error)]
    }
    let rows = contexts.map { row("\($0.context)", $0.accuracy, $0.meanSquaredError) }
    return rows + (contexts.count > 1 ? [row("all", accuracy, meanSquaredError)] : [])
  }

  /// That contexts have no trials here, and so no choices, and networks no gain patterns; nil where all have some.
  var missingWords: String? {
    let missing = Set(0..<allContexts).subtracting(contexts.map(\.context)).sorted()
    guard !missing.isEmpty else { return nil }
    let names = missing.prefix(8).map(String.init).joined(separator: ", ") + (missing.count > 8 ? " ..." : "")
    return
      "No trial is in context \(names): nothing is said of it, nor of gain patterns over all contexts. More held-out trials (evaluation.count) "
      + "have it."
  }

  /// The heading of ``shapeRows``.
  var shapeColumns: [String] { ["figure", "mean", "sd over networks"] }

  /// The networks' shape.
  var shapeRows: [[TextTable.Cell]] {
    [Self.row("effective rank of J", effectiveRank), Self.row("dimensions of the trajectories", trajectoryDimension)]
  }

  var populationTitle: String { "Share of neurons that are active in these contexts" }

  /// The heading of ``populationRows``.
  var populationColumns: [String] { ["pattern", "share", "sd over networks"] }

  /// A row for each gain pattern; empty where there are none.
  var populationRows: [[TextTable.Cell]] { (populations ?? []).map { Self.row($0.pattern, $0.share) } }

  /// How alike pairs of networks are, or why that is not said; nil for a single network.
  var overlapWords: String? {
    if let overlapLeftOut { return "Overlaps of pairs of networks are left out: \(overlapLeftOut)." }
    guard let overlap else { return nil }
    func number(_ value: Double) -> String { NumberText.significant(value, digits: 2) }
    return
      "\(overlap.pairs) pairs of networks, neurons matched by w, I and B: overlap \(number(overlap.outer)) of these (unmatched "
      + "\(number(overlap.unmatchedOuter))), \(number(overlap.recurrent)) of the recurrent weights (unmatched "
      + "\(number(overlap.unmatchedRecurrent)))."
  }
}
