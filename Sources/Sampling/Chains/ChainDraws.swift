// The draws of several chains in memory, and what is to be said of them.

import Foundation

/// The draws of one or more chains of equal length, with their diagnostics.
public struct ChainDraws: Sendable {
  /// The scalar observables, in the order in which they are recorded.
  public let observables: [String]
  /// The sampler's figures recorded with every draw; empty for exact draws.
  public let statistics: [String]
  private let chains: [MemorySink]

  /// The draws of sinks that were filled by sources of one schema.
  ///
  /// - Precondition: at least one chain; as many draws in every one, and at least one.
  public init(_ schema: DrawSchema, chains: [MemorySink]) {
    let lengths = Set(chains.map { $0.observables.first?.count ?? 0 })
    precondition(lengths.count == 1 && lengths != [0], "chains have draws, and all as many")
    observables = schema.scalarNames
    statistics = schema.statistics
    self.chains = chains
  }

  /// The number of chains.
  public var chainCount: Int { chains.count }
  /// The number of draws in each.
  public var drawsPerChain: Int { chains[0].observables[0].count }

  /// The draws of an observable: `[chain, draw]`.
  ///
  /// - Precondition: one of ``observables``.
  public subscript(observable: String) -> [[Double]] {
    guard let index = observables.firstIndex(of: observable) else {
      preconditionFailure("\(observable) is not recorded; recorded are \(observables.joined(separator: ", "))")
    }
    return chains.map { $0.observables[index] }
  }

  /// One of the sampler's figures, `acceptance_rate` say: `[chain, draw]`; nil if it is not recorded.
  public func statistic(_ name: String) -> [[Double]]? {
    statistics.firstIndex(of: name).map { index in chains.map { $0.statistics[index] } }
  }

  /// The estimate of an observable's mean with its error, ESS and R-hat.
  ///
  /// - Precondition: one of ``observables``.
  public func summary(of observable: String) -> ObservableSummary {
    // Throws only for no draws and for chains of different lengths, which there are not.
    try! ObservableSummary(name: observable, draws: self[observable])
  }

  /// The summaries of all observables. O(S log S) each for S draws in all.
  public var summaries: [ObservableSummary] { observables.map(summary) }

  /// What is to be said of convergence and of the kernel's work, the checks that passed included.
  public var findings: [Finding] { findings(of: summaries) }

  private func findings(of summaries: [ObservableSummary]) -> [Finding] {
    Finding.convergence(of: summaries) + Finding.sampling(chainStatistics)
  }

  /// What each chain's kernel reported; empty for exact draws.
  private var chainStatistics: [ChainStatistics] {
    let recorded = chains.map { RecordedTransitions(names: statistics, columns: $0.statistics) }
    guard recorded[0].isComplete else { return [] }
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
extension ChainDraws: CustomStringConvertible {
  public var description: String {
    let summaries = summaries
    let width = summaries.reduce("observable".count) { max($0, $1.name.count) }
    func row(_ name: String, _ cells: [String]) -> String {
      name.padding(toLength: width, withPad: " ", startingAt: 0)
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
    let title = "\(chainCount) chains of \(drawsPerChain) draws"
    let header = row("observable", ["mean", "MCSE", "sd", "bulk ESS", "tail ESS", "R-hat"])
    let problems = findings(of: summaries).filter { $0.severity != .info }.map(\.description)
    return ([title, header] + lines + (problems.isEmpty ? ["every check passed"] : problems)).joined(separator: "\n")
  }
}
