// What `evaluate` finds of populations as rows of text, which its tables and pages are made of.

import Experiments
import Networks
import Sampling

extension PopulationReport {
  /// The heading of ``occupancyRows``.
  var occupancyColumns: [String] { ["gain pattern", "share", "95 % interval", "theory"] }

  /// A row for each gain pattern; empty without a closed form.
  var occupancyRows: [[String]] {
    guard let occupancy else { return [] }
    return occupancy.entries.enumerated().map { index, entry in
      [
        Self.pattern(index, of: occupancy.entries.count), String(format: "%.4f", entry.share),
        String(format: "%.4f to %.4f", entry.interval.lowerBound, entry.interval.upperBound),
        String(format: "%.4f", entry.expected),
      ]
    }
  }

  /// How the rows of patterns are read, and whether they agree with theory; nil without them.
  var occupancyLegend: (text: String, isConsistent: Bool)? {
    guard let occupancy else { return nil }
    guard isIndependent else {
      return (
        "Intervals as of independent neurons, theory as N grows: neurons of a network drawn whole are neither.", true
      )
    }
    return (
      "All intervals together hold with 95 %; theory is \(occupancy.isConsistent ? "in all of them" : "not in all of them").",
      occupancy.isConsistent
    )
  }

  /// Everything else: what, and its value.
  var statisticRows: [(name: String, value: String)] {
    func short(_ value: Double) -> String { NumberText.significant(value, digits: 3) }
    var rows: [(name: String, value: String)] = []
    if let clusters {
      let best = clusters.bySilhouette.map { best in
        "; by silhouette \(best) (\(short(clusters.candidates[best - 1].silhouette ?? .nan)))"
      }
      let limit = clusters.isAtLimit ? "; no more than \(clusters.candidates.count) were tried" : ""
      rows.append(("clusters of gain vectors", "by gap \(clusters.byGap)\(best ?? "")\(limit)"))
    }
    if let gainVectors { rows.append(("different gain vectors", "\(gainVectors)")) }
    for pair in pairs {
      rows.append(
        ("ePAIRS, variant \(pair.variant)", "effect \(short(pair.test.effect)), p \(short(pair.test.pValue))"))
    }
    for mixture in mixtures {
      let plural = mixture.components == 1 ? "" : "s"
      rows.append(
        ("accuracy, redrawn from \(mixture.components) Gaussian\(plural)", NumberText.estimate(mixture.accuracy)))
    }
    for entry in taskVariance {
      rows.append(
        (
          "task variance, contexts \(entry.contexts.0) and \(entry.contexts.1)",
          "\(short(entry.first)) only in the first, \(short(entry.second)) only in the second, \(short(entry.both)) in both"
        ))
    }
    for (name, value) in [
      ("all ", accuracy.all), ("congruent ", accuracy.congruent), ("incongruent ", accuracy.incongruent),
    ] {
      guard let value else { continue }
      rows.append(("accuracy, \(name)stimuli", NumberText.estimate(value)))
    }
    return rows
  }
}
