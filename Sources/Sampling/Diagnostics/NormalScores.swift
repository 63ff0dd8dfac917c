// Rank normalisation: draws replaced by the normal quantiles of their ranks.

import CGSL

/// z = Φ⁻¹((r − 3/8) / (S + 1/4)), the normal score of rank r among S (Blom 1958), for all whole ranks at once: scalars of one
/// run share them. Those of the upper half are the lower half's with the other sign, so that 4 bytes a draw hold all.
struct NormalScoreTable: Sendable {
  /// S.
  let count: Int
  /// Of the ranks 1 ... (S + 1)/2.
  private let lower: [Double]

  init(count: Int) {
    self.count = count
    lower = (0..<(count + 1) / 2).map { Self.lowerScore(Double($0 + 1), of: count) }
  }

  private static func lowerScore(_ rank: Double, of count: Int) -> Double {
    gsl_cdf_ugaussian_Pinv((rank - 0.375) / (Double(count) + 0.25))
  }

  /// The score of the numbers at `places` of the ascending order, counted from 0, which are equal: that of their mean rank.
  @inline(__always)
  func score(ofTied places: Range<Int>) -> Double {
    let twice = places.lowerBound + 1 + places.upperBound
    let mirrored = 2 * (count + 1) - twice
    let score = score(ofTwice: min(twice, mirrored))
    return twice > mirrored ? -score : score
  }

  /// The score of half of `twice`, a rank of the lower half.
  @inline(__always)
  private func score(ofTwice twice: Int) -> Double {
    twice % 2 == 0 ? lower[twice / 2 - 1] : Self.lowerScore(Double(twice) / 2, of: count)
  }
}

extension AscendingOrder {
  /// Writes the normal scores of `numbers` at their positions.
  func writeScores(
    of numbers: UnsafeBufferPointer<Double>, _ table: NormalScoreTable, to scores: UnsafeMutableBufferPointer<Double>
  ) {
    withKeys { keys in
      var first = 0
      while first < keys.count {
        var next = first + 1
        while next < keys.count, Self.areEqual(keys[first], keys[next], numbers) { next += 1 }
        let score = table.score(ofTied: first..<next)
        for tied in first..<next { scores[Self.position(of: keys[tied])] = score }
        first = next
      }
    }
  }

  /// Gives `body` the positions, and the normal scores of the distances of `numbers` from their median, nearest first: the two sides
  /// of it are in order already, and only merged.
  ///
  /// - Precondition: all numbers are finite.
  @inline(__always)
  func forEachFoldedScore(
    of numbers: UnsafeBufferPointer<Double>, _ table: NormalScoreTable,
    _ body: (_ position: Int, _ score: Double) -> Void
  ) {
    guard count > 0 else { return }
    let center = median(of: numbers)
    let centralPlace = place(of: center)
    withKeys { keys in
      func distance(_ rank: Int) -> Double {
        keys.indices.contains(rank) ? abs(numbers[Self.position(of: keys[rank])] - center) : .infinity
      }
      var right = count / 2
      while right > 0, numbers[Self.position(of: keys[right - 1])] >= center { right -= 1 }
      while right < count, numbers[Self.position(of: keys[right])] < center { right += 1 }
      var left = right - 1
      var done = 0
      while done < keys.count {
        // Places tell which side is nearer, unless they are as far or nearly so, or shared: no number is looked up.
        while left > 0, right + 1 < keys.count {
          let (l, r) = (keys[left], keys[right])
          let difference = centralPlace - Double(l >> 32) - (Double(r >> 32) - centralPlace)
          guard abs(difference) > 2, l >> 32 != keys[left - 1] >> 32, r >> 32 != keys[right + 1] >> 32 else { break }
          // By bits: which side it is cannot be foreseen, and a branch would go wrong every other time.
          let isLeft = difference.bitPattern >> 63
          body(Self.position(of: r ^ (l ^ r) & (0 &- isLeft)), table.score(ofTied: done..<done + 1))
          left &-= Int(truncatingIfNeeded: isLeft)
          right &+= Int(truncatingIfNeeded: 1 &- isLeft)
          done += 1
        }
        let (onLeft, onRight) = (distance(left), distance(right))
        let nearest = min(onLeft, onRight)
        let (lastLeft, firstRight, first) = (left, right, done)
        while left >= 0, distance(left) == nearest { left -= 1 }
        while right < keys.count, distance(right) == nearest { right += 1 }
        done += lastLeft - left + right - firstRight
        let score = table.score(ofTied: first..<done)
        for tied in left + 1..<lastLeft + 1 { body(Self.position(of: keys[tied]), score) }
        for tied in firstRight..<right { body(Self.position(of: keys[tied]), score) }
      }
    }
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
    let order = AscendingOrder(pooled)
    pooled.withUnsafeBufferPointer { pooled in
      scores.withUnsafeMutableBufferPointer {
        order.writeScores(of: pooled, NormalScoreTable(count: pooled.count), to: $0)
      }
    }
    var start = 0
    return chains.map { chain in
      defer { start += chain.count }
      return Array(scores[start..<start + chain.count])
    }
  }

  /// Distances of the draws from their pooled median: large in both tails.
  static func folded(_ chains: [[Double]]) -> [[Double]] {
    let pooled = Array(chains.joined())
    let median = pooled.withUnsafeBufferPointer { AscendingOrder(pooled).median(of: $0) }
    return chains.map { $0.map { abs($0 - median) } }
  }
}
