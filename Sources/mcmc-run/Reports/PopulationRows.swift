// What `evaluate` finds of populations as rows of cells, which its tables and pages are made of.

import Experiments
import Networks
import Sampling

extension PopulationReport {
  /// The heading of ``occupancyRows``.
  var occupancyColumns: [String] { ["gain pattern", "share", "95 % interval", "theory"] }

  /// A row for each gain pattern; empty without a closed form.
  var occupancyRows: [[TextTable.Cell]] {
    guard let occupancy else { return [] }
    return occupancy.entries.enumerated().map { index, entry in
      [
        .init(Self.pattern(index, of: occupancy.entries.count)), .fixed(entry.share, places: 4),
        .range(entry.interval.lowerBound, entry.interval.upperBound) { String(format: "%.4f", $0) },
        .fixed(entry.expected, places: 4),
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

  /// The heading of ``measureRows``.
  var measureColumns: [String] { ["measure", "value"] }

  /// Everything else: what, and its value.
  var measureRows: [[TextTable.Cell]] {
    func short(_ value: Double?) -> TextTable.Cell { .number(value, digits: 3) }
    var rows: [[TextTable.Cell]] = []
    if let clusters {
      let limit = clusters.isAtLimit ? ", of \(clusters.candidates.count) tried" : ""
      rows.append(["clusters of gain vectors, by gap", .integer(clusters.byGap).marked(limit)])
      if let best = clusters.bySilhouette {
        rows.append([
          "clusters of gain vectors, by silhouette",
          TextTable.Cell.integer(best).with("silhouette", short(clusters.candidates[best - 1].silhouette)),
        ])
      }
    }
    if let gainVectors { rows.append(["different gain vectors", .integer(gainVectors)]) }
    for pair in pairs {
      rows.append([
        .init("ePAIRS, effect, variant \(pair.variant)"),
        short(pair.test.effect).with("p", short(pair.test.pValue), label: "p "),
      ])
    }
    // Where it is not known which choices are right, there is no accuracy.
    for mixture in mixtures where !mixture.accuracy.value.isNaN {
      rows.append([
        .init("accuracy, redrawn from \(mixture.components) Gaussian\(mixture.components == 1 ? "" : "s")"),
        .estimate(mixture.accuracy),
      ])
    }
    for entry in taskVariance {
      let contexts = "contexts \(entry.contexts.0) and \(entry.contexts.1)"
      for (place, share) in [
        ("only in the first", entry.first), ("only in the second", entry.second), ("in both", entry.both),
      ] { rows.append([.init("task variance, \(contexts), \(place)"), short(share)]) }
    }
    for (name, value) in [
      ("all ", accuracy.all), ("congruent ", accuracy.congruent), ("incongruent ", accuracy.incongruent),
    ] {
      if let value { rows.append([.init("accuracy, \(name)stimuli"), .estimate(value)]) }
    }
    if let overlap {
      let how = overlap.isMatched ? "neurons matched" : "neuron by neuron"
      for (name, pairs) in [("two chains", overlap.between), ("one chain", overlap.within)] where pairs.count > 0 {
        rows.append([
          .init("overlap of networks of \(name), \(how)"), short(pairs.mean).with("sd", short(pairs.sd), label: "sd "),
        ])
      }
    }
    return rows
  }
}
