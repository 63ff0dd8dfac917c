// The picture of choices: how often a network answers positively, against the strength of the relevant feature.

import Experiments
import Networks
import Sampling

extension RunFigures {
  /// Networks that are averaged at most.
  private static let mostNetworks = 2000

  /// One network's linear response in one context: along the target, and the rest.
  private struct LinearResponse {
    let along: Double
    let spread: Double

    /// The probability of a positive answer if the irrelevant features are standard normal.
    func positiveShare(at strength: Double) -> Double {
      let mean = along * strength
      guard spread > 0 else { return mean > 0 ? 1 : mean < 0 ? 0 : 0.5 }
      return 0.5 * erfc(-mean / (spread * 2.0.squareRoot()))
    }
  }

  /// The responses of drawn networks, evenly thinned.
  private func responses(to target: [Double], context c: Int) throws -> [LinearResponse] {
    let norm = target.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let stride = max(1, run.draws.draws / Self.mostNetworks)
    var responses: [LinearResponse] = []
    var seen = 0
    try run.draws.forEachBlock(of: target.indices.map { "readout[\(c),\($0)]" }) { _, block in
      for draw in block[0].indices where (seen + draw) % stride == 0 {
        var along = 0.0
        var power = 0.0
        for d in target.indices {
          along += block[d][draw] * target[d] / norm
          power += block[d][draw] * block[d][draw]
        }
        responses.append(LinearResponse(along: along, spread: max(0, power - along * along).squareRoot()))
      }
      seen += block[0].count
    }
    return responses
  }

  /// The share of positive choices against the strength of the relevant feature, over networks and irrelevant features.
  func psychometricCurve() throws -> Figure? {
    guard run.draws.names.contains("readout[0,0]") else { return nil }
    guard let task = try run.experiment.taskAtOtherStimuli(), let target = task.linearTarget else { return nil }
    let contexts = (0..<task.contexts).filter { target.row($0).contains { $0 != 0 } }.prefix(8)
    guard !contexts.isEmpty else { return nil }
    let networks = try contexts.map { try responses(to: target.row($0), context: $0) }
    // Four times the strength at which the irrelevant features of a typical network are as loud as the relevant one.
    let ratios = networks.joined().map { $0.spread / max(abs($0.along), 1e-300) }.sorted()
    let limit = min(3, max(0.01, 4 * ratios[ratios.count / 2]))
    let strengths = (-24...24).map { limit * Double($0) / 24 }
    let shares = networks.map { networks -> [Double] in
      strengths.map { strength -> Double in
        networks.reduce(0) { $0 + $1.positiveShare(at: strength) } / Double(networks.count)
      }
    }
    return Figure(
      name: "psychometric", title: "Psychometric curves",
      caption:
        "The probability of a positive output against the strength of the relevant feature, by context; irrelevant features "
        + "are standard normal. From the linear readout.",
      alternativeText: "Probability of a positive output rising from "
        + "\(NumberText.significant(shares[0].first!, digits: 2)) at strength \(NumberText.significant(-limit, digits: 2)) to \(NumberText.significant(shares[0].last!, digits: 2)) at \(NumberText.significant(limit, digits: 2)) in context \(contexts.first!).",
      panels: [
        Panel(
          x: Axis("relevant feature (standard deviations)"), y: Axis("P(output > 0)", from: 0, to: 1),
          series: [.level(0.5), .upright(0)]
            + contexts.enumerated().map { index, context in
              .line("context \(context)", x: strengths, y: shares[index], .series(index))
            })
      ])
  }
}
