// The energy distance between two clouds of neurons.

import Sampling

/// The energy distance (Székely & Rizzo 2013).
public enum EnergyDistance {
  /// The largest number of groups of both clouds together; their mean distances fill a matrix.
  public static let maximumGroups = 4096

  /// 2 E|X − Y| − E|X − X'| − E|Y − Y'|, zero only for equal laws, estimated without bias: X, X' from different groups.
  ///
  /// The standard error is the jackknife's over groups, nil for fewer than three groups in a cloud; the p-value is a permutation test.
  /// O(n² d + (permutations + groups) · groups²).
  ///
  /// - Throws: ``StatisticsError`` if the clouds have different dimensions, fewer than two groups each or more than
  ///   ``maximumGroups`` together, or an option is out of range.
  public static func compare(
    _ first: NeuronCloud, _ second: NeuronCloud, permutations: Int = 400,
    threads: Int = Threads.perProcessor, using stream: inout RandomStream
  ) throws -> CloudDistance {
    try CloudDistance.validate(first, second, permutations: permutations)
    let count = first.groups.count + second.groups.count
    guard count <= maximumGroups else {
      throw StatisticsError.invalidCount(
        what: "networks (or independent neurons) of both clouds", found: count,
        allowed: "at most \(maximumGroups) for the energy distance; take fewer, or group them")
    }
    let table = GroupDistances(first, second, threads: threads)
    let (n, m) = (first.groups.count, second.groups.count)
    let permuted = GroupWeights.permuted(n, m, permutations: permutations, using: &stream)
    let weights = permuted + (0..<count).map { GroupWeights(n, m, without: $0) }
    let values = parallelMap(weights.count, threads: threads) { table.energyDistance(weights[$0]) }
    let without = values.dropFirst(permuted.count)
    return CloudDistance(
      Array(values.prefix(permuted.count)), without: [Array(without.prefix(n)), Array(without.suffix(m))])
  }
}

/// Sums of distances between the neurons of any two groups.
private struct GroupDistances: Sendable {
  let sizes: [Double]
  /// Σ |x − y| over x in g, y in h, [group, group]; the diagonal is not used.
  let sums: Matrix

  init(_ first: NeuronCloud, _ second: NeuronCloud, threads: Int) {
    let points = Matrix.pooling([first.points, second.points])
    let shift = first.points.rows
    let groups = first.groups + second.groups.map { $0.lowerBound + shift..<$0.upperBound + shift }
    sizes = groups.map { Double($0.count) }
    let d = points.columns
    let rows = parallelMap(groups.count, threads: threads) { g in
      points.elements.withUnsafeBufferPointer { x in
        (0..<g).map { h in
          var sum = 0.0
          for i in groups[g] {
            for j in groups[h] {
              var square = 0.0
              for k in 0..<d {
                let difference = x[i * d + k] - x[j * d + k]
                square += difference * difference
              }
              sum += square.squareRoot()
            }
          }
          return sum
        }
      }
    }
    var sums = Matrix(rows: groups.count, columns: groups.count)
    for g in groups.indices {
      for h in 0..<g {
        sums[g, h] = rows[g][h]
        sums[h, g] = rows[g][h]
      }
    }
    self.sums = sums
  }

  func energyDistance(_ weights: GroupWeights) -> Double {
    2 * mean(weights.first, weights.second) - mean(weights.first, weights.first)
      - mean(weights.second, weights.second)
  }

  /// The mean distance between neurons of different groups.
  private func mean(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    var pairs = 0.0
    let count = sizes.count
    sums.elements.withUnsafeBufferPointer { sums in
      for g in 0..<count where a[g] > 0 {
        var row = 0.0
        var neurons = 0.0
        for h in 0..<count where h != g {
          row += b[h] * sums[g * count + h]
          neurons += b[h] * sizes[h]
        }
        sum += a[g] * row
        pairs += a[g] * sizes[g] * neurons
      }
    }
    // One group alone has no pairs.
    return pairs > 0 ? sum / pairs : 0
  }
}
