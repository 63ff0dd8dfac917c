// What is to be said of a table of draws: estimates with their errors, findings, and both as text.

extension DrawTable {
  /// The estimate of an observable's mean with its error, ESS and R-hat.
  ///
  /// - Precondition: one of ``names``.
  public func summary(of observable: String) -> ObservableSummary {
    // Throws only for no draws and for chains of different lengths, which there are not.
    try! ObservableSummary(name: observable, draws: self[observable])
  }

  /// The summaries of all observables. O(S log S) each for S draws in all.
  public var summaries: [ObservableSummary] { names.map(summary) }

  /// What is to be said of convergence and of the kernel's work, the checks that passed included.
  public var findings: [Finding] { findings(of: summaries) }

  private func findings(of summaries: [ObservableSummary]) -> [Finding] {
    Finding.convergence(of: summaries) + Finding.sampling(chainStatistics)
  }

  /// What each chain's kernel reported; empty for exact draws.
  private var chainStatistics: [ChainStatistics] {
    let recorded = (0..<chains).map { chain in
      RecordedTransitions(names: statistics, columns: statistics.map { statistic($0)![chain] })
    }
    guard let first = recorded.first, first.isComplete else { return [] }
    let transitions = recorded.map { chain in (0..<chain.count).map { chain[$0] } }
    // Kernels without trajectories never diverge: a passed check would say more than was checked.
    let hasDivergences = transitions.contains { $0.contains(where: \.diverging) }
    return transitions.enumerated().map { number, chain in
      let rates = chain.map(\.acceptanceRate).filter { !$0.isNaN }
      let nonFinite = chain.reduce(0) { $0 + Double($1.nonFinite) }
      return ChainStatistics(
        chain: number, transitions: drawsPerChain, moves: chain.count(where: \.moved),
        nonFiniteRejections: (0...Int.max).wholeNumber(roundingUp: nonFinite),
        acceptanceRate: rates.isEmpty ? nil : Diagnostics.mean(rates),
        divergences: hasDivergences ? chain.count(where: \.diverging) : nil)
    }
  }
}

/// A table of the observables, then every finding that is not a passed check.
extension DrawTable: CustomStringConvertible {
  public var description: String {
    let summaries = summaries
    let width = summaries.reduce("observable".count) { max($0, $1.name.count) }
    func row(_ name: String, _ cells: [String]) -> String {
      name + String(repeating: " ", count: max(0, width - name.count))
        + cells.map { String(repeating: " ", count: max(1, 12 - $0.count)) + $0 }.joined()
    }
    func number(_ value: Double) -> String { String(format: "%.4g", value) }
    let lines = summaries.map { summary in
      row(
        summary.name,
        [
          number(summary.mean), number(summary.mcseMean), number(summary.sd), String(format: "%.0f", summary.essBulk),
          String(format: "%.0f", summary.essTail), String(format: "%.4f", summary.rHat),
        ])
    }
    let title = "\(chains) chains of \(drawsPerChain) draws"
    let header = row("observable", ["mean", "MCSE", "sd", "bulk ESS", "tail ESS", "R-hat"])
    let problems = findings(of: summaries).filter { $0.severity != .info }.map(\.description)
    return ([title, header] + lines + (problems.isEmpty ? ["every check passed"] : problems)).joined(separator: "\n")
  }
}
