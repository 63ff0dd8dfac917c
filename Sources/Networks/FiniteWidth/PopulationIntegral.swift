// Averages over how much squared output weight each of three gain patterns carries, and over how many neurons have it.

import CGSL
import Sampling

/// The integral over S_g = Σ_i w_i²/σ_w² of the neurons of each of three populations g, of a weight that depends on these numbers alone.
///
/// S_g is χ² with n_g degrees of freedom, and the n_g are given or multinomial together with those of a fourth population, which the weight
/// does not see. Gauss-Legendre quadrature over r_g = √S_g, jointly with the counts by convolution: O(nodes³ N + nodes² N²).
struct PopulationIntegral: Sendable {
  let neurons: Int
  /// The numbers of neurons of the population that the weight does not see and of the three that it does, where gains are given.
  let counts: [Int]?
  /// Their prior probabilities; the fractions where there are `counts`.
  let prior: [Double]
  /// About the mean of S_g, for the three: where the search for the integrand begins.
  let typicalSquares: [Double]
  private let limit: Int

  init(neurons: Int, counts: [Int]?, prior: [Double], typicalSquares: [Double]) {
    self.neurons = neurons
    self.counts = counts
    self.prior = prior
    self.typicalSquares = typicalSquares
    limit = counts == nil ? neurons : 0
  }

  /// The prior probabilities of the patterns 00, 01, 10 and 11; in one context of 0, in the first place, and 1, in the last.
  static func prior(contexts: Int, activeProbability active: Double) -> [Double] {
    contexts == 2
      ? [(1 - active) * (1 - active), active * (1 - active), active * (1 - active), active * active]
      : [1 - active, 0, 0, active]
  }

  /// ln of the weight at S of the three populations; −∞ where there is none.
  typealias LogWeight = (_ first: Double, _ second: Double, _ both: Double) -> Double

  /// The nodes, with the logarithm of the weight at each, quadrature and law of S included, and the expected numbers of neurons that go with
  /// it of the unseen population, the first and the third; none where they are given.
  struct Nodes {
    let axes: [PatternAxis]
    let logs: [Double]
    let counts: [[Double]]

    /// Goes through the nodes that count: the weight in units of the largest, S of the three, and the place among `counts`.
    func forEachNode(_ body: (_ weight: Double, _ squares: (Double, Double, Double), _ place: Int) -> Void) {
      let largest = logs.max()!
      let n = axes.map(\.squares.count)
      for i in 0..<n[0] {
        for j in 0..<n[1] {
          for k in 0..<n[2] {
            let place = (i * n[1] + j) * n[2] + k
            let weight = exp(logs[place] - largest)
            guard weight > 0 else { continue }
            body(weight, (axes[0].squares[i], axes[1].squares[j], axes[2].squares[k]), place)
          }
        }
      }
    }
  }

  /// The fractions of the unseen population and the three, from weighted sums of `counts` over `weight`.
  func fractions(_ expected: [Double], weight: Double) -> [Double] {
    guard counts == nil else { return prior }
    let scale = weight * Double(neurons)
    let idle = expected[0] / scale
    let first = expected[1] / scale
    let both = expected[2] / scale
    return [idle, first, 1 - idle - first - both, both]
  }

  func nodes(_ ranges: [ClosedRange<Double>], order: Int, _ logWeight: LogWeight) throws -> Nodes {
    let axes = try axes(ranges, order: order)
    let (logs, expected) = try combine(axes, counts: counts == nil, logWeight)
    return Nodes(axes: axes, logs: logs, counts: expected)
  }

  /// The axes of the three populations.
  private func axes(_ ranges: [ClosedRange<Double>], order: Int) throws -> [PatternAxis] {
    try (0..<3).map { index in
      if let count = counts?[index + 1], count > 0 {
        return try PatternAxis(degrees: Double(count), range: ranges[index], order: order)
      }
      let mean = counts == nil ? Double(neurons) * prior[index + 1] : 0
      return try PatternAxis(mean: mean, limit: limit, range: ranges[index], order: order)
    }
  }

  /// Log weights of all combinations of nodes, and if wanted the expected counts of patterns 00, 01 and 11 that go with them.
  private func combine(
    _ axes: [PatternAxis], counts wanted: Bool, _ logWeight: LogWeight
  ) throws -> (logs: [Double], counts: [[Double]]) {
    let isDrawn = counts == nil
    let idle = isDrawn ? try PatternAxis.logPoisson(mean: Double(neurons) * prior[0], limit: limit) : [0]
    let normalizer = isDrawn ? try PatternAxis.logPoisson(mean: Double(neurons), limit: limit)[limit] : 0
    var (logs, expected) =
      axes[0].squares.count == 1 && axes[1].squares.count == 1
      ? combineOne(axes[2], idle) : combineThree(axes, idle, counts: wanted)
    var place = 0
    for i in 0..<axes[0].squares.count {
      for j in 0..<axes[1].squares.count {
        for k in 0..<axes[2].squares.count {
          logs[place] += logWeight(axes[0].squares[i], axes[1].squares[j], axes[2].squares[k]) - normalizer
          place += 1
        }
      }
    }
    if !wanted { expected = [] }
    return (logs, expected)
  }

  /// Sums over the count of the one pattern that carries weight, in logarithms.
  private func combineOne(_ axis: PatternAxis, _ idle: [Double]) -> (logs: [Double], counts: [[Double]]) {
    var logs: [Double] = []
    var counts: [[Double]] = [[], [], []]
    for node in axis.logs {
      var largest = -Double.infinity
      for n in 0...limit { largest = max(largest, node[n] + idle[limit - n]) }
      var total = 0.0
      var active = 0.0
      if largest > -.infinity {
        for n in 0...limit {
          let term = exp(node[n] + idle[limit - n] - largest)
          total += term
          active += Double(n) * term
        }
      }
      logs.append(total > 0 ? largest + log(total) : -.infinity)
      counts[0].append(total > 0 ? Double(limit) - active / total : 0)
      counts[1].append(0)
      counts[2].append(total > 0 ? active / total : 0)
    }
    return (logs, counts)
  }

  /// Sums over the counts of all four patterns by convolution, each node scaled by its largest coefficient.
  private func combineThree(_ axes: [PatternAxis], _ idleLogs: [Double], counts: Bool) -> (
    logs: [Double], counts: [[Double]]
  ) {
    let total = limit
    func scaled(_ logs: [Double]) -> (scale: Double, values: [Double]) {
      let scale = logs.max()!
      return (scale, scale == -.infinity ? logs.map { _ in 0 } : logs.map { exp($0 - scale) })
    }
    func convolve(_ a: [Double], _ b: [Double]) -> [Double] {
      (0...total).map { sum in
        var value = 0.0
        for m in 0...sum { value += a[m] * b[sum - m] }
        return value
      }
    }
    func counted(_ a: [Double]) -> [Double] { (0..<a.count).map { Double($0) * a[$0] } }
    func join(_ a: [Double], _ b: [Double]) -> Double {
      var value = 0.0
      for m in 0...total { value += a[m] * b[total - m] }
      return value
    }
    let idle = scaled(idleLogs)
    let nodes = axes.map { $0.logs.map(scaled) }
    let both = nodes[2].map { convolve($0.values, idle.values) }
    let bothCounted = counts ? nodes[2].map { convolve(counted($0.values), idle.values) } : []
    let idleCounted = counts ? nodes[2].map { convolve($0.values, counted(idle.values)) } : []
    var logs: [Double] = []
    var expected: [[Double]] = [[], [], []]
    for first in nodes[0] {
      for second in nodes[1] {
        let pair = convolve(first.values, second.values)
        let pairCounted = counts ? convolve(counted(first.values), second.values) : []
        for k in 0..<nodes[2].count {
          let value = join(pair, both[k])
          logs.append(
            value > 0 ? log(value) + first.scale + second.scale + nodes[2][k].scale + idle.scale : -.infinity)
          guard counts else { continue }
          expected[0].append(value > 0 ? join(pair, idleCounted[k]) / value : 0)
          expected[1].append(value > 0 ? join(pairCounted, both[k]) / value : 0)
          expected[2].append(value > 0 ? join(pair, bothCounted[k]) / value : 0)
        }
      }
    }
    return (logs, expected)
  }

  /// Ranges of r outside which the integrand is below e⁻⁴² of its largest value, found by zooming.
  func findRanges(_ logWeight: LogWeight) throws -> [ClosedRange<Double>] {
    let cut = 42.0
    var ranges = typicalSquares.map { 0.0...(3 * $0.squareRoot() + 12) }
    for _ in 0..<40 {
      let axes = try axes(ranges, order: 14)
      let logs = try combine(axes, counts: false, logWeight).logs
      let largest = logs.max()!
      let n = axes.map(\.squares.count)
      var changed = false
      var next = ranges
      for axis in 0..<3 where n[axis] > 1 {
        var profile = [Double](repeating: -.infinity, count: n[axis])
        for place in 0..<logs.count {
          let index = [place / (n[1] * n[2]), place / n[2] % n[1], place % n[2]][axis]
          profile[index] = max(profile[index], logs[place])
        }
        let nodes = (0..<n[axis]).filter { axes[axis].radii[$0] != nil }
        let inside = nodes.filter { profile[$0] > largest - cut }
        guard let first = inside.first, let last = inside.last else { continue }
        let lower =
          first == nodes.first! ? max(0, ranges[axis].lowerBound) : axes[axis].radii[first - 1]!
        let upper =
          last == nodes.last!
          ? ranges[axis].lowerBound + 1.5 * (ranges[axis].upperBound - ranges[axis].lowerBound)
          : axes[axis].radii[last + 1]!
        let lowered =
          first == nodes.first! && ranges[axis].lowerBound > 0
          ? max(0, ranges[axis].lowerBound - 0.3 * (ranges[axis].upperBound - ranges[axis].lowerBound)) : lower
        next[axis] = lowered...max(upper, lowered + 1e-12)
        let width = ranges[axis].upperBound - ranges[axis].lowerBound
        let change =
          abs(next[axis].lowerBound - ranges[axis].lowerBound) + abs(next[axis].upperBound - ranges[axis].upperBound)
        if change > 0.12 * width { changed = true }
      }
      ranges = next
      if !changed { break }
    }
    return ranges
  }
}
