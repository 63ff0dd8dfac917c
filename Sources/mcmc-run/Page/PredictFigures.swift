// The pictures of predictions: psychometric curves with bands over networks, and outputs against what is wanted.

import Experiments
import Networks
import Sampling

/// The figures of a report, context by context.
struct PredictFigures {
  let report: PredictReport

  /// Stimuli of a picture at most: more cannot be seen.
  private static let mostPoints = 80

  /// None where it is not known what is wanted.
  func all() -> [Figure] {
    guard report.isKnown else { return [] }
    let contexts = report.prediction.contexts.indices.prefix(PosteriorPrediction.mostCurves)
    return contexts.flatMap { c in [choices(context: c), outputs(context: c)].compactMap { $0 } }
  }

  /// The share of positive outputs against the wanted output; nil where all stimuli want the same.
  private func choices(context c: Int) -> Figure? {
    guard let points = report.prediction.contexts[c].choices?.points, let first = points.first, let last = points.last
    else { return nil }
    func short(_ value: Double) -> String { NumberText.significant(value, digits: 2) }
    return Figure(
      name: "psychometric-\(c)", title: "Choices in context \(c)",
      caption:
        "The share of positive outputs against the wanted output, over stimuli of about the same wanted output: mean over networks, "
        + "and the band that holds \(report.intervalWords) of them.",
      alternativeText: "Share of positive outputs in context \(c) going from \(short(first.positive)) at "
        + "\(short(first.evidence)) to \(short(last.positive)) at \(short(last.evidence)).",
      panels: [
        Panel(
          x: Axis("wanted output"), y: Axis("P(output > 0)", from: 0, to: 1),
          series: [
            .band(
              "\(report.intervalWords) of networks", name: "interval", x: points.map(\.evidence),
              low: points.map(\.lower), high: points.map(\.upper), .series(c)), .level(0.5), .upright(0),
            .points(
              "mean", name: "positive", x: points.map(\.evidence), y: points.map(\.positive), isJoined: true,
              .series(c)),
          ])
      ])
  }

  /// Mean and interval of the output against the wanted one, for stimuli evenly spread over the wanted outputs.
  private func outputs(context c: Int) -> Figure {
    let all = report.prediction.points[c].sorted { $0.wanted < $1.wanted }
    let count = min(all.count, Self.mostPoints)
    let shown = (0..<count).map { all[count == 1 ? 0 : $0 * (all.count - 1) / (count - 1)] }
    let coverage = NumberText.significant(report.prediction.contexts[c].coverage, digits: 3)
    return Figure(
      name: "outputs-\(c)", title: "Outputs in context \(c)",
      caption:
        "Outputs against wanted ones\(count < all.count ? ", \(count) of \(all.count) stimuli" : ""): mean over networks and "
        + "\(report.intervalWords) intervals; on the line they would be equal. Of all wanted outputs a share of \(coverage) is in its interval.",
      alternativeText:
        "Outputs in context \(c) against wanted outputs with intervals; a share of \(coverage) of the wanted outputs is covered.",
      panels: [
        Panel(
          x: Axis("wanted output"), y: Axis("output"),
          series: [
            .line("wanted", x: shown.map(\.wanted), y: shown.map(\.wanted), .theory),
            .points(
              "networks: mean, \(report.intervalWords)", name: "output", x: shown.map(\.wanted), y: shown.map(\.mean),
              bars: .intervals(low: shown.map(\.lower), high: shown.map(\.upper)), .series(c)),
          ])
      ])
  }
}
