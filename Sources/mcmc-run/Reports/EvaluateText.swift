// What `evaluate` says for people: task performance of the drawn networks on held-out stimuli.

import Experiments
import JSON
import Networks
import Sampling
import Storage

extension EvaluateReport {
  /// The figures as words: mean and standard error.
  var summary: [(title: String, value: String)] {
    figures.compactMap { figure in
      figure.value.map { (figure.title, Self.words($0)) }
    }
  }

  /// A mean with its error, which a single network does not have.
  private static func words(_ value: NetworkStatistic) -> String {
    NumberText.estimate(
      Estimate(value: value.mean, standardError: value.standardError.isNaN ? nil : value.standardError))
  }

  /// A table for people.
  func text(_ style: TextStyle) -> String {
    var table = TextTable([("on held-out stimuli", .left), ("mean", .right), ("sd over networks", .right)])
    for figure in figures
    where figure.value != nil || ["rSquared", "signAccuracy", "contextLeakage"].contains(figure.name) {
      table.add([
        .init(figure.title),
        .init(figure.value.map(Self.words) ?? "no target"),
        .init(figure.value.map { $0.sd.isNaN ? "" : NumberText.significant($0.sd, digits: 3) } ?? ""),
      ])
    }
    let label = biasedSampler.map { "\nThe sampler \($0) is \(style.bad("BIASED")): it has no accept step.\n" } ?? ""
    return "\(name): \(networks) networks on \(stimuli) held-out stimuli\n\n" + table.text(style) + label
      + (populations?.text(style) ?? "")
  }
}
