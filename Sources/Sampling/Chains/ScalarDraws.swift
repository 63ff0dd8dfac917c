// What analyses ask of draws: scalars by name, had from memory or from files, a few at a time.

import Numerics

/// The draws of several chains, whose recorded scalars are had by name.
///
/// A table in memory has them all, a run on disk reads those that are asked for: no analysis needs all at once.
public protocol ScalarDraws: Sendable {
  /// What keeps scalars from being had; `Never` for draws in memory.
  associatedtype Failure: Error
  /// The names of the scalars, in the order in which they were recorded.
  var names: [String] { get }
  /// The number of chains.
  var chains: Int { get }
  /// The number of draws of all chains together, of which each has as many.
  var draws: Int { get }
  /// The streaming statistics of each chain.
  var streaming: [[StreamingStatistic]] { get }
  /// Whether binary gains are drawn with the weights.
  var gainsAreDrawn: Bool { get }
  /// Whether draws do not depend on each other: exact draws, which cannot stand still.
  var areIndependent: Bool { get }
  /// The places in ``names`` of scalars that are best had together, in order.
  var groups: [Range<Int>] { get }
  /// Gives `body` the draws of scalars a piece at a time, [scalar][draw]: chain by chain, in the order of the draws.
  ///
  /// - Precondition: all of them are among ``names``.
  func forEachBlock(of names: [String], _ body: (_ chain: Int, _ block: [[Double]]) -> Void) throws(Failure)
  /// The summaries of all scalars. O(S log S) each for S draws in all.
  func summaries(threads: Int) throws(Failure) -> [ObservableSummary]
}

extension ScalarDraws {
  public var groups: [Range<Int>] { [0..<names.count] }

  /// The draws of scalars, one chain behind the other: [scalar][draw].
  package func values(of names: [String]) throws(Failure) -> [[Double]] {
    let columns = names.map { _ in Column() }
    try read(names, into: columns)
    return columns.map(\.values)
  }

  private func read(_ names: [String], into columns: [Column]) throws(Failure) {
    for column in columns {
      column.values.removeAll(keepingCapacity: true)
      column.values.reserveCapacity(draws)
    }
    try forEachBlock(of: names) { _, block in
      for index in block.indices { columns[index].values.append(contentsOf: block[index]) }
    }
  }

  /// The draws of a scalar, [chain][draw]; nil if it was not recorded.
  public func scalar(_ name: String) throws(Failure) -> [[Double]]? {
    guard names.contains(name) else { return nil }
    var series = [[Double]](repeating: [], count: chains)
    for chain in series.indices { series[chain].reserveCapacity(draws / chains) }
    try forEachBlock(of: [name]) { chain, block in series[chain].append(contentsOf: block[0]) }
    return series
  }

  public func summaries(threads: Int) throws(Failure) -> [ObservableSummary] { try computedSummaries(threads: threads) }

  /// The summaries, computed anew.
  package func computedSummaries(threads: Int) throws(Failure) -> [ObservableSummary] {
    // One for each thread: what a scalar of a million draws needs is not asked of the system anew for the next.
    let first = DiagnosticsWorkspace()
    let workspaces = [first] + (1..<max(1, min(threads, names.count))).map { _ in DiagnosticsWorkspace(sharing: first) }
    let chains = chains
    let columns = groups.map(\.count).max().map { (0..<$0).map { _ in Column() } } ?? []
    var summaries: [ObservableSummary] = []
    for group in groups {
      let names = Array(self.names[group])
      try read(names, into: columns)
      let parts = parallelMap(workspaces.count, threads: workspaces.count) { worker in
        stride(from: worker, to: names.count, by: workspaces.count).map { index in
          ObservableSummary(
            name: names[index], replacing: &columns[index].values, chains: chains, using: workspaces[worker])
        }
      }
      for index in names.indices { summaries.append(parts[index % workspaces.count][index / workspaces.count]) }
    }
    return summaries
  }
}

/// The draws of a scalar, which one thread summarises in their place.
private final class Column: @unchecked Sendable {
  var values: [Double] = []
}

extension DrawTable: ScalarDraws {
  public func forEachBlock(of names: [String], _ body: (_ chain: Int, _ block: [[Double]]) -> Void) {
    for chain in 0..<chains { body(chain, names.map { self[$0][chain] }) }
  }
}
