// Ratios of normalising constants along a path of laws that are drawn from independently, by Bennett's estimate for each pair.

/// ln Z_last/Z_first along a path of laws, from draws of each.
///
/// As ``SteppingStone``, for laws that are no powers of one likelihood: all it takes is the difference of the log densities of neighbours at
/// the draws of both.
package struct BridgedLaws: Sendable {
  package let estimate: EvidenceEstimate

  /// - Parameter differences: for each pair of neighbours ln p_(k+1) − ln p_k, without normalisation, at the draws of k and at those of k + 1,
  ///   [chain][draw]; every law with as many chains and draws.
  package init(_ differences: [(atFirst: [[Double]], atSecond: [[Double]])]) {
    let pairs = differences.map {
      SteppingStone.Pair(hot: Array($0.atFirst.joined()), cold: Array($0.atSecond.joined()))
    }
    let shape = differences.first?.atFirst ?? []
    let series = shape.indices.map { chain in
      shape[chain].indices.map { draw in
        var sum = 0.0
        for (pair, difference) in zip(pairs, differences) {
          sum += logistic(difference.atFirst[chain][draw] - pair.value) / pair.curvature
          sum -= logistic(pair.value - difference.atSecond[chain][draw]) / pair.curvature
        }
        return sum
      }
    }
    var problem = LadderDraws.problem(of: series)
    if pairs.contains(where: { !($0.overlap > 0.02) }) {
      problem = "neighbouring laws hardly overlap; more draws are needed"
    }
    estimate = EvidenceEstimate(
      value: pairs.reduce(0) { $0 + $1.value }, standardError: Diagnostics.mcseMean(series), problem: problem)
  }
}
