// The pictures of predictions: psychometric curves with bands over networks, and outputs against what is wanted.

import Experiments
import Networks
import Sampling

/// The figures of a report, context by context.
struct PredictFigures {
  let report: PredictReport

  /// Stimuli of a picture at most: more cannot be seen.
  private static let mostPoints = 80

  func all() -> [Figure] {
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
      columns: ["wanted output", "positive", "lower", "upper", "stimuli"],
      rows: points.map {
        [.number($0.evidence), .number($0.positive), .number($0.lower), .number($0.upper), .number(Double($0.stimuli))]
      },
      commands: """
        set xlabel 'wanted output'
        set ylabel 'P(output > 0)'
        set yrange [0:1]
        set key bottom right
        plot DATA using 1:3:4 with filledcurves linetype \(c + 1) fillstyle transparent solid 0.25 noborder title '\(report.intervalWords) of networks', \\
          DATA using 1:2 with linespoints linetype \(c + 1) pointtype 7 pointsize 0.4 title 'mean'
        """,
      size: (480, 320))
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
      columns: ["wanted output", "mean", "lower", "upper"],
      rows: shown.map { [.number($0.wanted), .number($0.mean), .number($0.lower), .number($0.upper)] },
      commands: """
        set xlabel 'wanted output'
        set ylabel 'output'
        set key top left
        plot DATA using 1:1 with lines linecolor rgb '#8a94a3' dashtype 2 title 'wanted', \\
          DATA using 1:2:3:4 with yerrorbars linetype \(c + 1) linewidth 0.8 pointtype 7 pointsize 0.3 title 'networks'
        """,
      size: (480, 320))
  }
}
