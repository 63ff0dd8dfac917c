// What `predict` says for people: how well intervals and averages of networks meet the wanted outputs, context by context.

import Experiments
import JSON
import Networks

extension PredictReport {
  /// The interval's probability in words: "90 %".
  var intervalWords: String { "\(NumberText.significant(100 * prediction.interval, digits: 4).trimmedZeros) %" }

  /// The heading of ``rows``, and a row per context.
  var columns: [String] {
    [
      "context", "in \(intervalWords) interval", "RMSE of mean", "error of mean", "error of one network",
      "sign right, mean", "sign right, one network", "p",
    ]
  }

  var rows: [[String]] {
    func share(_ value: Double?) -> String { value.map { NumberText.significant($0, digits: 3) } ?? "no target" }
    func statistic(_ value: NetworkStatistic?, _ none: String) -> String {
      value.map { NumberText.plusMinus($0.mean, $0.standardError) } ?? none
    }
    return prediction.contexts.enumerated().map { c, context in
      [
        "\(c)", share(context.coverage), NumberText.significant(context.rootMeanSquaredError, digits: 3),
        NumberText.significant(context.bayesError, digits: 3), statistic(context.gibbsError, ""),
        share(context.signAccuracyOfMean), statistic(context.signAccuracy, "no target"),
        statistic(check?.pValues[c], "none"),
      ]
    }
  }

  /// What must be said besides the numbers.
  var remarks: [String] {
    var remarks: [String] = []
    if let withoutCheck { remarks.append("no p-values: \(withoutCheck)") }
    if let leftOut { remarks.append(leftOut) }
    if let tooFew { remarks.append(tooFew) }
    return remarks
  }

  /// A table for people.
  func text(_ style: TextStyle) -> String {
    let what =
      "\(name): \(prediction.networks) networks on \(stimuli.rows) stimuli, \(intervalWords) intervals over networks"
    var text = what + "\n\n" + TextTable(columns, rows: rows).text(style)
    if !remarks.isEmpty { text += "\n" }
    for remark in remarks { text += (remark == tooFew ? style.doubtful(remark) : remark) + "\n" }
    if let biasedSampler {
      text += "\nThe sampler \(biasedSampler) is \(style.bad("BIASED")): it has no accept step.\n"
    }
    return text
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
