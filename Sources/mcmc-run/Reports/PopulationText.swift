// What `evaluate` says for people of populations.

import Experiments
import JSON
import Networks
import Sampling

extension PopulationReport {
  func text(_ style: TextStyle) -> String {
    func short(_ value: Double) -> String { NumberText.significant(value, digits: 3) }
    var text = "\nPopulations in \(networks) kept networks\n\n"
    if let occupancy {
      var table = TextTable([("gain pattern", .left), ("share", .right), ("95 % interval", .right), ("theory", .right)])
      for (index, entry) in occupancy.entries.enumerated() {
        table.add([
          .init(Self.pattern(index, of: occupancy.entries.count)), .init(String(format: "%.4f", entry.share)),
          .init(String(format: "%.4f to %.4f", entry.interval.lowerBound, entry.interval.upperBound)),
          .init(String(format: "%.4f", entry.expected)),
        ])
      }
      text += table.text(style)
      text +=
        isIndependent
        ? "All intervals together hold with 95 %; theory is \(occupancy.isConsistent ? "in all of them" : style.bad("not in all of them")).\n\n"
        : "Intervals as of independent neurons, theory as N grows: neurons of a network drawn whole are neither.\n\n"
    }
    var table = TextTable([("", .left), ("", .left)])
    if let clusters {
      let best = clusters.bySilhouette.map { best in
        "; by silhouette \(best) (\(short(clusters.candidates[best - 1].silhouette ?? .nan)))"
      }
      let limit = clusters.isAtLimit ? "; no more than \(clusters.candidates.count) were tried" : ""
      table.add(["clusters of gain vectors", .init("by gap \(clusters.byGap)\(best ?? "")\(limit)")])
    }
    if let gainVectors { table.add(["different gain vectors", .init("\(gainVectors)")]) }
    for pair in pairs {
      table.add([
        .init("ePAIRS, variant \(pair.variant)"),
        .init("effect \(short(pair.test.effect)), p \(short(pair.test.pValue))"),
      ])
    }
    for mixture in mixtures {
      table.add([
        .init("accuracy, redrawn from \(mixture.components) Gaussian\(mixture.components == 1 ? "" : "s")"),
        .init(NumberText.estimate(mixture.accuracy)),
      ])
    }
    for entry in taskVariance {
      table.add([
        .init("task variance, contexts \(entry.contexts.0) and \(entry.contexts.1)"),
        .init(
          "\(short(entry.first)) only in the first, \(short(entry.second)) only in the second, \(short(entry.both)) in both"
        ),
      ])
    }
    for (name, value) in [
      ("all ", accuracy.all), ("congruent ", accuracy.congruent), ("incongruent ", accuracy.incongruent),
    ] {
      guard let value else { continue }
      table.add([.init("accuracy, \(name)stimuli"), .init(NumberText.estimate(value))])
    }
    text += table.text(style)
    for note in notes { text += "not computed: \(note)\n" }
    return text
  }
}
