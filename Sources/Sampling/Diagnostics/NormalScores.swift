// Rank normalisation: draws replaced by the normal quantiles of their ranks.

import CGSL

/// z = Φ⁻¹((r − 3/8) / (S + 1/4)), the normal score of rank r among S (Blom 1958), for all whole ranks at once: scalars of one
/// run share them.
struct NormalScoreTable {
  /// S.
  let count: Int
  private let whole: [Double]

  init(count: Int) {
    self.count = count
    whole = (0..<count).map { Self.score(Double($0 + 1), of: count) }
  }

  static func score(_ rank: Double, of count: Int) -> Double {
    gsl_cdf_ugaussian_Pinv((rank - 0.375) / (Double(count) + 0.25))
  }

  /// The score of the numbers at `places` of the ascending order, counted from 0, which are equal: that of their mean rank.
  func score(ofTied places: Range<Int>) -> Double {
    let twice = places.lowerBound + 1 + places.upperBound
    return twice % 2 == 0 ? whole[twice / 2 - 1] : Self.score(Double(twice) / 2, of: count)
  }
}

extension AscendingOrder {
  /// Writes the normal scores of the numbers in the order in which they came.
  func writeScores(_ table: NormalScoreTable, to scores: inout [Double]) {
    let values = values.span
    let positions = positions.span
    var scores = scores.mutableSpan
    var first = 0
    while first < values.count {
      var next = first + 1
      while next < values.count, values[next] == values[first] { next += 1 }
      let score = table.score(ofTied: first..<next)
      for tied in first..<next { scores[Int(positions[tied])] = score }
      first = next
    }
  }

  /// Writes the normal scores of the numbers' distances from `center`: the two sides of it are in order already, and only merged.
  ///
  /// - Precondition: all numbers are finite.
  func writeFoldedScores(around center: Double, _ table: NormalScoreTable, to scores: inout [Double]) {
    let values = values.span
    let positions = positions.span
    var scores = scores.mutableSpan
    var right = 0
    while right < values.count, values[right] < center { right += 1 }
    var left = right - 1
    var done = 0
    while done < values.count {
      let onLeft = left >= 0 ? abs(values[left] - center) : .infinity
      let onRight = right < values.count ? abs(values[right] - center) : .infinity
      let distance = min(onLeft, onRight)
      let (lastLeft, firstRight, first) = (left, right, done)
      while left >= 0, abs(values[left] - center) == distance { left -= 1 }
      while right < values.count, abs(values[right] - center) == distance { right += 1 }
      done += lastLeft - left + right - firstRight
      let score = table.score(ofTied: first..<done)
      for tied in left + 1..<lastLeft + 1 { scores[Int(positions[tied])] = score }
      for tied in firstRight..<right { scores[Int(positions[tied])] = score }
    }
  }

  /// The middle number, or the mean of the two middle ones.
  var median: Double {
    let middle = values.count / 2
    return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
  }
}

extension Diagnostics {
  /// The normal scores of all draws pooled: z = Φ⁻¹((r - 3/8) / (S + 1/4)), r the rank (ties: the mean), S the count.
  ///
  /// Shape `[chain, draw]`, as given. Invariant under strictly increasing transformations. O(S). Vehtari et al.
  /// 2021, eq. 14, with the offset of Blom 1958.
  public static func normalScores(_ chains: [[Double]]) -> [[Double]] {
    let pooled = Array(chains.joined())
    var scores = [Double](repeating: 0, count: pooled.count)
    AscendingOrder(pooled).writeScores(NormalScoreTable(count: pooled.count), to: &scores)
    var start = 0
    return chains.map { chain in
      defer { start += chain.count }
      return Array(scores[start..<start + chain.count])
    }
  }

  /// Distances of the draws from their pooled median: large in both tails.
  static func folded(_ chains: [[Double]]) -> [[Double]] {
    let median = AscendingOrder(Array(chains.joined())).median
    return chains.map { $0.map { abs($0 - median) } }
  }
}
