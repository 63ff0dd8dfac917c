// Averages of tiny networks by quadrature: products of rules of one or two dimensions, refined until they agree.

import CGSL
import Foundation

/// Averages with their errors.
struct TinyAverages: Sendable {
  /// ln Z, Z the mean of exp(−β n L) over the prior.
  var logEvidence: Estimate
  /// By name.
  var values: [String: Estimate]

  struct Estimate: Sendable {
    let value: Double
    /// Of two resolutions the difference, or a standard error.
    let error: Double
  }
}

/// Nodes of a Gaussian of unit variances in one or two dimensions.
private struct GaussianNodes {
  var points: [[Double]] = []
  var logWeights: [Double] = []
  /// Beyond so many standard deviations the Gaussian has a mass of 1e-15.
  static let reach = 8.0

  /// Gauss-Legendre on [a, b].
  private static func legendre(_ count: Int, _ a: Double, _ b: Double) -> [(x: Double, weight: Double)] {
    let table = gsl_integration_glfixed_table_alloc(count)
    defer { gsl_integration_glfixed_table_free(table) }
    return (0..<count).map { index in
      var (x, weight) = (0.0, 0.0)
      gsl_integration_glfixed_point(a, b, index, &x, &weight, table)
      return (x, weight)
    }
  }

  private mutating func add(_ point: [Double], _ weight: Double) {
    let square = point.reduce(0) { $0 + $1 * $1 }
    points.append(point)
    logWeights.append(log(weight) - square / 2 - Double(point.count) / 2 * log(2 * Double.pi))
  }

  init(_ axis: TinyAxis, count: Int) {
    switch axis {
    case .line, .half:
      // The midpoint rule, which converges faster than any power for what is analytic and vanishes far out.
      let step = 2 * Self.reach / Double(count)
      for k in 0..<count {
        let x = -Self.reach + (Double(k) + 0.5) * step
        if case .half = axis {
          if x > 1e-9 { add([x], 2 * step) } else if x > -1e-9 { add([x], step) }
        } else {
          add([x], step)
        }
      }
    case .kinked:
      for (a, b) in [(-Self.reach, 0.0), (0.0, Self.reach)] {
        for node in Self.legendre((count + 1) / 2, a, b) { add([node.x], node.weight) }
      }
    case .kinkedHalf:
      for node in Self.legendre((count + 1) / 2, 0, Self.reach) { add([node.x], 2 * node.weight) }
    case .plane(let kinks):
      let angles = kinks.sorted()
      let radii = Self.legendre(count * 2 / 3, 0, Self.reach)
      for (index, angle) in angles.enumerated() {
        let next = index + 1 < angles.count ? angles[index + 1] : angles[0] + 2 * .pi
        // As many as the sector is wide, and some.
        let inside = 3 + Int((Double(count) * (next - angle) / 8).rounded(.up))
        for direction in Self.legendre(inside, angle, next) {
          for radius in radii {
            add(
              [radius.x * cos(direction.x), radius.x * sin(direction.x)],
              direction.weight * radius.weight * radius.x)
          }
        }
      }
    }
  }
}

extension TinyNetwork {
  /// The averages. The number of nodes grows by a third until two resolutions agree to `tolerance` (relative to 1 or the value,
  /// whichever is larger), or the next would take more than `most` points.
  func averages(tolerance: Double = 1e-9, most: Int = 3_000_000, first: Int = 24) -> TinyAverages {
    var count = first
    var last = integrate(count)
    while true {
      count = count * 4 / 3 + 1
      let next = integrate(count)
      let gap = zip(last, next).map { abs($0 - $1) }
      let isDone = zip(gap, next).allSatisfy { $0 <= tolerance * max(1, abs($1)) }
      if isDone || points(count * 4 / 3 + 1) > most { return averages(next, gap) }
      last = next
    }
  }

  private func averages(_ values: [Double], _ errors: [Double]) -> TinyAverages {
    let list = zip(values, errors).map { TinyAverages.Estimate(value: $0, error: $1) }
    return TinyAverages(
      logEvidence: list[0], values: Dictionary(uniqueKeysWithValues: zip(names, list.dropFirst())))
  }

  /// About how many points there are in the ball to which the Gaussian reaches.
  private func points(_ count: Int) -> Int {
    let all = axes.reduce(states.count) { $0 * GaussianNodes($1, count: count).points.count }
    let dimension = Double(axes.count { $0.dimension == 1 })
    let ball = pow(Double.pi, dimension / 2) / tgamma(dimension / 2 + 1) / pow(2, dimension)
    return Int(Double(all) * ball)
  }

  /// ln Z and the averages with so many nodes.
  private func integrate(_ count: Int) -> [Double] {
    let rules = axes.map { GaussianNodes($0, count: count) }
    var sums = TinySums(names.count)
    var parameters = [Double](repeating: 0, count: hiddenScales.count)
    var features = [Double](repeating: 0, count: rows.weights.count * neurons)
    /// - Parameter room: of the squared distance from the middle, what is left.
    func descend(_ axis: Int, _ first: Int, _ logWeight: Double, _ room: Double, _ gains: [Double]) {
      if axis == rules.count {
        let logLikelihood = integrateOutputs(parameters, gains, features: &features, values: &sums.values)
        sums.add(logWeight + logLikelihood)
        return
      }
      for (point, weight) in zip(rules[axis].points, rules[axis].logWeights) {
        var left = room
        for (place, coordinate) in point.enumerated() {
          parameters[first + place] = hiddenScales[first + place] * coordinate
          left -= coordinate * coordinate
        }
        if left > 0 { descend(axis + 1, first + point.count, logWeight + weight, left, gains) }
      }
    }
    let square = GaussianNodes.reach * GaussianNodes.reach
    for state in states { descend(0, 0, log(state.probability), square, state.gains) }
    return sums.averages(of: 1)
  }

  /// The same by Sobol's sequence, shifted at random: for more dimensions than products of rules can have.
  ///
  /// The error is the standard error over `shifts` shifts (Cranley & Patterson 1976).
  func averagesBySobol(points: Int, shifts: Int, seed: UInt64) -> TinyAverages {
    let dimension = hiddenScales.count
    var random = SplitMix(state: seed)
    var results: [[Double]] = []
    var features = [Double](repeating: 0, count: rows.weights.count * neurons)
    var parameters = [Double](repeating: 0, count: dimension)
    for _ in 0..<shifts {
      let sequence = gsl_qrng_alloc(cgsl_qrng_sobol(), UInt32(dimension))
      defer { gsl_qrng_free(sequence) }
      let shift = (0..<dimension).map { _ in random.uniform() }
      var point = [Double](repeating: 0, count: dimension)
      var sums = TinySums(names.count)
      for _ in 0..<points {
        gsl_qrng_get(sequence, &point)
        for d in 0..<dimension {
          let shifted = point[d] + shift[d]
          let uniform = shifted < 1 ? shifted : shifted - 1
          parameters[d] = hiddenScales[d] * gsl_cdf_ugaussian_Pinv(min(max(uniform, 1e-16), 1 - 1e-16))
        }
        sums.add(integrateOutputs(parameters, [], features: &features, values: &sums.values))
      }
      results.append(sums.averages(of: Double(points)))
    }
    let count = Double(shifts)
    let means = results[0].indices.map { k in results.reduce(0) { $0 + $1[k] } / count }
    let errors = means.indices.map { k in
      (results.reduce(0) { $0 + pow($1[k] - means[k], 2) } / (count - 1) / count).squareRoot()
    }
    return averages(means, errors)
  }
}

/// Sums of weights and of weighted values, scaled by the largest weight so far.
private struct TinySums {
  /// The values of the next point.
  var values: [Double]
  private var sums: [Double]
  private var total = 0.0
  private var largest = -Double.infinity

  init(_ count: Int) {
    values = [Double](repeating: 0, count: count)
    sums = values
  }

  mutating func add(_ logWeight: Double) {
    if logWeight > largest {
      let factor = exp(largest - logWeight)
      total *= factor
      for k in sums.indices { sums[k] *= factor }
      largest = logWeight
    }
    let weight = exp(logWeight - largest)
    if weight == 0 { return }
    total += weight
    for k in sums.indices { sums[k] += weight * values[k] }
  }

  /// ln of the weights' sum over `count`, and the means.
  func averages(of count: Double) -> [Double] { [largest + log(total / count)] + sums.map { $0 / total } }
}

/// SplitMix64 (Steele, Lea & Flood 2014), for shifts.
private struct SplitMix {
  var state: UInt64

  mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
  }
}
