// The pictures of the readout: its mean beside the target, and how its entries are spread.

import Experiments
import Networks
import Sampling

extension RunFigures {
  /// Entries of a matrix that is shown as cells, at most.
  private static let mostCells = 1600
  /// Entries whose spread is shown, at most.
  private static let mostEntries = 32

  /// The mean readout beside the target, as coloured cells with their numbers and errors where there is room.
  func readout() throws -> Figure? {
    guard let task = try? run.experiment.learningTask(), let target = task.linearTarget,
      task.contexts * task.features <= Self.mostCells
    else { return nil }
    let (c, d) = (task.contexts, task.features)
    let entries = (0..<c * d).map { byName["readout[\($0 / d),\($0 % d)]"] }
    let means = entries.map { $0?.mean ?? .nan }
    guard means.allSatisfy(\.isFinite) else { return nil }
    let errors = entries.map { $0?.mcseMean ?? .nan }
    let scale = max(means.map(abs).max() ?? 0, target.elements.map(abs).max() ?? 0)
    guard scale > 0 else { return nil }
    let x = (0..<c * d).map { Double($0 % d) }
    let y = (0..<c * d).map { Double($0 / d) }
    let colours = Series.ColourMap(label: "readout", low: -scale, high: scale, isDiverging: true)
    func panel(_ title: String, _ values: [Double], _ texts: [[String]], _ notes: [String]? = nil) -> Panel {
      Panel(
        title: title, x: .names("feature", (0..<d).map(String.init)), y: .names("context", (0..<c).map(String.init)),
        series: [
          Series(
            nil, name: title, .image(x: x, y: y, value: values, colours: colours, texts: texts, notes: notes), .theory)
        ], height: .square)
    }
    func short(_ values: [Double], _ digits: Int) -> [String] {
      values.map { String(format: "%.\(digits)g", $0) }
    }
    let largest = errors.filter(\.isFinite).max()
    let rows = (0..<c).map { Array(means[$0 * d..<($0 + 1) * d]) }
    return Figure(
      name: "readout", title: "Readout",
      caption:
        "The mean readout R of the \(isDrawn ? "drawn" : "imported") networks and the target A: a row a context, a column a stimulus feature."
        + (largest.map {
          " Standard errors of the mean\(c * d <= 16 ? " stand below the numbers; all" : "") are at most \(NumberText.significant($0, digits: 2))."
        } ?? ""),
      alternativeText: "Mean readout \(Self.words(rows)) beside the target \(Self.words(target.rowArrays)).",
      panels: [
        panel(
          "mean of the networks", means, [short(means, 4), short(means, 2)],
          errors.map { $0.isFinite ? "± " + NumberText.significant($0, digits: 1) : "" }),
        panel("target", target.elements, [short(target.elements, 3), short(target.elements, 2)]),
      ])
  }

  /// The spread of the readout's entries over networks, with the target and theory's means.
  func readoutIntervals() -> Figure? {
    guard let task = try? run.experiment.learningTask(), let target = task.linearTarget else { return nil }
    let places = (0..<task.contexts).flatMap { c in (0..<task.features).map { (c, $0) } }
    let known = places.compactMap { c, d -> (name: String, summary: ObservableSummary, target: Double)? in
      let name = "readout[\(c),\(d)]"
      return byName[name].map { (name, $0, target[c, d]) }
    }
    let shown = known.prefix(Self.mostEntries).filter { $0.summary.mean.isFinite && $0.summary.sd > 0 }
    guard shown.count > 1 else { return nil }
    let expected = expected
    let theory = shown.map { expected[$0.name]?.expected ?? .nan }
    let isAsymptotic = shown.contains { expected[$0.name]?.status == .asymptotic }
    var series: [Series] = [
      .upright(0),
      .rows(
        "networks: mean, 5 % to 95 %", name: "readout", shown.map(\.summary.mean),
        bars: .intervals(low: shown.map(\.summary.quantile5), high: shown.map(\.summary.quantile95)), .series(0)),
      .rows("target", shown.map(\.target), Look.series(1)),
    ]
    if theory.contains(where: \.isFinite) { series.append(.rows("theory's mean", theory, .theory)) }
    return Figure(
      name: "readout-entries", title: "Readout entries over networks",
      caption:
        "Bars hold the middle 90 % of the \(run.draws.draws) networks; points are their means."
        + (theory.contains(where: \.isFinite)
          ? " Theory's means are those \(isAsymptotic ? "as N grows" : "at this N")." : "")
        + (known.count > shown.count ? " \(shown.count) of \(known.count) entries." : ""),
      alternativeText: "Means and 90 % intervals of \(shown.count) readout entries beside the target.",
      panels: [
        Panel(x: Axis("readout"), y: .names("entry", shown.map(\.name)), series: series, height: .rows(shown.count))
      ])
  }
}
