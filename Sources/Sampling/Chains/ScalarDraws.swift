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
  /// The number of draws of all chains together.
  var draws: Int { get }
  /// The streaming statistics of each chain.
  var streaming: [[StreamingStatistic]] { get }
  /// Whether binary gains are drawn with the weights.
  var gainsAreDrawn: Bool { get }
  /// Whether draws do not depend on each other: exact draws, which cannot stand still.
  var areIndependent: Bool { get }
  /// The places in ``names`` of scalars that are best had together, in order.
  var groups: [Range<Int>] { get }
  /// The draws of scalars: [scalar][chain][draw].
  ///
  /// - Precondition: all of them are among ``names``.
  func columns(_ names: [String]) throws(Failure) -> [[[Double]]]
}

extension ScalarDraws {
  public var groups: [Range<Int>] { [0..<names.count] }

  /// The draws of a scalar, [chain][draw]; nil if it was not recorded.
  public func scalar(_ name: String) throws(Failure) -> [[Double]]? {
    names.contains(name) ? try columns([name])[0] : nil
  }

  /// What `body` makes of every scalar, in the order of ``names``, on several threads.
  package func mapScalars<Value: Sendable>(
    threads: Int, _ body: @Sendable (_ name: String, _ draws: [[Double]], DiagnosticsWorkspace) -> Value
  ) throws(Failure) -> [Value] {
    // One for each thread: what a scalar of a million draws needs is not asked of the system anew for the next.
    let workspaces = (0..<max(1, min(threads, names.count))).map { _ in DiagnosticsWorkspace() }
    var values: [Value] = []
    for group in groups {
      let names = Array(self.names[group])
      let columns = try columns(names)
      let parts = parallelMap(workspaces.count, threads: workspaces.count) { worker in
        stride(from: worker, to: names.count, by: workspaces.count).map { index in
          body(names[index], columns[index], workspaces[worker])
        }
      }
      for index in names.indices { values.append(parts[index % workspaces.count][index / workspaces.count]) }
    }
    return values
  }

  /// The summaries of all scalars. O(S log S) each for S draws in all.
  package func summaries(threads: Int) throws(Failure) -> [ObservableSummary] {
    try mapScalars(threads: threads) { name, draws, workspace in
      // Throws only for no draws and for chains of different lengths, which there are not.
      try! ObservableSummary(name: name, draws: draws, using: workspace)
    }
  }
}

extension DrawTable: ScalarDraws {
  public func columns(_ names: [String]) -> [[[Double]]] { names.map { self[$0] } }
}
