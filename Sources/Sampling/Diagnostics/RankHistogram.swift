// Where each chain's draws stand among all: even, if the chains agree.

extension Diagnostics {
  /// How often each chain's draws fall into every one of `bins` equal parts of all draws' ranks, [chain][part].
  ///
  /// Draws of equal value rank in the order of chain and draw.
  package static func rankHistograms(_ chains: [[Double]], bins: Int) -> [[Int]] {
    let order = AscendingOrder(Array(chains.joined()))
    let owners = chains.indices.flatMap { chain in chains[chain].map { _ in chain } }
    var counts = [[Int]](repeating: [Int](repeating: 0, count: bins), count: chains.count)
    for (rank, position) in order.positions.enumerated() {
      counts[owners[Int(position)]][rank * bins / owners.count] += 1
    }
    return counts
  }
}
