// Rank normalisation: draws replaced by the normal quantiles of their ranks.

import CGSL

extension Diagnostics {
  /// The normal scores of all draws pooled: z = Φ⁻¹((r - 3/8) / (S + 1/4)), r the rank (ties: the mean), S the count.
  ///
  /// Shape `[chain, draw]`, as given. Invariant under strictly increasing transformations. O(S). Vehtari et al.
  /// 2021, eq. 14, with the offset of Blom 1958.
  public static func normalScores(_ chains: [[Double]]) -> [[Double]] {
    let pooled = Array(chains.joined())
    let order = ascendingOrder(pooled)
    let count = pooled.count
    var scores = [Double](repeating: 0, count: count)
    var first = 0
    while first < count {
      let value = pooled[order[first]]
      var next = first + 1
      while next < count, pooled[order[next]] == value { next += 1 }
      let rank = Double(first + 1 + next) / 2
      let score = gsl_cdf_ugaussian_Pinv((rank - 0.375) / (Double(count) + 0.25))
      for tied in first..<next { scores[order[tied]] = score }
      first = next
    }

    var start = 0
    return chains.map { chain in
      defer { start += chain.count }
      return Array(scores[start..<start + chain.count])
    }
  }

  /// Distances of the draws from their pooled median: large in both tails.
  static func folded(_ chains: [[Double]]) -> [[Double]] {
    let median = median(chains)
    return chains.map { $0.map { abs($0 - median) } }
  }

  /// The middle draw, or the mean of the two middle draws.
  private static func median(_ chains: [[Double]]) -> Double {
    let sorted = ascending(Array(chains.joined()))
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
