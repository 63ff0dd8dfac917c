// ePAIRS: do neurons' directions cluster more than those of a Gaussian cloud with the same covariance?

import Numerics
import Sampling

/// The result of an ePAIRS test.
public struct EllipticalPairs: Sendable, Equatable {
  /// Which definition (THEORY section 7).
  public enum Variant: Sendable, Equatable {
    /// As the code of Dubreuil et al. 2022: the cloud is centred, rotated to its principal axes and whitened; the angle of a
    /// neuron is the arc cosine of the mean cosine to its 3 nearest neighbours; nulls are 500 Gaussian clouds of the same size
    /// and (now unit) variances; effect = (median of all null angles − median angle)/(sd of all null angles). The p-value,
    /// which theirs takes from a rank-sum test over dependent angles, is the Monte Carlo one over the nulls' medians.
    case whitened
    /// As Kaufman's and Vaughan's (Raposo, Kaufman & Churchland 2014; Hirokawa et al. 2019): the cloud is centred and rotated
    /// but not whitened; the angle is that to the nearest neighbour; nulls are 10,000 Gaussian clouds with the variances of
    /// the axes; effect = (mean null angle − mean angle)/(mean null angle). The p-value, by Monte Carlo over the nulls' means,
    /// is two-sided.
    case elliptical
  }

  /// Which definition.
  public let variant: Variant
  /// How much closer neighbours are than in the nulls; its scale depends on the variant.
  public let effect: Double
  /// (1 + number of nulls at least as extreme)/(1 + nulls).
  public let pValue: Double
  /// Each neuron's angle to its neighbours, in radians.
  public let angles: [Double]
  /// The median (whitened) or mean (elliptical) angle of all nulls.
  public let nullAngle: Double

  /// Tests a cloud [neuron, coordinate]. O(nulls · n² d), in parallel.
  ///
  /// - Parameter nulls: the number of null clouds; nil for the variant's own, 500 or 10,000.
  /// - Throws: ``StatisticsError`` for fewer than five neurons, a coordinate (or combination of them) that does not vary, or a
  ///   neuron exactly at the mean; ``GSLError``.
  public init(
    _ points: Matrix, variant: Variant = .whitened, nulls: Int? = nil, threads: Int = Threads.perProcessor,
    using stream: inout RandomStream
  ) throws {
    guard points.rows >= 5 else {
      throw StatisticsError.invalidCount(what: "neurons for ePAIRS", found: points.rows, allowed: "at least 5")
    }
    let count = nulls ?? (variant == .whitened ? 500 : 10_000)
    guard count >= 19 else {
      throw StatisticsError.invalidCount(what: "null clouds", found: count, allowed: "at least 19")
    }
    let axes = try PrincipalAxes(points)
    guard axes.variances[axes.variances.count - 1] > 1e-12 * axes.variances[0] else {
      throw StatisticsError.degenerate(
        "the neurons do not vary in all coordinates (variances along their axes: \(axes.variances)); drop some")
    }
    var cloud = axes.rotate(points)
    let deviations = axes.variances.map { $0.squareRoot() }
    if variant == .whitened {
      for i in 0..<cloud.rows { for k in 0..<cloud.columns { cloud[i, k] /= deviations[k] } }
    }
    let neighbours = variant == .whitened ? 3 : 1
    let angles = Self.angles(cloud, neighbours: neighbours)
    guard angles.allSatisfy(\.isFinite) else {
      throw StatisticsError.degenerate("a neuron lies exactly at the mean, where it has no direction")
    }
    let seed = stream.childSeed()
    let (rows, columns) = (cloud.rows, cloud.columns)
    let nullAngles = try parallelMap(count, threads: threads) { index in
      var stream = try RandomStream(StreamKey(seed: seed, chain: index, purpose: .testing))
      var null = Matrix(rows: rows, columns: columns)
      for i in 0..<rows {
        for k in 0..<columns {
          null[i, k] = stream.standardNormal() * (variant == .whitened ? 1 : deviations[k])
        }
      }
      let angles = Self.angles(null, neighbours: neighbours)
      return variant == .whitened ? angles : [angles.reduce(0, +) / Double(rows)]
    }
    self.variant = variant
    self.angles = angles
    switch variant {
    case .whitened:
      let all = Array(nullAngles.joined())
      let moments = RunningMoments(all)
      let spread = (moments.squaredDeviations / Double(moments.count)).squareRoot()
      nullAngle = median(all)
      let own = median(angles)
      effect = (nullAngle - own) / spread
      pValue = Double(1 + nullAngles.count { median($0) <= own }) / Double(1 + count)
    case .elliptical:
      let means = nullAngles.map { $0[0] }
      nullAngle = means.reduce(0, +) / Double(count)
      let own = angles.reduce(0, +) / Double(rows)
      effect = (nullAngle - own) / nullAngle
      let below = Double(1 + means.count { $0 <= own }) / Double(1 + count)
      let above = Double(1 + means.count { $0 >= own }) / Double(1 + count)
      pValue = min(1, 2 * min(below, above))
    }
  }

  /// The arc cosine of each point's mean cosine to its nearest neighbours by angle.
  private static func angles(_ points: Matrix, neighbours: Int) -> [Double] {
    let (n, d) = (points.rows, points.columns)
    var unit = points
    for i in 0..<n {
      var square = 0.0
      for k in 0..<d { square += points[i, k] * points[i, k] }
      let scale = 1 / square.squareRoot()
      for k in 0..<d { unit[i, k] *= scale }
    }
    let transposed = unit.transposed
    var result = [Double](repeating: 0, count: n)
    // The cosines to all points, and the largest of them so far, descending.
    var cosines = [Double](repeating: 0, count: n)
    var largest = [Double](repeating: 0, count: neighbours)
    unit.elements.withUnsafeBufferPointer { x in
      for i in 0..<n {
        VectorKernels.product(
          x.baseAddress! + i * d, transposed.elements, into: &cosines, rows: 1, inner: d, columns: n)
        cosines[i] = -2
        for s in 0..<neighbours { largest[s] = -2 }
        for cosine in cosines where cosine > largest[neighbours - 1] {
          var s = neighbours - 1
          while s > 0, largest[s - 1] < cosine {
            largest[s] = largest[s - 1]
            s -= 1
          }
          largest[s] = cosine
        }
        let mean = largest.reduce(0, +) / Double(neighbours)
        let isZero = (0..<d).allSatisfy { points[i, $0] == 0 }
        result[i] = isZero ? .nan : acos(max(-1, min(1, mean)))
      }
    }
    return result
  }
}

/// The median of some numbers.
func median(_ values: [Double]) -> Double { Diagnostics.quantiles([values], at: [0.5])[0] }
