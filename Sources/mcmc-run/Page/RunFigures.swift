// The pictures of one run: traces and ranks, populations against theory, readout; neurons and psychometric curves have files of their own.

import Experiments
import Networks
import Sampling
import Storage

/// The figures of a run, each drawn if the run holds what it needs.
struct RunFigures {
  let run: LoadedRun
  /// Predictions beside what was drawn; nil for networks that nobody drew.
  let check: Check?
  private let summaries: [String: ObservableSummary]

  init(run: LoadedRun, check: Check?, threads: Int = Threads.perProcessor) throws {
    self.run = run
    self.check = check
    let summaries = try run.draws.summaries(threads: threads)
    self.summaries = Dictionary(summaries.map { ($0.name, $0) }) { first, _ in first }
  }

  /// Points of a line at most: more cannot be seen.
  private static let mostPoints = 600

  func all() throws -> [(section: String, figures: [Figure])] {
    var networks = [try readout(), try populations()].compactMap { $0 }
    if let cloud = try neurons() { networks.append(cloud) }
    if let curve = try psychometricCurve() { networks.append(curve) }
    let chains = check == nil ? [] : try traces()
    return [("What the networks are", networks), ("How the chains went", chains)].filter { !$0.1.isEmpty }
  }

  // MARK: - Chains

  /// The observables whose chains are shown: log density, loss, second moments, the readout's first entries.
  private var shownObservables: [String] {
    let wanted = ["lp", "loss", "output_second_moment", "input_second_moment"]
    let entries = run.draws.names.filter { $0.hasPrefix("readout[") }.prefix(4)
    return (wanted + entries).filter { summaries[$0]?.isConstant == false }
  }

  private func traces() throws -> [Figure] { try shownObservables.map(trace) }

  /// The trace of every chain, and beside it the histogram of its ranks among all draws.
  private func trace(_ name: String) throws -> Figure {
    let series = try run.draws.values(of: [name])[0]
    let (n, draws) = (run.draws.chains, run.draws.drawsPerChain)
    let stride = max(1, draws / Self.mostPoints)
    let shown = Array(Swift.stride(from: 0, to: draws, by: stride))
    let rHat = summaries[name]!.rHat
    return Figure(
      name: "trace-" + Figure.fileName(name), title: name,
      caption:
        "Left: the \(n) chains\(stride > 1 ? ", every \(stride)th draw" : ""). Right: the ranks of each chain's draws "
        + "among all, as a multiple of what equal chains would show (1). R-hat \(NumberText.significant(rHat, digits: 4)).",
      alternativeText: "Traces and rank histograms of \(name) in \(n) chains of \(draws) draws; "
        + "R-hat \(NumberText.significant(rHat, digits: 4)).",
      panels: [
        Panel(
          x: Axis("draw", from: 0, to: Double(max(draws - 1, 1))), y: Axis(name),
          series: (0..<n).map { chain in
            .line(
              "chain \(chain)", x: shown.map(Double.init), y: shown.map { series[chain * draws + $0] },
              Look.series(chain).solid(0.7))
          })
      ])
  }

  // MARK: - Networks

  /// The mean readout beside the target, as numbers in coloured squares.
  private func readout() throws -> Figure? {
    guard let task = try? run.experiment.learningTask(), let target = task.linearTarget,
      task.contexts * task.features <= 400
    else { return nil }
    let means = (0..<task.contexts).map { c in
      (0..<task.features).map { d in summaries["readout[\(c),\(d)]"]?.mean ?? .nan }
    }
    guard means.joined().allSatisfy(\.isFinite) else { return nil }
    let (c, d) = (task.contexts, task.features)
    let x = (0..<c * d).map { Double($0 % d) }
    let y = (0..<c * d).map { Double($0 / d) }
    let scale = max(means.joined().map(abs).max() ?? 1, target.elements.map(abs).max() ?? 1, 1e-300)
    let colours = Series.ColourMap(
      label: "readout", low: -scale, high: scale, isDiverging: true, digits: c * d <= 64 ? 3 : nil)
    func panel(_ title: String, _ values: [Double]) -> Panel {
      Panel(
        title: title, x: .names("feature", (0..<d).map(String.init)), y: .names("context", (0..<c).map(String.init)),
        series: [Series(nil, name: title, .image(x: x, y: y, value: values, colours: colours), .theory)],
        height: .square)
    }
    return Figure(
      name: "readout", title: "Readout",
      caption:
        "The mean readout R of the drawn networks (left) and the target A (right): a row a context, a column a stimulus "
        + "feature.",
      alternativeText: "Mean readout \(Self.words(means)) beside the target \(Self.words(target.rowArrays)).",
      panels: [panel("drawn", Array(means.joined())), panel("target", target.elements)])
  }

  /// The populations' weights, with what theory says.
  private func populations() throws -> Figure? {
    let contexts = run.experiment.task.contexts
    let byPattern = run.draws.names.filter { $0.hasPrefix("population_fraction[") }
    let names =
      byPattern.isEmpty || byPattern.count > 64
      ? run.draws.names.filter { $0.hasPrefix("active_fraction[") } : byPattern
    guard !names.isEmpty else { return nil }
    let isPattern = names == byPattern
    var theory: [String: CheckResult] = [:]
    for result in check?.results ?? [] where theory[result.name] == nil || result.status == .exact {
      theory[result.name] = result
    }
    let shares = names.map { summaries[$0]!.mean }
    let hasTheory = names.contains { theory[$0] != nil }
    let asymptotic = names.contains { theory[$0]?.status == .asymptotic }
    let what = isPattern ? "gain pattern (one digit a context)" : "number of active contexts"
    let means = shares.map { NumberText.significant($0, digits: 3) }
    return Figure(
      name: "populations", title: "Populations",
      caption: "The share of neurons by \(what)"
        + (hasTheory ? ", and what theory says\(asymptotic ? " as N grows" : " at this N")." : "."),
      alternativeText: "Shares of neurons by \(what): \(means.joined(separator: ", ")).",
      panels: [
        Panel(
          x: Axis("share of neurons", from: 0),
          y: .names(what, names.indices.map { isPattern ? Self.pattern($0, contexts: contexts) : "\($0)" }),
          series: [
            .rows("drawn", shares, bars: .standardErrors(names.map { summaries[$0]!.mcseMean }), .series(0))
          ] + (hasTheory ? [.rows("theory", names.map { theory[$0]?.expected ?? .nan }, .theory)] : []),
          height: .rows(names.count))
      ])
  }

  static func words(_ rows: [[Double]]) -> String {
    guard rows.count * (rows.first?.count ?? 0) <= 16 else { return "of \(rows.count) contexts" }
    return rows.map { "[" + $0.map { NumberText.significant($0, digits: 3) }.joined(separator: ", ") + "]" }
      .joined(separator: " ")
  }
}
