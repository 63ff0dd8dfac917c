// The band that counts of uniform ranks stay inside, all of them at once: exact for ranks, which are whole numbers.

import CGSL

/// Simultaneous bounds for the distribution of N ranks that are uniform on 0 … L (Säilynoja, Bürkner & Vehtari 2022).
///
/// With z_i = i/(L + 1), the counts c_i = #{rank < i}, i = 1 … L, are Bin(N, z_i). Each has bounds at the quantiles γ/2 and 1 − γ/2 of
/// its own law; γ is the largest for which all counts together stay inside with probability 1 − α at least:
///
///     p_0(0) = 1,  p_i(k) = 1[lower_i ≤ k ≤ upper_i] Σ_{j ≤ k} p_{i−1}(j) Bin(k − j; N − j, (z_i − z_{i−1})/(1 − z_{i−1})),
///     coverage = Σ_k p_L(k).
///
/// One coverage costs O(L N) times a constant of some ten; γ is found by bisection to six digits, in about 25 of them.
public struct RankBand: Sendable, Equatable {
  /// N: ranks.
  public let replicas: Int
  /// L: the largest rank.
  public let draws: Int
  /// α: the probability that uniform ranks leave the band, at most.
  public let falseAlarmRate: Double
  /// γ: the probability that one count leaves its own bounds, at most.
  public let pointwiseRate: Double
  /// The probability that all counts of uniform ranks are inside.
  public let coverage: Double
  /// The least count inside, for i = 1 … L.
  public let lower: [Int]
  /// The largest count inside, for i = 1 … L.
  public let upper: [Int]

  /// The band of a false-alarm rate.
  ///
  /// - Precondition: at least one replica and one draw; a rate inside (0, 1).
  public init(replicas: Int, draws: Int, falseAlarmRate: Double) {
    precondition(replicas >= 1 && draws >= 1, "a band needs replicas and draws")
    precondition(falseAlarmRate > 0 && falseAlarmRate < 1, "a false-alarm rate is between 0 and 1")
    let law = RankCounts(replicas: replicas, draws: draws)
    // By the union bound the least of these rates is enough.
    var enough = falseAlarmRate / Double(draws)
    var tooMuch = 1.0
    if law.coverage(of: law.quantiles(falseAlarmRate)) >= 1 - falseAlarmRate {
      enough = falseAlarmRate
    } else {
      tooMuch = falseAlarmRate
    }
    while tooMuch > enough * (1 + 1e-7) {
      let rate = (enough * tooMuch).squareRoot()
      if law.coverage(of: law.quantiles(rate)) >= 1 - falseAlarmRate { enough = rate } else { tooMuch = rate }
    }
    let bounds = law.quantiles(enough)
    self.replicas = replicas
    self.draws = draws
    self.falseAlarmRate = falseAlarmRate
    pointwiseRate = enough
    coverage = law.coverage(of: bounds)
    lower = bounds.map(\.lowerBound)
    upper = bounds.map(\.upperBound)
  }

  /// Whether all counts are inside.
  ///
  /// - Precondition: L counts.
  public func contains(_ counts: [Int]) -> Bool {
    precondition(counts.count == draws, "a count for each rank above 0")
    return counts.indices.allSatisfy { counts[$0] >= lower[$0] && counts[$0] <= upper[$0] }
  }

  /// c_i = #{rank < i} for i = 1 … L.
  ///
  /// - Precondition: ranks in 0 … L.
  public static func counts(of ranks: [Int], draws: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: draws + 1)
    for rank in ranks { counts[rank] += 1 }
    var below = 0
    return (0..<draws).map {
      below += counts[$0]
      return below
    }
  }

  /// The probability that uniform ranks have a count as far in a tail of its own law as the farthest of these.
  ///
  /// Exact to rounding, near 1e-14; as small as that it says no more than that it is small.
  ///
  /// - Precondition: L counts of N ranks.
  public static func pValue(of counts: [Int], replicas: Int) -> Double {
    let law = RankCounts(replicas: replicas, draws: counts.count)
    let tail = counts.indices.map { law.smallerTail(counts[$0], at: $0) }.min()!
    return max(0, 1 - law.coverage(of: law.insides(ofTail: tail)))
  }
}

/// The joint law of the counts of N uniform ranks.
private struct RankCounts {
  let replicas: Int
  let draws: Int
  /// ln k!.
  private let logFactorials: [Double]

  init(replicas: Int, draws: Int) {
    self.replicas = replicas
    self.draws = draws
    logFactorials = (0...replicas).map { gsl_sf_lnfact(UInt32($0)) }
  }

  /// z_i, for i = index + 1.
  private func share(_ index: Int) -> Double { Double(index + 1) / Double(draws + 1) }

  private func atMost(_ count: Int, _ index: Int) -> Double {
    count < 0 ? 0 : gsl_cdf_binomial_P(UInt32(count), share(index), UInt32(replicas))
  }

  private func moreThan(_ count: Int, _ index: Int) -> Double {
    count < 0 ? 1 : gsl_cdf_binomial_Q(UInt32(count), share(index), UInt32(replicas))
  }

  /// The smaller of P(C ≤ count) and P(C ≥ count).
  func smallerTail(_ count: Int, at index: Int) -> Double { min(atMost(count, index), moreThan(count - 1, index)) }

  /// The counts between the quantiles γ/2 and 1 − γ/2, for every i.
  func quantiles(_ rate: Double) -> [ClosedRange<Int>] {
    (0..<draws).map { index in
      let low = first { atMost($0, index) >= rate / 2 }
      return low...max(low, first { moreThan($0, index) <= rate / 2 })
    }
  }

  /// The counts both of whose tails are larger than one, for every i; rounding counts as equal.
  func insides(ofTail tail: Double) -> [ClosedRange<Int>?] {
    let bound = tail * (1 + 1e-9)
    return (0..<draws).map { index in
      let low = first { atMost($0, index) > bound }
      let high = first { moreThan($0, index) <= bound }
      return low <= high ? low...high : nil
    }
  }

  /// The first count of 0 … N for which a condition holds that holds from there on.
  private func first(_ holds: (Int) -> Bool) -> Int {
    var (low, high) = (0, replicas)
    while low < high {
      let middle = (low + high) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  func coverage(of bounds: [ClosedRange<Int>]) -> Double { coverage(of: bounds.map { Optional($0) }) }

  /// The probability that every count is inside its bounds; nil bounds contain nothing.
  func coverage(of bounds: [ClosedRange<Int>?]) -> Double {
    // p_0(0) = 1.
    var before = 0...0
    var probabilities = [1.0]
    for index in 0..<draws {
      guard let now = bounds[index] else { return 0 }
      // Of the ranks not below z_{i-1} each is below z_i with this probability.
      let share = 1 / Double(draws + 1 - index)
      let (inside, outside) = (log(share), log1p(-share))
      var next = [Double](repeating: 0, count: now.count)
      for j in before where probabilities[j - before.lowerBound] > 0 && j <= now.upperBound {
        let weight = log(probabilities[j - before.lowerBound]) + logFactorials[replicas - j]
        for k in max(j, now.lowerBound)...now.upperBound {
          next[k - now.lowerBound] += exp(
            weight - logFactorials[k - j] - logFactorials[replicas - k] + Double(k - j) * inside
              + Double(replicas - k) * outside)
        }
      }
      (before, probabilities) = (now, next)
    }
    return probabilities.reduce(0, +)
  }
}
