// Whether a chain's weights have moved after warm-up: a chain that stood still is reported when sampling ends.

/// What a kernel has reported of its moves, for as long as it matters.
package struct ChainMovement: Sendable, Equatable {
  private var hasDraws = false
  private var hasMoved = false
  private var hasAccepted = false

  package init() {}

  /// Whether the weights stood still in all draws; never of draws without a kernel. Flips may move while the weights stay.
  package var isStuck: Bool { hasDraws && !(hasMoved && hasAccepted) }

  /// Takes in the draws of a segment that is on disk.
  ///
  /// - Throws: ``StorageError``.
  mutating func add(_ segment: Segment) throws {
    guard segment.header.schema.statistics.contains("moved"), !(hasMoved && hasAccepted) else { return }
    for (moved, rate) in zip(try segment.statistic("moved"), try segment.statistic("acceptance_rate")) {
      add(moved: moved, acceptanceRate: rate)
    }
  }

  mutating func add(moved: Double, acceptanceRate: Double) {
    hasDraws = true
    if moved != 0 { hasMoved = true }
    if acceptanceRate != 0 { hasAccepted = true }
  }
}
