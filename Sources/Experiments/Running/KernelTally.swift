// What a chain's kernel reported over its draws, added up one segment at a time.

import Sampling
import Storage

/// Sums of the statistics that a kernel reported after warm-up; empty for exact draws.
struct KernelTally {
  private(set) var transitions = 0
  private(set) var moves = 0
  /// Sums of counts, as recorded.
  private(set) var nonFinite = 0.0
  private(set) var evaluations = 0.0
  /// nil for kernels without trajectories.
  private(set) var divergences: Int?
  /// nil for kernels without trees.
  private(set) var treeDepthSaturations: Int?
  private(set) var eBFMI: Double?
  private var rates = (sum: 0.0, count: 0)

  /// nil for a sampler without an accept step: it reports the rate that one would have had, which is no fact about its draws.
  var acceptanceRate: Double? { rates.count > 0 ? rates.sum / Double(rates.count) : nil }

  /// Adds up a chain, and verifies its segments.
  ///
  /// - Throws: ``StorageError``.
  init(ofChain chain: Int, _ reader: RunReader, _ kind: SamplerChoice.Kind) throws {
    let row = kind.row
    if row.hasTrajectories { divergences = 0 }
    if kind == .nuts { treeDepthSaturations = 0 }
    // The one figure that needs all draws at once.
    var energies: [Double] = []
    try reader.forEachSegment(ofChain: chain, .draws) { segment in
      guard !segment.header.schema.statistics.isEmpty else { return }
      let moved = try segment.statistic("moved")
      transitions += moved.count
      moves += moved.count { $0 != 0 }
      for count in try segment.statistic("non_finite") { nonFinite += count }
      for count in try segment.statistic("n_evaluations") { evaluations += count }
      if row.hasStepSize, !row.isBiased {
        for rate in try segment.statistic("acceptance_rate") where !rate.isNaN {
          rates.sum += rate
          rates.count += 1
        }
      }
      if row.hasTrajectories { divergences! += try segment.statistic("diverging").count { $0 != 0 } }
      if kind == .nuts {
        let deepest = Double(SamplerChoice.maximumTreeDepth)
        treeDepthSaturations! += try segment.statistic("tree_depth").count { $0 >= deepest }
      }
      if row.trajectories == .ofFreshMomenta { energies += try segment.statistic("energy").filter { !$0.isNaN } }
    }
    if !energies.isEmpty { eBFMI = Diagnostics.eBFMI(energies: [energies]).first }
  }
}
