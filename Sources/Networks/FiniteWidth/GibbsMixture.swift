// The exact Gibbs ensemble for one or two contexts with gains 0 and 1, or if all gains are one: an integral over squared weights.

import CGSL
import Sampling

extension GibbsPrediction {
  /// Largest number of neurons for two contexts: pattern counts are convolved, at a cost that grows as N².
  public static let maximumNeuronsTwoContexts = 512
  /// Largest number of neurons for one context.
  public static let maximumNeuronsOneContext = 20_000

  /// Exact predictions at `neurons` neurons, for any D and any stimulus covariance.
  ///
  /// Given the squared weight S_g of each gain pattern the readout is Gaussian, so that every average is an integral over the
  /// 2^K - 1 numbers S_g with a positive, smooth integrand, jointly with the multinomial pattern counts (by convolution). One
  /// dimension if all gains are one (any K; a scale mixture) or K = 1; three for K = 2. Gains that are given as zeros and ones
  /// fix the pattern counts instead. For one feature, drawn gains and K = 3 or 4 a Fourier integral in K dimensions, at a cost that
  /// grows as (1 + βC)^(K/2), C the spread of one neuron's readout.
  ///
  /// Nil where there is no such prediction: the product ensemble, K > 2 with an active probability below 1 but for one feature at
  /// moderate β, gains given as other numbers than 0 and 1, too many neurons, or a quadrature that misses four digits by its own
  /// estimate.
  ///
  /// - Throws: ``MaxEntropyError`` for an invalid number of neurons, ``GSLError``.
  public init?(_ problem: MaxEntropyProblem, neurons: Int) throws {
    guard neurons > 0 else {
      throw MaxEntropyError.invalidParameter(
        name: "the number of neurons", value: Double(neurons), allowed: "a positive whole number")
    }
    guard problem.tightness != nil else { return nil }
    let contexts = problem.task.contexts
    try problem.gains.validate(contexts: contexts, neurons: neurons)
    if problem.gains.areDrawn, (3...4).contains(contexts) {
      guard let contour = try GibbsContour(problem, neurons: neurons) else { return nil }
      let prediction = contour.predict()
      guard prediction.relativeError < 1e-4 else { return nil }
      self = prediction
      return
    }
    let few =
      contexts == 1 && neurons <= Self.maximumNeuronsOneContext
      || contexts == 2 && neurons <= Self.maximumNeuronsTwoContexts
    guard problem.gains.areAllOne || problem.gains.areBinary && few else { return nil }
    let mixture = try GibbsMixture(problem, neurons: neurons)
    let prediction = try mixture.predict()
    guard prediction.relativeError < 1e-4 else { return nil }
    self = prediction
  }
}

/// The quadrature behind ``GibbsPrediction``.
struct GibbsMixture {
  private let problem: MaxEntropyProblem
  private let neurons: Int
  private let mixture: ReadoutMixture
  private let rotation: Matrix
  /// β σ_w² σ_m²/N: X = unit · Σ_g S_g g gᵀ.
  private let unit: Double
  private let saturated: Bool
  /// The numbers of neurons with the patterns 00, 01, 10, 11, where gains are given or all one (one context: 0 and 1 in the first
  /// and last place; all one: in the last).
  private let counts: [Int]?
  /// Prior probabilities of the patterns 00, 01, 10, 11 (one context: 0 and 1 in the first and last place); the fractions where
  /// there are `counts`.
  private let prior: [Double]
  private let limit: Int
  /// About the mean of S_g as N grows, for patterns 01, 10, 11: where the search for the integrand begins.
  private let typicalSquares: [Double]

  init(_ problem: MaxEntropyProblem, neurons: Int) throws {
    let tightness = problem.tightness!
    let contexts = problem.task.contexts
    let features = problem.task.features
    let eigen = try SymmetricEigen(problem.covariance)
    rotation = eigen.vectors
    mixture = ReadoutMixture(
      contexts: contexts, features: features, sharpness: tightness * Double(neurons), eigenvalues: eigen.values,
      target: (problem.task.target * eigen.vectors).transposed.elements, wantsCovariance: contexts * features <= 16)
    self.problem = problem
    self.neurons = neurons
    unit = tightness * problem.scaleProduct * problem.scaleProduct / Double(neurons)
    saturated = problem.gains.areAllOne
    switch problem.gains {
    case _ where saturated:
      counts = [0, 0, 0, neurons]
      prior = [0, 0, 0, 1]
    case .given(let matrix):
      var counts = [0, 0, 0, 0]
      for i in 0..<neurons { counts[contexts == 2 ? Int(2 * matrix[i, 0] + matrix[i, 1]) : Int(3 * matrix[i, 0])] += 1 }
      self.counts = counts
      prior = counts.map { Double($0) / Double(neurons) }
    case .independent(let active):
      counts = nil
      prior =
        contexts == 2
        ? [(1 - active) * (1 - active), active * (1 - active), active * (1 - active), active * active]
        : [1 - active, 0, 0, active]
    }
    limit = counts == nil ? neurons : 0
    // Any size will do that the search can zoom in from: where the limit is out of reach of double precision, that of w m = A.
    guard let solution = try? problem.solve(method: .enumeration) else {
      let needed = problem.task.target.squaredNorm.squareRoot() / problem.scaleProduct
      typicalSquares = [1, 1, 1].map { $0 * Double(neurons) * (1 + needed) }
      return
    }
    let law = NeuronLaw(solution)
    func typical(_ index: Int, _ contexts: Int) throws -> Double {
      let moments = try law.moments(of: GainPattern(index: index, contexts: contexts))
      return Double(neurons) * moments.weight * moments.outputVariance / (problem.outputScale * problem.outputScale)
    }
    if saturated {
      let margin = solution.smallestMargin
      typicalSquares = [0, 0, Double(neurons) / margin]
    } else if contexts == 1 {
      typicalSquares = [0, 0, try typical(1, 1)]
    } else {
      typicalSquares = try [1, 2, 3].map { try typical($0, 2) }
    }
  }

  /// Averages from one set of axes.
  private struct Estimate {
    var averages: ReadoutMixture.Averages
    var logWeight: Double
    /// E[n_g]/N for 00, 01, 10, 11.
    var fractions: [Double]
    /// E[Σ_g S_g].
    var squares: Double
  }

  func predict() throws -> GibbsPrediction {
    let ranges = try findRanges()
    let orders = saturated || mixture.contexts == 1 ? (64, 96) : (32, 44)
    let coarse = prediction(try estimate(ranges, order: orders.0), error: 0)
    let fineEstimate = try estimate(ranges, order: orders.1)
    let fine = prediction(fineEstimate, error: 0)
    let idle = fineEstimate.fractions[0] * Double(neurons)
    let direct =
      (fineEstimate.squares + idle) / Double(neurons) * problem.outputScale * problem.outputScale
    let largest = problem.task.target.elements.reduce(0) { max($0, abs($1)) }
    var error = abs(direct / fine.outputSecondMoment - 1)
    error = max(error, abs(coarse.loss / fine.loss - 1))
    error = max(error, abs(coarse.outputSecondMoment / fine.outputSecondMoment - 1))
    error = max(error, abs(coarse.inputSecondMoment / fine.inputSecondMoment - 1))
    for (a, b) in zip(coarse.readout.elements, fine.readout.elements) where largest > 0 {
      error = max(error, abs(a - b) / largest)
    }
    for (a, b) in zip(coarse.patternWeights ?? [], fine.patternWeights ?? []) { error = max(error, abs(a - b)) }
    if !direct.isFinite || !fine.loss.isFinite { error = .infinity }
    return prediction(
      fineEstimate, error: max(error, 1e-13),
      logEvidenceError: abs(coarse.logEvidence - fine.logEvidence) + 1e-13 * (1 + abs(fine.logEvidence)))
  }

  /// The axes of patterns 01, 10 and 11.
  private func axes(_ ranges: [ClosedRange<Double>], order: Int) throws -> [PatternAxis] {
    try (0..<3).map { index in
      if let count = counts?[index + 1], count > 0 {
        return try PatternAxis(degrees: Double(count), range: ranges[index], order: order)
      }
      let mean = counts == nil ? Double(neurons) * prior[index + 1] : 0
      return try PatternAxis(mean: mean, limit: limit, range: ranges[index], order: order)
    }
  }

  /// X of one combination of nodes.
  private func component(_ axes: [PatternAxis], _ i: Int, _ j: Int, _ k: Int, into x: inout [Double]) {
    let first = axes[0].squares[i]
    let second = axes[1].squares[j]
    let both = axes[2].squares[k]
    if x.count == 4 {
      // Context 0 is the leading bit: pattern 01 is active in context 1 alone.
      x[0] = unit * (second + both)
      x[1] = unit * both
      x[2] = unit * both
      x[3] = unit * (first + both)
    } else {
      for c in 0..<x.count { x[c] = unit * both }
    }
  }

  /// Log weights of all combinations of nodes, and if wanted the expected counts of patterns 00, 01 and 11 that go with them.
  private func combine(_ axes: [PatternAxis], counts wanted: Bool) throws -> (logs: [Double], counts: [[Double]]) {
    let isDrawn = counts == nil
    let idle = isDrawn ? try PatternAxis.logPoisson(mean: Double(neurons) * prior[0], limit: limit) : [0]
    let normalizer = isDrawn ? try PatternAxis.logPoisson(mean: Double(neurons), limit: limit)[limit] : 0
    var (logs, expected) =
      axes[0].squares.count == 1 && axes[1].squares.count == 1
      ? combineOne(axes[2], idle) : combineThree(axes, idle, counts: wanted)
    var x = [Double](repeating: 0, count: mixture.contexts * mixture.contexts)
    var place = 0
    for i in 0..<axes[0].squares.count {
      for j in 0..<axes[1].squares.count {
        for k in 0..<axes[2].squares.count {
          component(axes, i, j, k, into: &x)
          logs[place] += mixture.logWeight(x) - normalizer
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

  private func estimate(_ ranges: [ClosedRange<Double>], order: Int) throws -> Estimate {
    let axes = try axes(ranges, order: order)
    let (logs, expectedCounts) = try combine(axes, counts: counts == nil)
    let largest = logs.max()!
    var averages = mixture.makeAverages()
    var scratch = averages.error
    var x = [Double](repeating: 0, count: mixture.contexts * mixture.contexts)
    var squares = 0.0
    var expected = [0.0, 0.0, 0.0]
    let n = axes.map(\.squares.count)
    for i in 0..<n[0] {
      for j in 0..<n[1] {
        for k in 0..<n[2] {
          let place = (i * n[1] + j) * n[2] + k
          let weight = exp(logs[place] - largest)
          guard weight > 0 else { continue }
          component(axes, i, j, k, into: &x)
          mixture.add(x, weight: weight, to: &averages, scratch: &scratch)
          squares += weight * (axes[0].squares[i] + axes[1].squares[j] + axes[2].squares[k])
          if counts == nil { for p in 0..<3 { expected[p] += weight * expectedCounts[p][place] } }
        }
      }
    }
    let scale = averages.weight * Double(neurons)
    let idle = expected[0] / scale
    let first = expected[1] / scale
    let both = expected[2] / scale
    return Estimate(
      averages: averages, logWeight: largest + log(averages.weight),
      fractions: counts != nil ? prior : [idle, first, 1 - idle - first - both, both],
      squares: squares / averages.weight)
  }

  /// Ranges of r outside which the integrand is below e⁻⁴² of its largest value, found by zooming.
  private func findRanges() throws -> [ClosedRange<Double>] {
    let cut = 42.0
    var ranges = typicalSquares.map { 0.0...(3 * $0.squareRoot() + 12) }
    for _ in 0..<40 {
      let axes = try axes(ranges, order: 14)
      let logs = try combine(axes, counts: false).logs
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

  private func prediction(
    _ estimate: Estimate, error relativeError: Double, logEvidenceError: Double = 0
  ) -> GibbsPrediction {
    let k = mixture.contexts
    let features = mixture.features
    let scale = 1 / estimate.averages.weight
    let rotated = Matrix(rows: features, columns: k, elements: estimate.averages.error.map { scale * $0 })
    let readout = problem.task.target - (rotation * rotated).transposed
    let squaredError = scale * estimate.averages.squaredError
    // <(R - A)·S R> = <|R - A|²> - <(A - R)·A>, which fixes both second moments exactly (Schwinger-Dyson).
    let moved = problem.tightness! * (squaredError - scale * estimate.averages.errorAlongTarget)
    var covariance: Matrix?
    if mixture.wantsCovariance {
      let size = k * features
      var own = Matrix(rows: size, columns: size)
      for d in 0..<features {
        for e in 0..<features {
          for c in 0..<k {
            for f in 0..<k {
              let i = d * k + c
              let j = e * k + f
              var value = scale * estimate.averages.errorSquare[i, j]
              value -= rotated.elements[i] * rotated.elements[j]
              if d == e {
                value += scale * estimate.averages.spread[i * k + f] / (mixture.sharpness * mixture.eigenvalues[d])
              }
              own[i, j] = value
            }
          }
        }
      }
      var turn = Matrix(rows: size, columns: size)
      for c in 0..<k {
        for d in 0..<features { for e in 0..<features { turn[c * features + d, e * k + c] = rotation[d, e] } }
      }
      covariance = turn * own * turn.transposed
    }
    var patterns: [Double]?
    if case .given = problem.gains {
      patterns = nil
    } else if saturated, k <= 12 {
      patterns = [Double](repeating: 0, count: 1 << k)
      patterns![patterns!.count - 1] = 1
    } else if k == 1 {
      patterns = [estimate.fractions[0], 1 - estimate.fractions[0]]
    } else if k == 2 {
      patterns = estimate.fractions
    }
    return GibbsPrediction(
      neurons: neurons, readout: readout, loss: 0.5 * squaredError,
      outputSecondMoment: problem.outputScale * problem.outputScale * (1 - moved),
      inputSecondMoment: problem.inputScale * problem.inputScale * (Double(features) - moved),
      patternWeights: patterns, readoutCovariance: covariance, logEvidence: estimate.logWeight,
      logEvidenceError: logEvidenceError, relativeError: relativeError)
  }
}
