// What `evaluate` and pages say for people of recurrent networks on trials.

import Experiments
import Networks
import Sampling

extension TrialReport {
  /// Tables of choices, of the networks' shape and of their populations.
  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument()
    document.heading("Choices on \(words)")
    var choices = TextTable([("context", .left), ("right", .right), ("mean squared error", .right)])
    for context in contexts {
      choices.add([
        .init("\(context.context)"), Self.estimate(context.accuracy), Self.estimate(context.meanSquaredError),
      ])
    }
    if contexts.count > 1 { choices.add([.init("all"), Self.estimate(accuracy), Self.estimate(meanSquaredError)]) }
    document.table(choices)
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
