// What a comparison of two clouds of neurons reports, and the resampling of whole networks that both distances share.

import Sampling

/// A distance between two clouds, with what whole networks say of it.
public struct CloudDistance: Sendable, Equatable {
  /// The estimate.
  public let value: Double
  /// Its standard error; nil where the estimate is biased, so that an error would say nothing of the truth, or networks are few.
  public let standardError: Double?
  /// The mean estimate if both clouds had one law: over the permutations.
  public let nullMean: Double
  /// The probability of an estimate as large if both clouds had one law, by permuting groups: (1 + #{≥})/(1 + permutations).
  ///
  /// Exact if the groups have one size; it is at most α with probability at most α.
  public let pValue: Double

  /// From the estimate, first, and those of permuted groups; with the estimates without each group of the first and of the second
  /// cloud, if the estimate is unbiased.
  ///
  /// The standard error is the jackknife's, √Σ_i (n_i − 1)/n_i Σ_j (θ_(j) − θ̄)² over the n_i networks of both clouds. Its square is on
  /// average no smaller than the variance (Efron & Stein 1981).
  init(_ values: [Double], without: [[Double]]? = nil) {
    let permuted = values.dropFirst()
    // Equal splits of the groups give sums that differ by rounding alone.
    let threshold = values[0] - 1e-12 * abs(values[0])
    value = values[0]
    standardError = without.flatMap { parts in
      guard parts.allSatisfy({ $0.count >= 3 }) else { return nil }
      let variance = parts.reduce(0) { sum, list in
        sum + Double(list.count - 1) / Double(list.count) * RunningMoments(list).squaredDeviations
      }
      return variance.squareRoot()
    }
    nullMean = permuted.reduce(0, +) / Double(permuted.count)
    pValue = Double(1 + permuted.count { $0 >= threshold }) / Double(1 + permuted.count)
  }

  /// - Throws: ``StatisticsError`` naming what is out of range.
  static func validate(_ a: NeuronCloud, _ b: NeuronCloud, permutations: Int) throws {
    guard a.points.columns == b.points.columns else {
      throw StatisticsError.invalidCount(
        what: "coordinates of the second cloud", found: b.points.columns,
        allowed: "\(a.points.columns), as of the first")
    }
    for (name, cloud) in [("first", a), ("second", b)] {
      guard cloud.groups.count >= 2 else {
        throw StatisticsError.invalidCount(
          what: "networks (or independent neurons) of the \(name) cloud", found: cloud.groups.count,
          allowed: "at least 2, to be permuted")
      }
    }
    guard permutations >= 20 else {
      throw StatisticsError.invalidCount(what: "permutations", found: permutations, allowed: "at least 20")
    }
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

  /// The weights of all groups, the first cloud's before the second's: first as they are, then permuted.
  static func permuted(
    _ first: Int, _ second: Int, permutations: Int, using stream: inout RandomStream
  ) -> [GroupWeights] {
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
}
