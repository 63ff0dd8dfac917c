// How much the solutions of a set have in common, neuron by neuron.

import Sampling

/// Distances and overlaps between networks after their neurons are matched, over pairs of networks.
///
/// How degenerate a task's solutions are: whether networks differ by more than the order of their neurons.
public struct MatchedDistances: Sendable, Equatable {
  /// The most pairs that are matched.
  public static let maximumPairs = 190

  /// A mean over pairs with the pairs' standard deviation. Pairs share networks, so that it gives no standard error; 0 for one pair.
  public struct Summary: Sendable, Equatable {
    /// Mean over pairs of networks.
    public let mean: Double
    /// Standard deviation over pairs of networks.
    public let sd: Double

    fileprivate init(_ values: [Double]) {
      let moments = RunningMoments(values)
      mean = moments.mean
      sd = values.count > 1 ? moments.standardDeviation : 0
    }
  }

  /// The number of pairs.
  public let pairs: Int
  /// The root-mean-square distance per neuron, matched and not.
  public let distance, unmatchedDistance: Summary
  /// The cosine of the two clouds, matched and not.
  public let overlap, unmatchedOverlap: Summary

  /// All pairs of networks [neuron, coordinate] of a set, of the first networks if there are more than ``maximumPairs``: 20 make 190. O(N³) a pair at worst.
  ///
  /// - Parameter turning: as of ``NeuronMatching``.
  /// - Throws: ``StatisticsError`` for fewer than two networks; as ``NeuronMatching``.
  public init(
    within networks: [Matrix], turning: Int = 0, maximumPairs: Int = Self.maximumPairs,
    threads: Int = Threads.perProcessor
  ) throws {
    guard networks.count >= 2, maximumPairs >= 1 else {
      throw StatisticsError.invalidCount(
        what: maximumPairs < 1 ? "pairs" : "networks to be matched with each other",
        found: min(networks.count, maximumPairs), allowed: "at least \(maximumPairs < 1 ? 1 : 2)")
    }
    var pairs: [(Int, Int)] = []
    for j in 1..<networks.count where (j + 1) * j / 2 <= maximumPairs || j == 1 {
      for i in 0..<j { pairs.append((i, j)) }
    }
    try self.init(pairs, networks, networks, turning: turning, threads: threads)
  }

  /// All pairs of a network of one set with one of another, of the first of both if there are more than ``maximumPairs``. O(N³) a pair at worst.
  ///
  /// - Throws: ``StatisticsError`` for a set without networks; as ``NeuronMatching``.
  public init(
    between first: [Matrix], and second: [Matrix], turning: Int = 0, maximumPairs: Int = Self.maximumPairs,
    threads: Int = Threads.perProcessor
  ) throws {
    guard !first.isEmpty, !second.isEmpty, maximumPairs >= 1 else {
      throw StatisticsError.invalidCount(
        what: "networks to be matched", found: min(first.count, second.count, maximumPairs), allowed: "at least 1")
    }
    var (n, m) = (first.count, second.count)
    // The larger set gives up networks first.
    while n * m > maximumPairs { if n >= m { n -= 1 } else { m -= 1 } }
    let pairs = (0..<n).flatMap { i in (0..<m).map { (i, $0) } }
    try self.init(pairs, first, second, turning: turning, threads: threads)
  }

  private init(
    _ pairs: [(Int, Int)], _ first: [Matrix], _ second: [Matrix], turning: Int, threads: Int
  ) throws {
    let found = try parallelMap(pairs.count, threads: threads) { index in
      try NeuronMatching(first[pairs[index].0], second[pairs[index].1], turning: turning)
    }
    self.pairs = pairs.count
    distance = Summary(found.map(\.distance))
    unmatchedDistance = Summary(found.map(\.unmatchedDistance))
    overlap = Summary(found.map(\.overlap))
    unmatchedOverlap = Summary(found.map(\.unmatchedOverlap))
  }
}
