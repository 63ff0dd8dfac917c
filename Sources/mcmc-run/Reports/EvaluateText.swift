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
      figure.value.map { (figure.title, NumberText.estimate(Self.estimate($0))) }
    }
  }

  /// A mean with its error, which a single network does not have.
  private static func estimate(_ value: NetworkStatistic) -> Estimate {
    Estimate(value: value.mean, standardError: value.standardError.isNaN ? nil : value.standardError)
  }

  /// A table for people.
  func text(_ style: TextStyle) -> TextDocument {
    var table = TextTable([("on \(stimuliWords)", .left), ("mean", .right), ("sd over networks", .right)])
    for figure in figures
    where figure.value != nil
      || trials == nil && ["rSquared", "signAccuracy", "contextLeakage"].contains(figure.name)
    {
      table.add([
        .init(figure.title), figure.value.map { .estimate(Self.estimate($0)) } ?? .missing("no target"),
        .number(figure.value.flatMap { $0.sd.isNaN ? nil : $0.sd }, digits: 3),
      ])
    }
    var document = TextDocument(
      title:
        "\(name): \(networks) networks on \(stimuliWords.hasPrefix("held-out") ? "\(stimuli) \(stimuliWords)" : "\(stimuliWords), \(stimuli)")"
    )
    document.table(table)
    if trials == nil, stimuliWords != "held-out stimuli" {
      document.prose(
        "Wanted outputs are data, and known of the task's own stimuli alone: held-out data are given by task.heldOut.")
    }
    if let biasedSampler {
      document.prose("The sampler \(biasedSampler) is \(style.bad("BIASED")): it has no accept step.")
    }
    if let trials { document.append(trials.text(style)) }
    if let integration { document.append(integration.text(style)) }
    return populations.map { document + $0.text(style) } ?? document
  }
}
