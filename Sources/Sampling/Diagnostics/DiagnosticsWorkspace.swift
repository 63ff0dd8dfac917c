// The memory that the diagnostics of one scalar take, kept for the next: a million draws are sorted, ranked and summed in place.

import Synchronization

/// Memory for ``ObservableSummary`` and the like: 16 bytes a draw, and 4 that those of one run share. Used by one thread at a time.
package final class DiagnosticsWorkspace: @unchecked Sendable {
  /// What is made of the draws.
  var transformed: [Double] = []
  var order = AscendingOrder()
  var estimator = EffectiveSampleSizeEstimator()
  private let tables: NormalScoreTables

  /// - Parameter other: a workspace whose scores are shared.
  package init(sharing other: DiagnosticsWorkspace? = nil) { tables = other?.tables ?? NormalScoreTables() }

  /// The normal scores of ranks among `count`.
  func scores(of count: Int) -> NormalScoreTable { tables.table(of: count) }

  /// Makes room for what is made of `count` draws.
  func reserve(_ count: Int) {
    guard transformed.count != count else { return }
    transformed = []
    transformed = [Double](repeating: 0, count: count)
  }
}

/// The tables of scores that scalars of one run share: one, or two where halves of a single chain have an odd length.
private final class NormalScoreTables: Sendable {
  private let tables = Mutex<[Int: NormalScoreTable]>([:])

  func table(of count: Int) -> NormalScoreTable {
    tables.withLock { tables in
      if let table = tables[count] { return table }
      if tables.count > 1 { tables.removeAll() }
      let table = NormalScoreTable(count: count)
      tables[count] = table
      return table
    }
  }
}
