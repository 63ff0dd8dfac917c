// What the product ensemble predicts exactly at every number of neurons (THEORY section 4).

import Sampling

/// A mean and the standard deviation of a network average about it, which falls as 1/√N.
public struct NetworkAverage: Sendable, Equatable {
  /// The expectation.
  public let mean: Double
  /// √N times the standard deviation over networks.
  public let deviationTimesRootN: Double

  /// The standard deviation over networks of N neurons.
  public func deviation(neurons: Int) -> Double { deviationTimesRootN / Double(neurons).squareRoot() }
}

/// Exact finite-N predictions for networks of independent neurons, whose gains vary with the weights or are given.
public struct ProductPrediction: Sendable {
  /// E[R], `[context, feature]`.
  public let readout: Matrix
  /// N · Var(R_cd), `[context, feature]`.
  public let readoutVarianceTimesN: Matrix
  /// N · Cov(R_cd, R_c'd'), rows and columns c·D + d; nil if K·D > 1024, or if K > 20 and gains are not given.
  public let readoutCovarianceTimesN: Matrix?
  /// N · E[L] for the problem's stimulus covariance.
  public let lossTimesN: Double
  /// Mean over neurons of w².
  public let outputSecondMoment: NetworkAverage
  /// Mean over neurons of |m|².
  public let inputSecondMoment: NetworkAverage

  /// The predictions of a solution; nil for the Gibbs ensemble, whose neurons are not independent.
  ///
  /// N · Cov(R) is the Hessian of log Z in Λ, for given gains averaged over the neurons. O(K 2^K + K⁴D + K²D²), for large
  /// symmetric problems O(K), for G distinct patterns of given gains O(G K²D²).
  public init?(_ solution: MaxEntropySolution) {
    guard let loss = solution.productLossTimesN else { return nil }
    lossTimesN = loss
    readout = solution.readout
    let contexts = solution.problem.task.contexts
    let features = solution.problem.task.features
    let root = (solution.outputPrecision * solution.inputPrecision).squareRoot()
    var enumerable = contexts <= MaxEntropyProblem.maximumEnumeratedContexts
    if case .given = solution.table { enumerable = true }
    enumerable = enumerable && contexts * features <= 1024
    readoutCovarianceTimesN = enumerable ? Self.covariance(solution, root: root) : nil
    if let covariance = readoutCovarianceTimesN {
      var variance = Matrix(rows: contexts, columns: features)
      for i in 0..<contexts * features { variance.elements[i] = covariance[i, i] }
      readoutVarianceTimesN = variance
    } else {
      readoutVarianceTimesN = Self.variance(solution, root: root)
    }
    let moments = Self.marginMoments(solution)
    let output: Double
    let input: Double
    if case .given = solution.table {
      // Neurons differ in their law, and only what varies within one counts.
      output = 2 * moments.second
      input = 2 * (Double(features - 1) + moments.second)
    } else {
      output = 3 * moments.second - moments.first * moments.first
      // |m|² α_m has population mean T = D - 1 + 1/t and mean square T² + 2 (D - 1 + 1/t²).
      let rest = Double(features - 1)
      let meanSquare = rest * rest + 2 * rest * moments.first + moments.second + 2 * (rest + moments.second)
      input = meanSquare - (rest + moments.first) * (rest + moments.first)
    }
    outputSecondMoment = NetworkAverage(
      mean: solution.outputSecondMoment, deviationTimesRootN: max(0, output).squareRoot() / solution.outputPrecision)
    inputSecondMoment = NetworkAverage(
      mean: solution.inputSecondMoment,
      deviationTimesRootN: max(0, input).squareRoot() / solution.inputPrecision)
  }

  /// E[L] of networks of N neurons.
  public func loss(neurons: Int) -> Double { lossTimesN / Double(neurons) }

  private static func covariance(_ solution: MaxEntropySolution, root: Double) -> Matrix {
    let problem = solution.problem
    let contexts = problem.task.contexts
    let features = problem.task.features
    let scale = 1 / (root * root)
    if case .given(let gains, _) = solution.table {
      var geometry = GivenPatterns(
        patterns: gains.patterns, fractions: gains.fractions, target: problem.task.target)
      _ = geometry.logSum(at: solution.scaledMultipliers.elements)
      return scale * geometry.derivatives(at: solution.scaledMultipliers.elements).hessian
    }
    if case .saturated = solution.table {
      var geometry = EnumeratedPatterns(target: Matrix(rows: 1, columns: features), patternPrior: [0, 1])
      let v = solution.scaledMultipliers.transposed * [Double](repeating: 1, count: contexts)
      _ = geometry.logSum(at: v)
      let own = geometry.derivatives(at: v).hessian
      var result = Matrix(rows: contexts * features, columns: contexts * features)
      for i in 0..<result.rows {
        for j in 0..<result.columns { result[i, j] = scale * own[i % features, j % features] }
      }
      return result
    }
    var geometry = EnumeratedPatterns(
      target: problem.task.target,
      patternPrior: EnumeratedPatterns.independentPrior(
        contexts: contexts, activeProbability: problem.gains.activeProbability))
    _ = geometry.logSum(at: solution.scaledMultipliers.elements)
    return scale * geometry.derivatives(at: solution.scaledMultipliers.elements).hessian
  }

  /// Var(R_cd) without the full covariance.
  static func variance(_ solution: MaxEntropySolution, root: Double) -> Matrix {
    let contexts = solution.problem.task.contexts
    let features = solution.problem.task.features
    let scaled = solution.scaledMultipliers
    let scale = 1 / (root * root)
    var result = Matrix(rows: contexts, columns: features)
    switch solution.table {
    case .enumerated(_, let probability, let margin):
      // Σ_g f(g) g_c v_d², needs third moments: accumulated directly.
      for g in 0..<probability.count where probability[g] > 0 {
        let pattern = GainPattern(index: g, contexts: contexts)
        let active = (0..<contexts).filter { pattern.isActive(in: $0) }
        for d in 0..<features {
          let v = active.reduce(0) { $0 + scaled[$1, d] }
          let term = probability[g] / margin[g] * (1 + 3 * v * v / margin[g])
          for c in active { result[c, d] += scale * term }
        }
      }
    case .symmetric(_, let probability, let margin):
      let count = Double(contexts)
      let b = -scaled[0, 1]
      let s = scaled[0, 0] + b
      var diagonal = 0.0
      var other = 0.0
      for active in 0...contexts {
        let k = Double(active)
        let pair = k * (k - 1) / (count * (count - 1))
        let first = probability[active] / margin[active]
        let third = 3 * first / margin[active]
        let own = (s - b * k) * (s - b * k)
        diagonal += k / count * (first + third * own)
        other += k / count * first + third * (pair * own + (k / count - pair) * b * b * k * k)
      }
      for c in 0..<contexts { for d in 0..<features { result[c, d] = scale * (c == d ? diagonal : other) } }
    case .saturated(_, let margin):
      let v = scaled.transposed * [Double](repeating: 1, count: contexts)
      for c in 0..<contexts {
        for d in 0..<features { result[c, d] = scale / margin * (1 + 3 * v[d] * v[d] / margin) }
      }
    case .given(let gains, let margin):
      let images = gains.patterns * scaled
      for p in 0..<margin.count {
        for d in 0..<features {
          let v = images[p, d]
          let term = scale * gains.fractions[p] / margin[p] * (1 + 2 * v * v / margin[p])
          for c in 0..<contexts { result[c, d] += gains.patterns[p, c] * gains.patterns[p, c] * term }
        }
      }
      return result
    }
    for i in 0..<result.elements.count {
      let mean = solution.readout.elements[i]
      result.elements[i] -= mean * mean
    }
    return result
  }

  private static func marginMoments(_ solution: MaxEntropySolution) -> (first: Double, second: Double) {
    switch solution.table {
    case .enumerated(_, let probability, let margin), .symmetric(_, let probability, let margin):
      var first = 0.0
      var second = 0.0
      for g in 0..<probability.count where probability[g] > 0 {
        first += probability[g] / margin[g]
        second += probability[g] / (margin[g] * margin[g])
      }
      return (first, second)
    case .saturated(_, let margin):
      return (1 / margin, 1 / (margin * margin))
    case .given(let gains, let margin):
      return zip(gains.fractions, margin).reduce((0, 0)) { ($0.0 + $1.0 / $1.1, $0.1 + $1.0 / ($1.1 * $1.1)) }
    }
  }
}
