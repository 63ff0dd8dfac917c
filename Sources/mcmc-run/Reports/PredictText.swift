// What `predict` says for people: how well intervals and averages of networks meet the wanted outputs, context by context.

import Experiments
import JSON
import Networks

extension PredictReport {
  /// The interval's probability in words: "90 %".
  var intervalWords: String { "\(NumberText.significant(100 * prediction.interval, digits: 4).trimmedZeros) %" }

  /// The heading of ``rows``, and a row per context.
  var columns: [String] {
    ["context", "in \(intervalWords)", "Bayes error", "Gibbs error", "sign, Bayes", "sign, Gibbs", "p"]
  }

  /// What the heading means.
  var legend: String {
    "in \(intervalWords): wanted outputs within the interval; Bayes: the averaged network, Gibbs: one network; error: mean squared; "
      + "sign: share of right ones"
      + (check == nil ? "" : "; p: how often data drawn from a network are farther from it than the wanted ones")
  }

  var rows: [[TextTable.Cell]] {
    let none = isKnown ? "no target" : "unknown"
    func share(_ value: Double?) -> TextTable.Cell {
      value.flatMap { $0.isNaN ? nil : .number($0, digits: 3) } ?? .missing(none)
    }
    func statistic(_ value: NetworkStatistic?, _ none: String) -> TextTable.Cell {
      guard let value, !value.mean.isNaN else { return .missing(none) }
      return value.standardError.isNaN ? .number(value.mean, digits: 3) : .plusMinus(value.mean, value.standardError)
    }
    return prediction.contexts.enumerated().map { c, context in
      [
        .integer(c), share(context.coverage), share(context.bayesError), statistic(context.gibbsError, none),
        share(context.signAccuracyOfMean), statistic(context.signAccuracy, none),
        statistic(check?.pValues[c], "none"),
      ]
    }
  }

  /// What must be said besides the numbers.
  var remarks: [String] {
    var remarks: [String] = []
    if !isKnown {
      remarks.append("what is wanted of these stimuli is not known: wanted outputs are data of other stimuli")
    }
    if let withoutCheck { remarks.append("no p-values: \(withoutCheck)") }
    if let leftOut { remarks.append(leftOut) }
    if let tooFew { remarks.append(tooFew) }
    return remarks
  }

  /// A table for people.
  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument(
      title:
        "\(name): \(prediction.networks) networks on \(stimuli.rows) stimuli, \(intervalWords) intervals over networks")
    document.table(TextTable(columns, rows: rows))
    document.prose(([legend] + remarks.map { $0 == tooFew ? style.doubtful($0) : $0 }).joined(separator: "\n"))
    if let biasedSampler {
      document.prose("The sampler \(biasedSampler) is \(style.bad("BIASED")): it has no accept step.")
    }
    return document
  }
}

extension String {
  /// "90" of "90.00", "99.5" of "99.50".
  fileprivate var trimmedZeros: String {
    guard contains(".") else { return self }
    let kept = reversed().drop { $0 == "0" }
    return String(kept.first == "." ? kept.dropFirst().reversed() : kept.reversed())
  }
}
