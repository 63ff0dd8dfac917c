// The picture of populations: shares of neurons with intervals, and theory's.

import Experiments
import Networks
import Sampling

extension RunFigures {
  /// Populations that are shown at most, the largest.
  private static let mostPopulations = 24

  /// The populations' shares, with what theory says.
  func populations() -> Figure? {
    let contexts = run.experiment.task.contexts
    let byPattern = run.draws.names.filter { $0.hasPrefix("population_fraction[") }
    let all =
      byPattern.isEmpty || byPattern.count > 64
      ? run.draws.names.filter { $0.hasPrefix("active_fraction[") } : byPattern
    let isPattern = !all.isEmpty && all == byPattern
    let known = all.enumerated().compactMap { index, name in byName[name].map { (index: index, summary: $0) } }
      .filter { $0.summary.mean.isFinite }
    guard !known.isEmpty else { return nil }
    let shown = known.sorted { $0.summary.mean > $1.summary.mean }.prefix(Self.mostPopulations)
      .sorted { $0.index < $1.index }
    let expected = expected
    let theory = shown.map { expected[$0.summary.name]?.expected ?? .nan }
    let hasTheory = theory.contains(where: \.isFinite)
    let isAsymptotic = shown.contains { expected[$0.summary.name]?.status == .asymptotic }
    let what = isPattern ? "gain pattern" : "active contexts"
    let shares = shown.map(\.summary.mean)
    let errors = shown.map { 1.96 * $0.summary.mcseMean }
    let hasErrors = errors.contains { $0 > 0 }
    return Figure(
      name: "populations", title: "Populations",
      caption:
        "The share of neurons by \(isPattern ? "gain pattern (a digit a context, 1 is active)" : "number of active contexts")"
        + (hasErrors ? "; bars are 95 % intervals of the mean over networks (1.96 standard errors)" : "")
        + (hasTheory ? "; diamonds are what theory says \(isAsymptotic ? "as N grows" : "at this N")." : ".")
        + (known.count > shown.count ? " The \(shown.count) largest of \(known.count)." : ""),
      alternativeText:
        "Shares of neurons by \(what): "
        + shares.map { NumberText.significant($0, digits: 3) }.joined(separator: ", ") + ".",
      panels: [
        Panel(
          x: Axis("share of neurons", from: 0),
          y: .names(
            what, shown.map { isPattern ? Self.pattern($0.index, contexts: contexts) : "\($0.index)" }),
          series: [
            .rows(
              isDrawn ? "drawn" : "found", name: "share", shares,
              bars: hasErrors
                ? .intervals(low: zip(shares, errors).map(-), high: zip(shares, errors).map(+)) : .none, .series(0))
          ] + (hasTheory ? [.rows("theory", theory, .theory)] : []), height: .rows(shown.count))
      ])
  }
}
