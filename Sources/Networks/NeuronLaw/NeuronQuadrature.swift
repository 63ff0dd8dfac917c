// The law of a neuron with continuous gains by quadrature over its drives, given which all its weights are Gaussian.

import Sampling

/// ln Z(Λ) = ln E_b (1 − ρ)^(−1/2), ρ = σ_w² σ_m² |Λᵀg(b)|², b ~ N(0, σ_b²) in K dimensions, with its slopes.
///
/// The trapezoidal rule in each drive, whose error falls exponentially with the number of points; how many are enough is seen by comparing with
/// more. O(n^K (K D)²) for n points a drive, half of them where gains are even.
struct NeuronQuadrature {
  let family: NeuronFamily
  private let targets: [Double]
  private var contexts: Int { family.response.contexts }
  private var features: Int { family.response.features }
  /// σ_w² σ_m².
  private let variance: Double

  /// Points a drive, by the number of contexts: each line is compared with the one before.
  private static let points: [Int: [Int]] = [
    1: [101, 1001, 4001, 16001], 2: [101, 301, 701, 1201], 3: [41, 81, 121, 161], 4: [25, 37, 49],
  ]
  /// Products that an evaluation may take: a fraction of a second, of which Newton's method needs some ten.
  private static let mostProducts = 5e7
  /// Multipliers are wanted to this, relative to the largest, and taken where points run out at the second: still far below the errors of draws.
  private static let (precision, leastPrecision) = (1e-5, 1e-3)

  /// Nil where drives are not all that is left: other stimuli than small ones, the moment convention, more than four contexts.
  init?(_ family: NeuronFamily, targets: [Double]) {
    guard case .small = family.response.stimuli, family.convention == .prior,
      Self.points[family.response.contexts] != nil
    else { return nil }
    self.family = family
    self.targets = targets
    let product = family.outputScale * family.inputScale
    variance = product * product
  }

  /// The multipliers at which the averages are the targets, with what is known there; nil where none are found so that more points agree: at the
  /// edge of what exists, or beyond it.
  func solve() -> ConstraintSolution? {
    var multipliers = [Double](repeating: 0, count: targets.count)
    var before: [Double]?
    var last: (found: (multipliers: [Double], moments: Moments), errors: [Double])?
    for points in Self.points[contexts] ?? [] {
      let count = Double(targets.count)
      let grid = Grid(points, family)
      guard pow(Double(grid.gains.count), Double(contexts)) * count * count <= Self.mostProducts else { break }
      guard let found = newton(from: multipliers, grid) else {
        // Too few points may not see the edge; more may.
        before = nil
        last = nil
        continue
      }
      multipliers = found.multipliers
      let largest = multipliers.reduce(0) { max($0, abs($1)) }
      if let before {
        let errors = zip(before, multipliers).map { abs($0 - $1) }
        if errors.allSatisfy({ $0 <= Self.precision * largest }) { return solution(found, errors) }
        last = errors.allSatisfy { $0 <= Self.leastPrecision * largest } ? (found, errors) : nil
      }
      before = multipliers
    }
    return last.map { solution($0.found, $0.errors) }
  }

  // MARK: Newton's method

  private struct Moments {
    var logNormalization = 0.0
    var mean: [Double]
    var covariance: Matrix
  }

  /// Minimises ln Z − Λ·t, which is convex, from multipliers that are allowed.
  private func newton(from start: [Double], _ grid: Grid) -> (multipliers: [Double], moments: Moments)? {
    var multipliers = start
    guard var current = moments(at: multipliers, grid) else { return nil }
    func objective(_ moments: Moments, _ multipliers: [Double]) -> Double {
      moments.logNormalization - zip(multipliers, targets).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for _ in 0..<100 {
      let slope = zip(current.mean, targets).map { $0 - $1 }
      guard let factor = try? Cholesky(current.covariance) else { return nil }
      let step = factor.solve(slope.map { -$0 })
      let decrement = zip(step, slope).reduce(0) { $0 - $1.0 * $1.1 }
      guard decrement.isFinite, decrement >= 0 else { return nil }
      if decrement < 1e-22 { return (multipliers, current) }
      var length = 1.0
      let value = objective(current, multipliers)
      while true {
        let there = zip(multipliers, step).map { $0 + length * $1 }
        if family.refusal(of: there) == nil, let moments = moments(at: there, grid),
          objective(moments, there) <= value - 0.1 * length * decrement + 1e-14 * (1 + abs(value))
        {
          (multipliers, current) = (there, moments)
          break
        }
        length /= 2
        // Steps that end at the edge, or in rounding.
        if length < 1e-9 { return decrement < 1e-16 ? (multipliers, current) : nil }
      }
    }
    return nil
  }

  /// Points and weights of one drive.
  private struct Grid {
    let gains: [Double]
    let weights: [Double]

    /// Points over ±8.5 standard deviations, beyond which a normal number comes with probability 10⁻¹⁷.
    ///
    /// Odd activations have even gains, so that points on one side are enough. - Precondition: an odd count, so that 0 is a point.
    init(_ count: Int, _ family: NeuronFamily) {
      let isEven = family.response.activation.isOdd
      let nodes = (isEven ? count / 2..<count : 0..<count).map { 17 * Double($0) / Double(count - 1) - 8.5 }
      let weights = nodes.map { (isEven && $0 > 0 ? 2 : 1) * exp(-0.5 * $0 * $0) }
      let sum = weights.reduce(0, +)
      self.weights = weights.map { $0 / sum }
      gains = nodes.map { family.response.activation.gain(family.contextScale * $0) }
    }
  }

  /// Given the drives (w, m) is Gaussian with the precision ((1/σ_w², −u), (−u, 1/σ_m²)), u = Λᵀg: with s = 1 − ρ and v = σ_w² σ_m²,
  /// ⟨w m⟩ = v u/s and ⟨w² m mᵀ⟩ = v/s + 3 v² u uᵀ/s².
  private func moments(at multipliers: [Double], _ grid: Grid) -> Moments? {
    let (contexts, features, count) = (contexts, features, targets.count)
    var index = [Int](repeating: 0, count: contexts)
    var (total, mean) = (0.0, [Double](repeating: 0, count: count))
    var square = [Double](repeating: 0, count: count * count)
    var pull = [Double](repeating: 0, count: features)
    var gained = [Double](repeating: 0, count: count)
    while true {
      var weight = 1.0
      for d in 0..<features { pull[d] = 0 }
      for c in 0..<contexts {
        let gain = grid.gains[index[c]]
        weight *= grid.weights[index[c]]
        for d in 0..<features { pull[d] += gain * multipliers[c * features + d] }
      }
      let rest = 1 - variance * pull.reduce(0) { $0 + $1 * $1 }
      guard rest > 0 else { return nil }
      weight /= rest.squareRoot()
      total += weight
      for c in 0..<contexts {
        for d in 0..<features { gained[c * features + d] = grid.gains[index[c]] * pull[d] }
      }
      let (first, own, both) = (
        weight * variance / rest, weight * variance / rest, 3 * variance * variance / (rest * rest)
      )
      for k in 0..<count {
        mean[k] += first * gained[k]
        for l in 0...k { square[k * count + l] += weight * both * gained[k] * gained[l] }
      }
      for c in 0..<contexts {
        for e in 0...c {
          let shared = own * grid.gains[index[c]] * grid.gains[index[e]]
          for d in 0..<features { square[(c * features + d) * count + e * features + d] += shared }
        }
      }
      var digit = contexts - 1
      while digit >= 0 {
        index[digit] += 1
        if index[digit] < grid.gains.count { break }
        index[digit] = 0
        digit -= 1
      }
      if digit < 0 { break }
    }
    guard total.isFinite, total > 0 else { return nil }
    mean = mean.map { $0 / total }
    var covariance = Matrix(rows: count, columns: count)
    for k in 0..<count {
      for l in 0...k {
        covariance[k, l] = square[k * count + l] / total - mean[k] * mean[l]
        covariance[l, k] = covariance[k, l]
      }
    }
    return Moments(logNormalization: log(total), mean: mean, covariance: covariance)
  }

  private func solution(_ found: (multipliers: [Double], moments: Moments), _ errors: [Double]) -> ConstraintSolution {
    let linear = zip(found.multipliers, targets).reduce(0) { $0 + $1.0 * $1.1 }
    return ConstraintSolution(
      exact: family.constraintNames, targets: targets, multipliers: found.multipliers, multiplierErrors: errors,
      moments: found.moments.mean, hessian: found.moments.covariance,
      relativeEntropy: linear - found.moments.logNormalization)
  }
}
