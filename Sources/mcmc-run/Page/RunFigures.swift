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
    let bins = 20
    // As multiples of what equal chains would show.
    let counts = Diagnostics.rankHistograms(series, chains: n, bins: bins).map { row in
      row.map { Double($0) * Double(bins) / Double(draws) }
    }
    let shown = Array(Swift.stride(from: 0, to: draws, by: stride))
    let rows: [[Figure.Cell]] = (0..<max(shown.count, bins)).map { row in
      let trace: [Figure.Cell] =
        row < shown.count
        ? [.number(Double(shown[row]))] + (0..<n).map { .number(series[$0 * draws + shown[row]]) }
        : [Figure.Cell](repeating: .empty, count: n + 1)
      let ranks: [Figure.Cell] =
        row < bins
        ? [.number((Double(row) + 0.5) / Double(bins))] + counts.map { .number($0[row]) }
        : [Figure.Cell](repeating: .empty, count: n + 1)
      return trace + ranks
    }
    let rHat = summaries[name]!.rHat
    let ranks = (0..<n).map {
      "DATA using \(n + 2):\(n + 3 + $0) with histeps title '' linetype \($0 % Figure.colours.count + 1)"
    }
    let lines = (0..<n).map {
      "DATA using 1:\($0 + 2) with lines title '' linewidth 0.7 linetype \($0 % Figure.colours.count + 1)"
    }
    return Figure(
      name: "trace-" + Figure.fileName(name), title: name,
      caption:
        "Left: the \(n) chains\(stride > 1 ? ", every \(stride)th draw" : ""). Right: the ranks of each chain's draws "
        + "among all, as a multiple of what equal chains would show (1). R-hat \(NumberText.significant(rHat, digits: 4)).",
      alternativeText: "Traces and rank histograms of \(name) in \(n) chains of \(draws) draws; "
        + "R-hat \(NumberText.significant(rHat, digits: 4)).",
      columns: ["draw"] + (0..<n).map { "chain \($0)" } + ["rank"] + (0..<n).map { "ranks of chain \($0)" },
      rows: rows,
      commands: """
        set multiplot layout 1,2
        set xlabel 'draw'
        set xrange [0:\(max(draws - 1, 1))]
        set xtics \(Self.tickStep(draws))
        plot \(lines.joined(separator: ", "))
        set xlabel 'rank'
        set xtics 0.2
        set xrange [0:1]
        set yrange [0:*]
        plot \(ranks.joined(separator: ", ")), 1 with lines title '' linewidth 0.6 dashtype 2 linecolor rgb '#808080'
        unset multiplot
        """,
      size: (640, 240))
  }

  /// 1, 2 or 5 times a power of ten that leaves at most five ticks: labels of a narrow axis must not touch.
  private static func tickStep(_ length: Int) -> Int {
    var power = 1
    while true {
      for step in [power, 2 * power, 5 * power] where step * 5 >= length { return step }
      power *= 10
    }
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
    let rows = (0..<task.contexts).flatMap { c in
      (0..<task.features).map { d -> [Figure.Cell] in
        [.number(Double(d)), .number(Double(c)), .number(means[c][d]), .number(target[c, d])]
      }
    }
    let scale = max(means.joined().map(abs).max() ?? 1, target.elements.map(abs).max() ?? 1, 1e-300)
    let label = task.contexts * task.features <= 64
    func panel(_ title: String, _ column: Int) -> String {
      "set title '\(title)'\nplot DATA using 1:2:\(column) with image pixels title ''"
        + (label
          ? ", DATA using 1:2:(sprintf('%.3g', $\(column))):(abs($\(column)) > \(0.6 * scale) ? 0xffffff : 0x1c2430) with labels textcolor rgb variable title ''"
          : "")
    }
    return Figure(
      name: "readout", title: "Readout",
      caption:
        "The mean readout R of the drawn networks (left) and the target A (right): a row a context, a column a stimulus "
        + "feature.",
      alternativeText: "Mean readout \(Self.words(means)) beside the target \(Self.words(target.rowArrays)).",
      columns: ["feature", "context", "mean readout", "target"], rows: rows,
      commands: """
        set multiplot layout 1,2
        set palette defined (-1 '#d9822b', 0 '#f4f6f9', 1 '#2f7fc1')
        set cbrange [-\(scale):\(scale)]
        unset colorbox
        unset border
        set xlabel 'feature'
        set ylabel 'context'
        set xrange [-0.5:\(task.features - 1).5]
        set yrange [\(task.contexts - 1).5:-0.5]
        set xtics 1 out scale 0
        set ytics 1 out scale 0
        \(panel("drawn", 3))
        \(panel("target", 4))
        unset multiplot
        """,
      size: (640, 300))
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
    let rows = names.enumerated().map { index, name -> [Figure.Cell] in
      let label = isPattern ? Self.pattern(index, contexts: contexts) : "\(index)"
      return [
        .number(Double(index)), .text(label), .number(shares[index]), .number(summaries[names[index]]!.mcseMean),
        theory[name].map { .number($0.expected) } ?? .empty,
      ]
    }
    let hasTheory = names.contains { theory[$0] != nil }
    let asymptotic = names.contains { theory[$0]?.status == .asymptotic }
    let what = isPattern ? "gain pattern (one digit a context)" : "number of active contexts"
    let means = shares.map { NumberText.significant($0, digits: 3) }
    return Figure(
      name: "populations", title: "Populations",
      caption: "The share of neurons by \(what)"
        + (hasTheory ? ", and what theory says\(asymptotic ? " as N grows" : " at this N")." : "."),
      alternativeText: "Shares of neurons by \(what): \(means.joined(separator: ", ")).",
      columns: ["index", isPattern ? "pattern" : "active", "share", "standard error", "theory"], rows: rows,
      commands: """
        set boxwidth 0.7
        set style fill solid 0.75 noborder
        set xlabel '\(what)'
        set ylabel 'share of neurons'
        set yrange [0:*]
        set key outside top right horizontal
        set xtics \(names.count > 16 ? "rotate by -90 " : "")scale 0
        plot DATA using 1:3:xtic(2) with boxes linetype 1 title '\(check == nil ? "found" : "drawn")'\(hasTheory ? ", DATA using 1:5 with points pointtype 7 pointsize 0.8 linetype 2 title 'theory'" : "")
        """,
      size: (640, 320))
  }

  static func words(_ rows: [[Double]]) -> String {
    guard rows.count * (rows.first?.count ?? 0) <= 16 else { return "of \(rows.count) contexts" }
    return rows.map { "[" + $0.map { NumberText.significant($0, digits: 3) }.joined(separator: ", ") + "]" }
      .joined(separator: " ")
  }
}
