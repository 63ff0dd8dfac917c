// Draws at some multipliers, and what they say of others near by: importance reweighting.

/// The statistics of draws of p_Λ from several chains.
package struct TiltedDraws<Family: ConstraintFamily>: Sendable {
  let family: Family
  /// Λ.
  let multipliers: [Double]
  /// h of every draw: `[chain][draw · statistic]`, row-major.
  package let statistics: [[Double]]

  /// Draws of each chain.
  var drawsPerChain: Int { statistics[0].count / family.statisticCount }
  /// Draws of all chains.
  var count: Int { drawsPerChain * statistics.count }

  /// Averages at other multipliers than the draws'.
  struct Moments: Sendable {
    /// ⟨f⟩.
    let mean: [Double]
    /// Cov(f).
    let covariance: Matrix
    /// (Σw)²/Σw² of the weights.
    let effectiveDraws: Double
    /// The weights, of mean 1: `[chain][draw]`.
    let weights: [[Double]]

    /// Whether all of them are numbers.
    var isFinite: Bool { mean.allSatisfy(\.isFinite) && covariance.elements.allSatisfy(\.isFinite) }
  }

  /// A(Λ', x) − A(Λ, x) of every draw: `[chain][draw]`.
  func logWeights(to other: [Double]) -> [[Double]] {
    map { statistics in
      family.logWeight(multipliers: other.span, statistics: statistics)
        - family.logWeight(multipliers: multipliers.span, statistics: statistics)
    }
  }

  /// ⟨f | x⟩ at Λ' of every draw: `[constraint][chain][draw]`.
  func conditionalMeans(at other: [Double]) -> [[[Double]]] {
    let m = other.count
    var result = [[[Double]]](
      repeating: statistics.map { _ in [Double](repeating: 0, count: drawsPerChain) }, count: m)
    var mean = [Double](repeating: 0, count: m)
    for chain in statistics.indices {
      for draw in 0..<drawsPerChain {
        writeMean(chain, draw, other, into: &mean)
        for k in 0..<m { result[k][chain][draw] = mean[k] }
      }
    }
    return result
  }

  /// Self-normalised importance sampling. O(S m²) for S draws.
  func moments(at other: [Double]) -> Moments {
    let m = other.count
    let logs = logWeights(to: other)
    let largest = logs.joined().max() ?? 0
    var weights = logs.map { $0.map { exp($0 - largest) } }
    let scale = Double(count) / weights.joined().reduce(0, +)
    for chain in weights.indices { for draw in weights[chain].indices { weights[chain][draw] *= scale } }
    var mean = [Double](repeating: 0, count: m)
    var value = mean
    for chain in statistics.indices {
      for draw in 0..<drawsPerChain {
        writeMean(chain, draw, other, into: &value)
        let weight = weights[chain][draw] / Double(count)
        for k in 0..<m { mean[k] += weight * value[k] }
      }
    }
    var covariance = Matrix(rows: m, columns: m)
    for chain in statistics.indices {
      for draw in 0..<drawsPerChain {
        writeMean(chain, draw, other, into: &value)
        let weight = weights[chain][draw] / Double(count)
        for k in 0..<m { for l in 0...k { covariance[k, l] += weight * (value[k] - mean[k]) * (value[l] - mean[l]) } }
        withStatistics(chain, draw) {
          family.addCovariance(multipliers: other.span, statistics: $0, weight: weight, to: &covariance)
        }
      }
    }
    // The lower triangle has all terms; a family may have filled the upper one, or not.
    for k in 0..<m { for l in 0..<k { covariance[l, k] = covariance[k, l] } }
    let squares = weights.joined().reduce(0) { $0 + $1 * $1 }
    return Moments(
      mean: mean, covariance: covariance, effectiveDraws: Double(count) * Double(count) / squares, weights: weights)
  }

  private func map(_ function: (Span<Double>) -> Double) -> [[Double]] {
    statistics.indices.map { chain in (0..<drawsPerChain).map { withStatistics(chain, $0, function) } }
  }

  private func writeMean(_ chain: Int, _ draw: Int, _ other: [Double], into mean: inout [Double]) {
    var span = mean.mutableSpan
    withStatistics(chain, draw) { family.writeMean(multipliers: other.span, statistics: $0, into: &span) }
  }

  private func withStatistics<Result>(_ chain: Int, _ draw: Int, _ body: (Span<Double>) -> Result) -> Result {
    let count = family.statisticCount
    let values = statistics[chain]
    let row = values.span.extracting(draw * count..<(draw + 1) * count)
    return body(row)
  }
}

extension TiltedDraws {
  /// The multipliers at which these draws, reweighted, meet the targets; nil if they do not reach that far.
  ///
  /// Newton's method on the dual of the sample, ln Σ_i e^{A(Λ', h_i) − A(Λ, h_i)} − Λ'·t + |Λ'|²/2τ, which is convex (Geyer &
  /// Thompson 1992); within the region where at least `share` of the draws stays effective.
  func fit(
    targets: [Double], inverseTightness: Double, geometry: ConstraintGeometry, share: Double = 0.5
  ) -> (multipliers: [Double], moments: Moments)? {
    var point = multipliers
    var moments = moments(at: point)
    var decrement = Double.infinity
    for _ in 0..<50 {
      guard moments.isFinite,
        let step = DualStep(
          moments, at: point, targets: targets, inverseTightness: inverseTightness, geometry: geometry)
      else { return nil }
      if step.decrement < 1e-9 { return (point, moments) }
      // Rounding stops the decrement where it cannot fall further.
      if step.decrement < 1e-6, step.decrement > 0.5 * decrement { return (point, moments) }
      decrement = step.decrement
      var length = 1.0
      var next: (point: [Double], moments: Moments)?
      while next == nil, length > 1e-3 {
        let trial = zip(point, step.step).map { $0 + length * $1 }
        if family.refusal(of: trial) == nil {
          let there = self.moments(at: trial)
          if there.isFinite, there.effectiveDraws >= share * Double(count),
            // The slope along the step may change its sign, but not grow: the dual is convex.
            abs(step.slope(at: trial, there, targets, inverseTightness)) <= step.decrement * step.decrement
          {
            next = (trial, there)
          }
        }
        length /= 2
      }
      guard let next else { return nil }
      (point, moments) = next
    }
    return nil
  }

  /// The standard errors of the multipliers fitted to these draws.
  ///
  /// Their linearisation C⁻¹ w_i (f_i − f̄) is a series over draws for each multiplier, whose mean has the same error.
  func multiplierErrors(
    _ fitted: [Double], _ moments: Moments, inverseTightness: Double, geometry: ConstraintGeometry
  ) throws -> [Double] {
    let inverse = try geometry.inverse(of: moments.covariance, inverseTightness: inverseTightness)
    let means = conditionalMeans(at: fitted)
    return fitted.indices.map { k in
      let series = moments.weights.indices.map { chain in
        moments.weights[chain].indices.map { draw in
          var sum = 0.0
          for l in fitted.indices { sum += inverse[k, l] * (means[l][chain][draw] - moments.mean[l]) }
          return moments.weights[chain][draw] * sum
        }
      }
      return Diagnostics.mcseMean(series)
    }
  }
}

/// A Newton step of the dual, and how the dual's slope along it changes.
struct DualStep {
  /// The step.
  let step: [Double]
  /// √(gᵀ H⁻¹ g): its length in units of the posterior's standard deviations.
  let decrement: Double

  /// Nil if the Hessian is singular.
  init?<Family>(
    _ moments: TiltedDraws<Family>.Moments, at multipliers: [Double], targets: [Double], inverseTightness: Double,
    geometry: ConstraintGeometry
  ) {
    guard let inverse = try? geometry.inverse(of: moments.covariance, inverseTightness: inverseTightness) else {
      return nil
    }
    let residual = Self.residual(moments.mean, multipliers, targets, inverseTightness)
    step = inverse * residual
    decrement = max(0, zip(step, residual).reduce(0) { $0 + $1.0 * $1.1 }).squareRoot()
    guard decrement.isFinite else { return nil }
  }

  /// t − ⟨f⟩ − Λ/τ: minus the dual's gradient.
  static func residual(
    _ mean: [Double], _ multipliers: [Double], _ targets: [Double], _ inverseTightness: Double
  ) -> [Double] {
    targets.indices.map { targets[$0] - mean[$0] - inverseTightness * multipliers[$0] }
  }

  /// Minus the dual's derivative along the step, at another point.
  func slope<Family>(
    at multipliers: [Double], _ moments: TiltedDraws<Family>.Moments, _ targets: [Double], _ inverseTightness: Double
  ) -> Double {
    zip(step, Self.residual(moments.mean, multipliers, targets, inverseTightness)).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
