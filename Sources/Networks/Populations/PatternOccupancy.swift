// How many neurons have each gain pattern, against theory.

import CGSL
import Sampling

/// Counts of independent neurons by gain pattern, with simultaneous exact intervals for the patterns' probabilities.
///
/// Every interval is Clopper and Pearson's at level 1 − (1 − level)/patterns (Bonferroni), so that at every number of neurons
/// all intervals together cover the truth with at least the level's probability; Goodman's (1965) are narrower but only
/// asymptotically right. Valid for independent neurons: of the product ensemble, or with gains that are not trained.
public struct PatternOccupancy: Sendable, Equatable {
  /// One pattern.
  public struct Entry: Sendable, Equatable {
    /// The number of neurons with the pattern.
    public let count: Int
    /// Their share.
    public let share: Double
    /// The interval for its probability.
    public let interval: ClosedRange<Double>
    /// The probability that theory gives it.
    public let expected: Double
    /// Whether theory lies in the interval.
    public var isConsistent: Bool { interval.contains(expected) }
  }

  /// The patterns, in the order of the counts.
  public let entries: [Entry]
  /// The probability that all intervals cover at least.
  public let level: Double
  /// The number of neurons.
  public let neurons: Int

  /// Whether theory lies in all intervals: a test with a false-alarm rate of at most 1 − level.
  public var isConsistent: Bool { entries.allSatisfy(\.isConsistent) }

  /// - Throws: ``StatisticsError`` if there are no neurons, a count is negative, the expected probabilities are not of the
  ///   same number or do not add up to 1, or the level is not between 0 and 1.
  public init(counts: [Int], expected: [Double], level: Double = 0.95) throws {
    guard counts.count == expected.count, !counts.isEmpty else {
      throw StatisticsError.invalidCount(
        what: "expected probabilities", found: expected.count, allowed: "one for each of \(counts.count) patterns")
    }
    let total = counts.reduce(0, +)
    guard total > 0, counts.allSatisfy({ $0 >= 0 }) else {
      throw StatisticsError.invalidCount(what: "neurons", found: total, allowed: "at least 1, no count negative")
    }
    let sum = expected.reduce(0, +)
    guard abs(sum - 1) < 1e-6, expected.allSatisfy({ $0 >= 0 }) else {
      throw StatisticsError.invalidValue(
        what: "the sum of the expected probabilities", found: sum, allowed: "1, with none negative")
    }
    guard level > 0, level < 1 else {
      throw StatisticsError.invalidValue(what: "the level", found: level, allowed: "a number between 0 and 1")
    }
    let tail = (1 - level) / Double(counts.count) / 2
    entries = try zip(counts, expected).map { count, expected in
      let (k, n) = (Double(count), Double(total))
      let low = count == 0 ? 0 : try Self.bisect { gsl_cdf_beta_P($0, k, n - k + 1) < tail }
      let high = count == total ? 1 : try Self.bisect { gsl_cdf_beta_Q($0, k + 1, n - k) > tail }
      return Entry(count: count, share: k / n, interval: low...max(low, high), expected: expected)
    }
    self.level = level
    neurons = total
  }

  /// Where in [0, 1] a condition that holds below a point ceases to hold.
  ///
  /// GSL's inverse beta distributions fail, or do not return, for thousands of neurons; its beta distributions do not.
  private static func bisect(_ isBelow: (Double) -> Bool) throws -> Double {
    try GSL.checked {
      var (low, high) = (0.0, 1.0)
      while true {
        let middle = low + (high - low) / 2
        guard middle > low, middle < high else { return middle }
        if isBelow(middle) { low = middle } else { high = middle }
      }
    }
  }

  /// The occupancy of networks' patterns of active gains, in ascending binary order, against a law's weights.
  ///
  /// - Throws: ``StatisticsError`` for networks of another number of contexts; as above.
  public init(of networks: [NeuronChunk], law: NeuronLaw, level: Double = 0.95) throws {
    guard networks.allSatisfy({ $0.contexts == law.contexts }) else {
      throw StatisticsError.degenerate("the networks have another number of contexts than the law, \(law.contexts)")
    }
    guard law.contexts <= GradientFlow.maximumContexts else {
      throw StatisticsError.invalidCount(
        what: "contexts", found: law.contexts, allowed: "at most \(GradientFlow.maximumContexts)")
    }
    var counts = [Int](repeating: 0, count: 1 << law.contexts)
    for network in networks { for i in 0..<network.neurons { counts[network.activePattern(of: i)] += 1 } }
    let expected = try counts.indices.map {
      try law.moments(of: GainPattern(index: $0, contexts: law.contexts)).weight
    }
    try self.init(counts: counts, expected: expected, level: level)
  }
}
