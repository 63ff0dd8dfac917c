// What a comparison of two clouds of neurons reports, and the resampling that both distances share.

import Sampling

/// A distance between two clouds, with what resampling says of it.
public struct CloudDistance: Sendable, Equatable {
  /// The estimate.
  public let value: Double
  /// A bootstrap interval for the distance between the laws that the clouds were drawn from.
  public let interval: ClosedRange<Double>
  /// The probability that the interval is meant to cover.
  public let level: Double
  /// The probability of an estimate as large if both clouds had one law, by permuting groups: (1 + #{≥})/(1 + permutations).
  ///
  /// Exact if the groups have one size; it is at most α with probability at most α.
  public let pValue: Double
}

/// How often clouds are resampled.
public struct Resampling: Sendable, Equatable {
  /// The number of bootstrap replicates.
  public var replicates: Int
  /// The number of permutations.
  public var permutations: Int
  /// The level of the interval.
  public var level: Double

  public init(replicates: Int = 400, permutations: Int = 400, level: Double = 0.95) {
    self.replicates = replicates
    self.permutations = permutations
    self.level = level
  }

  /// - Throws: ``StatisticsError`` naming what is out of range.
  func validate(_ a: NeuronCloud, _ b: NeuronCloud) throws {
    guard a.points.columns == b.points.columns else {
      throw StatisticsError.invalidCount(
        what: "coordinates of the second cloud", found: b.points.columns,
        allowed: "\(a.points.columns), as of the first")
    }
    for (name, cloud) in [("first", a), ("second", b)] {
      guard cloud.groups.count >= 2 else {
        throw StatisticsError.invalidCount(
          what: "networks (or independent neurons) of the \(name) cloud", found: cloud.groups.count,
          allowed: "at least 2, for an error bar")
      }
    }
    guard replicates >= 20, permutations >= 20 else {
      throw StatisticsError.invalidCount(
        what: "bootstrap replicates or permutations", found: min(replicates, permutations), allowed: "at least 20")
    }
    guard level > 0, level < 1 else {
      throw StatisticsError.invalidValue(what: "the level", found: level, allowed: "a number between 0 and 1")
    }
  }

  /// The weights of all groups, the first cloud's before the second's, in every resampling: first as they are, then
  /// bootstrapped, then permuted.
  func weights(_ first: Int, _ second: Int, using stream: inout RandomStream) -> [GroupWeights] {
    let total = first + second
    var original = GroupWeights(count: total)
    for g in 0..<total { original.assign(g, toFirst: g < first) }
    var list = [original]
    for _ in 0..<replicates {
      var weights = GroupWeights(count: total)
      for _ in 0..<first { weights.first[stream.integer(below: first)] += 1 }
      for _ in 0..<second { weights.second[first + stream.integer(below: second)] += 1 }
      list.append(weights)
    }
    var order = Array(0..<total)
    for _ in 0..<permutations {
      for i in stride(from: total - 1, to: 0, by: -1) { order.swapAt(i, stream.integer(below: i + 1)) }
      var weights = GroupWeights(count: total)
      for (rank, g) in order.enumerated() { weights.assign(g, toFirst: rank < first) }
      list.append(weights)
    }
    return list
  }

  /// The p-value from the values of all resamplings, in the order of `weights`.
  func pValue(_ values: [Double]) -> Double {
    let permuted = values.suffix(permutations)
    // Equal splits of the groups give sums that differ by rounding alone.
    let threshold = values[0] - 1e-12 * abs(values[0])
    return Double(1 + permuted.count { $0 >= threshold }) / Double(1 + permutations)
  }

  /// The bootstrap's quantiles at (1 ∓ level)/2.
  func quantiles(_ values: [Double]) -> (low: Double, high: Double) {
    let found = Diagnostics.quantiles([Array(values[1...replicates])], at: [(1 - level) / 2, (1 + level) / 2])
    return (found[0], found[1])
  }
}

/// How often each group counts as one of the first and of the second cloud.
struct GroupWeights: Sendable {
  var first: [Double]
  var second: [Double]

  init(count: Int) {
    first = [Double](repeating: 0, count: count)
    second = first
  }

  /// Counts a group once, as one of the first or of the second cloud.
  mutating func assign(_ group: Int, toFirst isFirst: Bool) {
    if isFirst { first[group] = 1 } else { second[group] = 1 }
  }
}
