// The pictures of how observables are spread: histograms, with exact laws and exact means where they are known.

import Experiments
import Networks
import Sampling

extension RunFigures {
  /// Observables whose spread is shown, at most.
  private static let mostDistributions = 9

  /// The histograms of the run's observables: the loss, the readout's first entries, moments, and what else was recorded.
  func distributions() throws -> Figure? {
    let varying = summaries.filter { !$0.isConstant && $0.nonFiniteDraws == 0 }.map(\.name)
    let entries = varying.filter { $0.hasPrefix("readout[") }.prefix(4)
    let counted = varying.filter { $0.contains("[") }
    let first = (["loss"] + entries + ["output_second_moment", "input_second_moment", "lp"]).filter(varying.contains)
    let others = varying.filter { !first.contains($0) && !counted.contains($0) }
    let names = Array((first + others).prefix(Self.mostDistributions))
    var panels: [Panel] = []
    var outside = 0
    var hasLaw = false
    for name in names {
      guard let panel = try distribution(name, try run.draws.values(of: [name])[0], &outside, &hasLaw) else { continue }
      panels.append(panel)
    }
    guard !panels.isEmpty else { return nil }
    let hasMeans = panels.contains { $0.series.contains { if case .upright = $0.mark { true } else { false } } }
    return Figure(
      name: "distributions", title: "Histograms",
      caption:
        "Histograms over all \(run.draws.draws) draws."
        + (hasLaw ? " Lines: the exact law of the entry at this N." : "")
        + (hasMeans ? " Vertical lines: exact means." : "")
        + (outside > 0 ? " Each panel holds 99.8 % of the draws." : ""),
      alternativeText: "Histograms of \(panels.count) observables: \(names.joined(separator: ", ")).",
      panels: panels, across: (3, 2))
  }

  /// One histogram; nil for draws that do not vary.
  ///
  /// - Parameter lines: of some chains, over the histogram of all draws.
  func distribution(
    _ name: String, _ draws: [Double], _ outside: inout Int, _ hasLaw: inout Bool,
    lines: (_ found: DrawDistribution) -> [Series] = { _ in [] }
  ) throws -> Panel? {
    guard let found = DrawDistribution(draws) else { return nil }
    outside += found.outside
    var series = [
      Series(
        "draws", name: "\(name), \(found.isDiscrete ? "share" : "density")",
        .boxes(x: found.places, y: found.heights, width: found.width), .series(0))
    ]
    series += lines(found)
    if !found.isDiscrete, isDrawn {
      let (low, high) = (found.places[0] - found.width / 2, found.places[found.places.count - 1] + found.width / 2)
      if let law = try run.law(of: name, from: low, to: high), law.atom < 1e-6 {
        series.append(
          .line("exact law", name: "\(name), exact density", x: law.places, y: law.density, Look.theory.solid(1.4)))
        hasLaw = true
      }
    }
    if let exact = expected[name], exact.status == .exact, exact.expected.isFinite {
      series.append(.upright(exact.expected, "exact mean", Look.theory))
    }
    return Panel(
      x: Axis(name), y: Axis(found.isDiscrete ? "share of draws" : "density", from: 0), series: series)
  }
}
