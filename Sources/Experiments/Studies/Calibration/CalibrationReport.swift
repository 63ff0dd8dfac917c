// What a calibration found: the ranks of every quantity, the band that they should stay in, and those that leave it.

import JSON
import Networks
import Sampling
import Storage

/// Ranks of networks among the draws that should have their law.
package struct CalibrationReport: StudyReport {
  /// One quantity.
  package struct Quantity: Sendable {
    package let name: String
    /// One per replica, 0 … L.
    package let ranks: [Int]
    /// c_i = #{rank < i}, i = 1 … L.
    package let counts: [Int]
    /// Whether some count is outside the band.
    package let isOutside: Bool
    /// Of this quantity alone: the probability that uniform ranks are as far out.
    package let pValue: Double
    /// The correlation of neighbouring draws, the replicas' mean, with the bias of a mean of L draws taken off.
    package let correlation: Double
    /// The mean rank over L: 1/2 where draws have the right mean, more where they lie too low.
    package let meanRank: Double
  }

  /// Neighbouring draws that are more correlated are no independent ones.
  static let mostCorrelation = 0.2

  let experiment: Experiment
  package let settings: CalibrationSettings
  /// Transitions per draw.
  package let thin: Int
  /// nil if the transitions per draw were given.
  package let pilots: CalibrationPilots?
  /// Of each quantity.
  package let band: RankBand
  package let quantities: [Quantity]

  init(
    experiment: Experiment, settings: CalibrationSettings, thin: Int, pilots: CalibrationPilots?, names: [String],
    replicas: [CalibrationReplica]
  ) {
    self.experiment = experiment
    self.settings = settings
    self.thin = thin
    self.pilots = pilots
    let band = RankBand(
      replicas: settings.replicas, draws: settings.draws, falseAlarmRate: settings.falseAlarmRate / Double(names.count))
    self.band = band
    quantities = names.enumerated().map { k, name in
      let ranks = replicas.map { $0.ranks[k] }
      let counts = RankBand.counts(of: ranks, draws: settings.draws)
      let correlations = replicas.map { $0.correlations[k] }
      return Quantity(
        name: name, ranks: ranks, counts: counts, isOutside: !band.contains(counts),
        pValue: RankBand.pValue(of: counts, replicas: ranks.count),
        correlation: correlations.reduce(0, +) / Double(correlations.count) + 1 / Double(settings.draws),
        meanRank: Double(ranks.reduce(0, +)) / Double(ranks.count * settings.draws))
    }
  }

  package var sampler: SamplerName { SamplerChoice(experiment).kind }

  package var title: String { "\(experiment.name): simulation-based calibration" }

  package var outside: [Quantity] { quantities.filter(\.isOutside) }

  package var passed: Bool { outside.isEmpty }

  /// The quantity whose neighbouring draws are most correlated, if these cannot count as independent.
  package var dependent: Quantity? {
    quantities.max { $0.correlation < $1.correlation }.flatMap { $0.correlation > Self.mostCorrelation ? $0 : nil }
  }

  package var judgement: StudyJudgement {
    guard !passed else { return StudyJudgement() }
    let names = outside.sorted { $0.pValue < $1.pValue }.prefix(4).map(\.name)
    let more = outside.count > names.count ? " and \(outside.count - names.count) more" : ""
    var sentences = [
      "the ranks of \(names.joined(separator: ", "))\(more) are not uniform: the sampler, warm-up included, does not draw from "
        + "this ensemble"
    ]
    if let dependent {
      sentences.append(
        "neighbouring draws of \(dependent.name) have a correlation of "
          + "\(NumberText.significant(dependent.correlation, digits: 2)), which makes ranks uneven too: say --thin "
          + "\(4 * thin) before anything is concluded")
    }
    return StudyJudgement(refusals: sentences)
  }

  package var json: JSONValue {
    [
      "sampler": .string(sampler.rawValue), "biased": .bool(sampler.row.isBiased),
      "passed": .bool(passed), "replicas": .integer(settings.replicas), "draws": .integer(settings.draws),
      "thin": .integer(thin), "warmup": .integer(experiment.sampler.warmup),
      "autocorrelationTime": .number(pilots?.autocorrelationTime),
      "slowest": (pilots?.slowest).map { .string($0) } ?? .null, "falseAlarmRate": .number(settings.falseAlarmRate),
      "band": [
        "pointwiseRate": .number(band.pointwiseRate), "coverage": .number(band.coverage),
        "lower": .integers(band.lower), "upper": .integers(band.upper),
      ],
      "quantities": .array(
        quantities.map {
          [
            "name": .string($0.name), "ranks": .integers($0.ranks), "outside": .bool($0.isOutside),
            "pValue": .number($0.pValue), "meanRank": .number($0.meanRank), "correlation": .number($0.correlation),
          ]
        }),
    ]
  }

  package var tables: [(file: String, csv: String)] {
    let rows = (0..<settings.replicas).map { replica -> [CSV.Cell] in
      [.number(Double(replica))] + quantities.map { .number(Double($0.ranks[replica])) }
    }
    return [("sbc.csv", CSV.text(["replica"] + quantities.map(\.name), rows))]
  }
}
