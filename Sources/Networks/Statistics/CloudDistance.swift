// What a comparison of two clouds of neurons reports, and the resampling of whole networks that both distances share.

import CGSL
import Sampling

/// A distance between two clouds, with what whole networks say of it.
public struct CloudDistance: Sendable, Equatable {
  /// The estimate.
  public let value: Double
  /// An interval for the distance between the laws that the clouds were drawn from; nil where none covers at its level.
  public let interval: ClosedRange<Double>?
  /// The probability that the interval is meant to cover.
  public let level: Double
  /// The mean estimate if both clouds had one law: over the permutations.
  public let nullMean: Double
  /// The probability of an estimate as large if both clouds had one law, by permuting groups: (1 + #{≥})/(1 + permutations).
  ///
  /// Exact if the groups have one size; it is at most α with probability at most α.
  public let pValue: Double
}

/// How clouds are resampled.
public struct Resampling: Sendable, Equatable {
  /// The number of permutations.
  public var permutations: Int
  /// The level of the interval.
  public var level: Double

  public init(permutations: Int = 400, level: Double = 0.95) {
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
    guard permutations >= 20 else {
      throw StatisticsError.invalidCount(what: "permutations", found: permutations, allowed: "at least 20")
    }
    guard level > 0, level < 1 else {
      throw StatisticsError.invalidValue(what: "the level", found: level, allowed: "a number between 0 and 1")
    }
  }

  /// The weights of all groups, the first cloud's before the second's: first as they are, then permuted.
  func permuted(_ first: Int, _ second: Int, using stream: inout RandomStream) -> [GroupWeights] {
    var list = [GroupWeights(first, second)]
    var order = Array(0..<first + second)
    for _ in 0..<permutations {
      for i in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(i, stream.integer(below: i + 1)) }
      var weights = GroupWeights(count: order.count)
      for (rank, g) in order.enumerated() { weights.assign(g, toFirst: rank < first) }
      list.append(weights)
    }
    return list
  }

  /// The distance from its values at the weights of `permuted`, with an interval by the jackknife if its values without each group
  /// are given.
  ///
  /// value ± t √(V_1 + V_2), V_i = (n_i − 1)/n_i Σ (θ_(j) − θ̄)² over the n_i networks of a cloud, t of Welch's and Satterthwaite's degrees
  /// of freedom, (V_1 + V_2)²/(V_1²/(n_1 − 1) + V_2²/(n_2 − 1)). Made for unbiased estimates; where both laws are equal, which makes the
  /// estimate degenerate, it covers too often.
  func distance(_ values: [Double], without: (first: [Double], second: [Double])?) throws -> CloudDistance {
    let permuted = values.dropFirst()
    // Equal splits of the groups give sums that differ by rounding alone.
    let threshold = values[0] - 1e-12 * abs(values[0])
    var interval: ClosedRange<Double>?
    if let without, min(without.first.count, without.second.count) >= 3 {
      let parts = [without.first, without.second].map { list in
        let free = Double(list.count - 1)
        return (variance: free / (free + 1) * RunningMoments(list).squaredDeviations, free: free)
      }
      let variance = parts[0].variance + parts[1].variance
      // An estimate that no network changes has the smaller number's freedom.
      let freedom =
        variance > 0
        ? variance * variance / parts.reduce(0) { $0 + $1.variance * $1.variance / $1.free }
        : min(parts[0].free, parts[1].free)
      let half = try GSL.checked { gsl_cdf_tdist_Pinv((1 + level) / 2, freedom) } * variance.squareRoot()
      interval = values[0] - half...values[0] + half
    }
    return CloudDistance(
      value: values[0], interval: interval, level: level,
      nullMean: permuted.reduce(0, +) / Double(permutations),
      pValue: Double(1 + permuted.count { $0 >= threshold }) / Double(1 + permutations))
  }
}

/// How often each group counts as one of the first and of the second cloud.
struct GroupWeights: Sendable {
  var first: [Double]
  var second: [Double]

  /// No group counts.
  init(count: Int) {
    first = [Double](repeating: 0, count: count)
    second = first
  }

  /// Every group counts as what it is, but for one.
  init(_ first: Int, _ second: Int, without left: Int? = nil) {
    self.init(count: first + second)
    for g in 0..<first + second where g != left { assign(g, toFirst: g < first) }
  }

  /// Counts a group once, as one of the first or of the second cloud.
  mutating func assign(_ group: Int, toFirst isFirst: Bool) {
    if isFirst { first[group] = 1 } else { second[group] = 1 }
  }
}
