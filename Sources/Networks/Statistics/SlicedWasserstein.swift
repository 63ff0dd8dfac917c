// The sliced Wasserstein distance between two clouds of neurons.

import Sampling

/// The sliced 1-Wasserstein distance (Rabin et al. 2012; Bonneel et al. 2015).
public enum SlicedWasserstein {
  /// The mean over random directions of W₁(projections), W₁ = ∫ |F(x) − G(x)| dx. Between N(μ, C) and N(ν, C) it is
  /// |μ − ν| Γ(d/2)/(√π Γ((d+1)/2)).
  ///
  /// It is positive even for two samples of one law, by ``CloudDistance/nullMean``, and no resampling undoes that: there is no
  /// standard error. The p-value is a permutation test. O(directions · n (log n + permutations)).
  ///
  /// - Throws: ``StatisticsError`` if the clouds have different dimensions, fewer than two groups each, or an option is out of
  ///   range.
  public static func compare(
    _ first: NeuronCloud, _ second: NeuronCloud, directions: Int = 64, permutations: Int = 400,
    threads: Int = Threads.perProcessor, using stream: inout RandomStream
  ) throws -> CloudDistance {
    try CloudDistance.validate(first, second, permutations: permutations)
    guard directions >= 1 else {
      throw StatisticsError.invalidCount(what: "directions", found: directions, allowed: "at least 1")
    }
    let points = Matrix.pooling([first.points, second.points])
    let group =
      first.groups.enumerated().flatMap { [Int](repeating: $0, count: $1.count) }
      + second.groups.enumerated().flatMap { [Int](repeating: first.groups.count + $0, count: $1.count) }
    let lines = (0..<directions).map { _ in unitVector(points.columns, using: &stream) }
    let weights = GroupWeights.permuted(
      first.groups.count, second.groups.count, permutations: permutations, using: &stream)
    let perDirection = parallelMap(directions, threads: threads) { index in
      let projected = (0..<points.rows).map { i in
        (0..<points.columns).reduce(0) { $0 + lines[index][$1] * points[i, $1] }
      }
      let order = projected.indices.sorted {
        projected[$0] != projected[$1] ? projected[$0] < projected[$1] : $0 < $1
      }
      let gaps = zip(order, order.dropFirst()).map { projected[$1] - projected[$0] }
      let groups = order.map { group[$0] }
      return gaps.withUnsafeBufferPointer { gaps in
        groups.withUnsafeBufferPointer { groups in
          weights.map { weights in
            weights.first.withUnsafeBufferPointer { first in
              weights.second.withUnsafeBufferPointer { distance(gaps, groups, first, $0) }
            }
          }
        }
      }
    }
    var values = [Double](repeating: 0, count: weights.count)
    for direction in perDirection {
      for r in values.indices { values[r] += direction[r] / Double(directions) }
    }
    return CloudDistance(values)
  }

  /// ∫ |F − G| over the gaps between all values in ascending order, the values being of these groups.
  private static func distance(
    _ gaps: UnsafeBufferPointer<Double>, _ groups: UnsafeBufferPointer<Int>, _ first: UnsafeBufferPointer<Double>,
    _ second: UnsafeBufferPointer<Double>
  ) -> Double {
    var firstTotal = 0.0
    var secondTotal = 0.0
    for g in groups {
      firstTotal += first[g]
      secondTotal += second[g]
    }
    let steps = (0..<first.count).map { first[$0] / firstTotal - second[$0] / secondTotal }
    var difference = 0.0
    var sum = 0.0
    for i in 0..<gaps.count {
      difference += steps[groups[i]]
      sum += abs(difference) * gaps[i]
    }
    return sum
  }

  private static func unitVector(_ dimension: Int, using stream: inout RandomStream) -> [Double] {
    let normal = (0..<dimension).map { _ in stream.standardNormal() }
    let norm = normal.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return normal.map { $0 / norm }
  }
}
