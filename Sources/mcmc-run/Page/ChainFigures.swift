// The pictures of how chains went: of the worst observables everything, and the energies of trajectories.

import Experiments
import Sampling
import Storage

extension RunFigures {
  /// Observables that are shown for their R-hat, and as many for their ESS.
  private static let mostOfAKind = 2
  /// Chains of a picture at most; the others are in every number.
  private static let mostChains = 16
  /// Points of all lines of a panel, about.
  private static let mostPoints = 1600

  /// The observables that look worst, by R-hat and by the smaller of bulk and tail ESS.
  var worst: [String] {
    let judged = summaries.filter { !$0.isConstant && $0.nonFiniteDraws == 0 && $0.essBulk.isFinite }
    let byRHat = judged.filter { !$0.rHat.isNaN }.sorted { ($0.rHat, $1.essBulk) > ($1.rHat, $0.essBulk) }
    let byESS = judged.sorted { min($0.essBulk, $0.essTail) < min($1.essBulk, $1.essTail) }
    var names: [String] = []
    for list in [byRHat, byESS] {
      for name in list.lazy.map(\.name).filter({ !names.contains($0) }).prefix(Self.mostOfAKind) { names.append(name) }
    }
    return names
  }

  /// Everything of the worst observables, and the energies.
  func chains() throws -> Section {
    var section = Section()
    guard isDrawn else { return section }
    let bands = RankBands()
    for name in worst { section.add(try chains(of: name, bands)) }
    if section.figures.isEmpty {
      section.leftOut.append(
        "No figures of chains: no observable varies over \(Diagnostics.minimumDraws) draws a chain or more.")
    }
    section.add(try energies())
    return section
  }

  /// Trace, spread, ranks, autocorrelations, effective draws and mean of an observable.
  private func chains(of name: String, _ bands: RankBands) throws -> Figure? {
    guard let summary = byName[name], let draws = try run.draws.scalar(name) else { return nil }
    let curves = try ChainCurves(draws, summary, bands: bands)
    let shown = 0..<min(draws.count, Self.mostChains)
    var notes: [String] = []
    var panels = [try trace(name, curves, shown, &notes)]
    var (outside, hasLaw) = (0, false)
    let spread = try distribution(name, Array(draws.joined()), &outside, &hasLaw) { found in
      guard draws.count > 1 else { return [] }
      return shown.map { chain in
        .line(
          title(chain, of: shown), name: "spread of chain \(chain)", x: found.places,
          y: found.heights(of: draws[chain]),
          look(chain, 0.8))
      }
    }
    if let spread { panels.append(spread) }
    if let ranks = curves.ranks {
      panels.append(rankPanel(ranks, shown))
      notes.append(
        "Ranks: the share of a chain's draws below a value less that of all draws; uniform ranks of independent draws stay inside the band with \(Int((100 * ranks.probability).rounded())) %, all chains together"
          + (ranks.thinning > 1
            ? " (one draw in \(ranks.thinning) is looked at: by the ESS these are nearly independent)." : ".")
      )
    } else {
      notes.append(
        draws.count > 1
          ? "No ranks: too few draws are independent." : "No ranks: a single chain is compared with nothing.")
    }
    if let correlations = curves.autocorrelations {
      panels.append(autocorrelationPanel(correlations, shown))
      notes.append(
        "Autocorrelations: the mean over chains; inside the band (±1.96 standard errors) it is not told from 0.")
    } else {
      notes.append("No autocorrelations: a chain stands still or is too short.")
    }
    if curves.growth.count > 1 { panels += growthPanels(name, curves) }
    if draws.count > shown.count { notes.append("\(shown.count) of \(draws.count) chains are drawn.") }
    let rHat = NumberText.significant(summary.rHat, digits: 4)
    let ess = NumberText.significant(summary.essBulk, digits: 4)
    let tail = NumberText.significant(summary.essTail, digits: 4)
    return Figure(
      name: "chains-" + Figure.fileName(name), title: name,
      caption: "R-hat \(rHat), bulk ESS \(ess), tail ESS \(tail). " + notes.joined(separator: " "),
      alternativeText:
        "Traces, spread, ranks and autocorrelations of \(name) in \(draws.count) chains of \(run.draws.drawsPerChain) draws; R-hat \(rHat), bulk ESS \(ess).",
      panels: panels.filter { !$0.isEmpty })
  }

  private func look(_ chain: Int, _ width: Double) -> Look { Look.series(chain).solid(width) }

  /// A chain's entry of the key, where there are few.
  private func title(_ chain: Int, of shown: Range<Int>) -> String? { shown.count <= 8 ? "chain \(chain)" : nil }

  private func trace(_ name: String, _ curves: ChainCurves, _ shown: Range<Int>, _ notes: inout [String]) throws
    -> Panel
  {
    let most = max(60, Self.mostPoints / max(shown.count, 1))
    let length = run.draws.drawsPerChain
    let warmup = try run.warmup(name)
    let before = warmup.map(\.count).max() ?? 0
    var series: [Series] = []
    let values = curves.chains.joined()
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    if before > 0 {
      series.append(Series("warm-up", .shade(from: -Double(before), to: 0), .muted))
      for chain in shown where chain < warmup.count && warmup[chain].count > 1 {
        let line = Thinning.extremes(warmup[chain], most: most / 3)
        series.append(
          .line(
            nil, name: "warm-up of chain \(chain)", x: line.x.map { $0 - Double(warmup[chain].count) },
            // What warm-up passes through on its way says nothing of the draws, and would press them flat.
            y: line.y.map { $0 < low - (high - low) || $0 > high + (high - low) ? .nan : $0 }, look(chain, 0.5)))
      }
    }
    for chain in shown {
      let line = Thinning.extremes(curves.chains[chain], most: most)
      series.append(
        .line(title(chain, of: shown), name: "chain \(chain)", x: line.x, y: line.y, look(chain, 0.6)))
    }
    if length > most {
      notes.append("Traces show the smallest and the largest of every \(2 * length / most) draws.")
    }
    return Panel(
      x: Axis("draw", from: -Double(before), to: Double(max(length - 1, 1)), scale: .whole), y: Axis(name),
      series: series)
  }

  private func rankPanel(_ ranks: ChainCurves.Ranks, _ shown: Range<Int>) -> Panel {
    Panel(
      x: Axis("share of all draws", from: 0, to: 1), y: Axis("ECDF of chain − all"),
      series: [
        .band("95 % band", name: "band of ranks", x: ranks.bandShare, low: ranks.low, high: ranks.high, .muted),
        .level(0),
      ]
        + shown.map { chain in
          .line(
            title(chain, of: shown), name: "ranks of chain \(chain)", x: ranks.share, y: ranks.excess[chain],
            look(chain, 1.2))
        })
  }

  private func autocorrelationPanel(_ found: ChainCurves.Autocorrelations, _ shown: Range<Int>) -> Panel {
    let lags = found.mean.indices.map(Double.init)
    return Panel(
      x: Axis("lag (draws)", from: 0, scale: .whole), y: Axis("autocorrelation"),
      series: [
        .band(
          "95 % band", name: "band of autocorrelations", x: Array(lags.dropFirst()),
          low: found.error.dropFirst().map { -1.96 * $0 }, high: found.error.dropFirst().map { 1.96 * $0 }, .muted),
        .level(0),
      ]
        + shown.map { chain in
          .line(
            nil, name: "autocorrelation of chain \(chain)", x: lags, y: found.chains[chain], look(chain, 0.6))
        } + [.line("mean over chains", name: "mean autocorrelation", x: lags, y: found.mean, Look.theory.solid(1.8))])
  }

  /// ESS, and mean with its error, against the number of draws.
  private func growthPanels(_ name: String, _ curves: ChainCurves) -> [Panel] {
    let draws = curves.growth.map { Double($0.drawsPerChain * $0.chains) }
    let x = Axis("draws of all chains", from: 0, scale: .whole)
    let means = curves.growth.map(\.mean)
    let errors = curves.growth.map(\.mcseMean)
    var mean: [Series] = [
      .band(
        "mean ± standard error", name: "mean", x: draws, low: zip(means, errors).map(-),
        high: zip(means, errors).map(+),
        .series(0)),
      .line(nil, name: "mean of the first draws", x: draws, y: means, Look.series(0).solid(1.4)),
    ]
    if let exact = expected[name], exact.status == .exact, exact.expected.isFinite {
      mean.append(.level(exact.expected, "exact mean", Look.theory))
    }
    return [
      Panel(
        x: x, y: Axis("effective draws", from: 0),
        series: [
          .level(100 * Double(curves.chains.count), "100 a chain", .muted),
          .points("bulk", name: "bulk ESS", x: draws, y: curves.growth.map(\.essBulk), isJoined: true, .series(0)),
          .points("tail", name: "tail ESS", x: draws, y: curves.growth.map(\.essTail), isJoined: true, .series(1)),
        ]), Panel(x: x, y: Axis("mean of first draws"), series: mean),
    ]
  }
}
