// What `evaluate` says for people of recurrent networks on trials.

import Experiments
import Networks
import Sampling

extension TrialReport {
  /// Tables of choices, of the networks' shape and of their populations.
  func text(_ style: TextStyle) -> TextDocument {
    func estimate(_ value: NetworkStatistic?) -> TextTable.Cell {
      guard let value else { return .init("-") }
      return .estimate(
        Estimate(value: value.mean, standardError: value.standardError.isNaN ? nil : value.standardError))
    }
    var document = TextDocument()
    document.heading("Choices on \(words)")
    var choices = TextTable([("context", .left), ("right", .right), ("mean squared error", .right)])
    for context in contexts {
      choices.add([.init("\(context.context)"), estimate(context.accuracy), estimate(context.meanSquaredError)])
    }
    if contexts.count > 1 { choices.add([.init("all"), estimate(accuracy), estimate(meanSquaredError)]) }
    document.table(choices)
    if accuracy == nil {
      document.prose("The trials ask for no choice: no decision is named, or wanted outputs have no sign.")
    }
    document.heading("The networks")
    var shape = TextTable([("figure", .left), ("mean", .right), ("sd over networks", .right)])
    for (title, value) in [
      ("effective rank of J", effectiveRank), ("dimensions of the trajectories", trajectoryDimension),
    ] {
      shape.add([.init(title), estimate(value), .number(value.sd.isNaN ? nil : value.sd, digits: 3)])
    }
    document.table(shape)
    if let populations {
      document.heading("Share of neurons that are active in these contexts")
      var shares = TextTable([("pattern", .left), ("share", .right), ("sd over networks", .right)])
      for (pattern, share) in populations {
        shares.add([.init(pattern), estimate(share), .number(share.sd.isNaN ? nil : share.sd, digits: 3)])
      }
      document.table(shares)
    }
    if let overlap {
      func number(_ value: Double) -> String { NumberText.significant(value, digits: 2) }
      document.prose(
        "\(overlap.pairs) pairs of networks, neurons matched by w, I and B: overlap \(number(overlap.outer)) of these (unmatched "
          + "\(number(overlap.unmatchedOuter))), \(number(overlap.recurrent)) of the recurrent weights (unmatched "
          + "\(number(overlap.unmatchedRecurrent))).")
    }
    if let overlapLeftOut { document.prose("Overlaps of pairs of networks are left out: \(overlapLeftOut).") }
    return document
  }
}
