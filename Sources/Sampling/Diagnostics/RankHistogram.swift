// Where each chain's draws stand among all: even, if the chains agree.

extension Diagnostics {
  /// How often each chain's draws fall into every one of `bins` equal parts of all draws' ranks, [chain][part].
  ///
  /// Draws of equal value rank in the order of chain and draw.
  ///
  /// - Parameter values: of chains of one length that lie one behind the other.
  package static func rankHistograms(_ values: [Double], chains: Int, bins: Int) -> [[Int]] {
    let order = AscendingOrder(values)
    let draws = values.count / chains
    var counts = [[Int]](repeating: [Int](repeating: 0, count: bins), count: chains)
    for (rank, position) in order.positions.enumerated() {
      counts[position / draws][rank * bins / order.count] += 1
    }
    return counts
  }
}
