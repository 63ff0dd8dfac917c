// The sliced Wasserstein distance between two clouds of neurons.

import Foundation
import Sampling

/// The sliced 2-Wasserstein distance (Rabin et al. 2012; Bonneel et al. 2015).
public enum SlicedWasserstein {
  /// √ of the mean over random directions of W₂²(projections), W₂² = ∫ (F⁻¹(u) − G⁻¹(u))² du. Between N(μ, C) and
  /// N(ν, C) it is |μ − ν|/√d.
  ///
  /// It is positive even for two samples of one law, and so are its bootstrap replicates, the more so; the interval is
  /// therefore the basic bootstrap of the square, [2v² − q_high, 2v² − q_low] cut off at 0, over groups. The p-value is a
  /// permutation test. O(directions · n (log n + resamplings)).
  ///
  /// - Throws: ``StatisticsError`` if the clouds have different dimensions, fewer than two groups each, or an option is out of
  ///   range.
  public static func compare(
    _ first: NeuronCloud, _ second: NeuronCloud, directions: Int = 64, resampling: Resampling = Resampling(),
    using stream: inout RandomStream
  ) throws -> CloudDistance {
    try resampling.validate(first, second)
    guard directions >= 1 else {
      throw StatisticsError.invalidCount(what: "directions", found: directions, allowed: "at least 1")
    }
    let points = Matrix.pooling([first.points, second.points])
    let group =
      first.groups.enumerated().flatMap { [Int](repeating: $0, count: $1.count) }
      + second.groups.enumerated().flatMap { [Int](repeating: first.groups.count + $0, count: $1.count) }
    let lines = (0..<directions).map { _ in unitVector(points.columns, using: &stream) }
    let weights = resampling.weights(first.groups.count, second.groups.count, using: &stream)
    let perDirection = inParallel(directions) { index in
      let projected = (0..<points.rows).map { i in
        (0..<points.columns).reduce(0) { $0 + lines[index][$1] * points[i, $1] }
      }
      let order = projected.indices.sorted {
        projected[$0] != projected[$1] ? projected[$0] < projected[$1] : $0 < $1
      }
      let values = order.map { projected[$0] }
      let groups = order.map { group[$0] }
      return weights.map { squaredDistance(values, groups, $0) }
    }
    var squares = [Double](repeating: 0, count: weights.count)
    for values in perDirection {
      for r in squares.indices { squares[r] += values[r] / Double(directions) }
    }
    let (low, high) = resampling.quantiles(squares)
    let bounds = [2 * squares[0] - high, 2 * squares[0] - low].map { max(0, $0).squareRoot() }
    return CloudDistance(
      value: squares[0].squareRoot(), interval: bounds[0]...bounds[1], level: resampling.level,
      pValue: resampling.pValue(squares))
  }

  /// W₂² between the weighted values of the two clouds, in ascending order: mass moves monotonically.
  private static func squaredDistance(_ values: [Double], _ groups: [Int], _ weights: GroupWeights) -> Double {
    var firstTotal = 0.0
    var secondTotal = 0.0
    for g in groups {
      firstTotal += weights.first[g]
      secondTotal += weights.second[g]
    }
    var cost = 0.0
    var (i, j) = (-1, -1)
    var (firstLeft, secondLeft) = (0.0, 0.0)
    var left = 1.0
    let smallest = 1e-13
    while left > smallest {
      while firstLeft <= smallest {
        i += 1
        guard i < values.count else { return cost }
        firstLeft += weights.first[groups[i]] / firstTotal
      }
      while secondLeft <= smallest {
        j += 1
        guard j < values.count else { return cost }
        secondLeft += weights.second[groups[j]] / secondTotal
      }
      let mass = min(firstLeft, secondLeft)
      let distance = values[i] - values[j]
      cost += mass * distance * distance
      firstLeft -= mass
      secondLeft -= mass
      left -= mass
    }
    return cost
  }

  private static func unitVector(_ dimension: Int, using stream: inout RandomStream) -> [Double] {
    let normal = (0..<dimension).map { _ in stream.standardNormal() }
    let norm = normal.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return normal.map { $0 / norm }
  }
}
