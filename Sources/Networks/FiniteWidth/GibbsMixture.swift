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
  /// Over the patterns 01, 10 and 11, 00 being unseen (one context: 1 in the place of 11, 0 in that of 00; gains that are all one: 11).
  private let integral: PopulationIntegral

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
    let counts: [Int]?
    let prior: [Double]
    switch problem.gains {
    case _ where saturated:
      counts = [0, 0, 0, neurons]
      prior = [0, 0, 0, 1]
    case .given(let matrix):
      var found = [0, 0, 0, 0]
      for i in 0..<neurons { found[contexts == 2 ? Int(2 * matrix[i, 0] + matrix[i, 1]) : Int(3 * matrix[i, 0])] += 1 }
      counts = found
      prior = found.map { Double($0) / Double(neurons) }
    case .independent(let active):
      counts = nil
      prior = PopulationIntegral.prior(contexts: contexts, activeProbability: active)
    }
    integral = PopulationIntegral(
      neurons: neurons, counts: counts, prior: prior,
      typicalSquares: try Self.typicalSquares(problem, neurons: neurons, saturated: saturated))
  }

  /// About the mean of S_g as N grows, for patterns 01, 10, 11.
  private static func typicalSquares(_ problem: MaxEntropyProblem, neurons: Int, saturated: Bool) throws -> [Double] {
    // Any size will do that the search can zoom in from: where the limit is out of reach of double precision, that of w m = A.
    guard let solution = try? problem.solve(method: .enumeration) else {
      let needed = problem.task.target.squaredNorm.squareRoot() / problem.scaleProduct
      return [1, 1, 1].map { $0 * Double(neurons) * (1 + needed) }
    }
    let law = NeuronLaw(solution)
    func typical(_ index: Int, _ contexts: Int) throws -> Double {
      let moments = try law.moments(of: GainPattern(index: index, contexts: contexts))
      return Double(neurons) * moments.weight * moments.outputVariance / (problem.outputScale * problem.outputScale)
    }
    if saturated { return [0, 0, Double(neurons) / solution.smallestMargin] }
    return try problem.task.contexts == 1 ? [0, 0, typical(1, 1)] : [1, 2, 3].map { try typical($0, 2) }
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
    let ranges = try integral.findRanges(logWeight)
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

  /// X where the patterns carry S.
  private func component(_ squares: (first: Double, second: Double, both: Double), into x: inout [Double]) {
    let (first, second, both) = squares
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

  private func estimate(_ ranges: [ClosedRange<Double>], order: Int) throws -> Estimate {
    let nodes = try integral.nodes(ranges, order: order, logWeight)
    var averages = mixture.makeAverages()
    var scratch = averages.error
    var x = [Double](repeating: 0, count: mixture.contexts * mixture.contexts)
    var squares = 0.0
    var expected = [0.0, 0.0, 0.0]
    nodes.forEachNode { weight, s, place in
      component(s, into: &x)
      mixture.add(x, weight: weight, to: &averages, scratch: &scratch)
      squares += weight * (s.0 + s.1 + s.2)
      if integral.counts == nil { for p in 0..<3 { expected[p] += weight * nodes.counts[p][place] } }
    }
    return Estimate(
      averages: averages, logWeight: nodes.logs.max()! + log(averages.weight),
      fractions: integral.fractions(expected, weight: averages.weight), squares: squares / averages.weight)
  }

  /// ln of the Gibbs weight where the patterns carry S.
  private func logWeight(_ first: Double, _ second: Double, _ both: Double) -> Double {
    var x = [Double](repeating: 0, count: mixture.contexts * mixture.contexts)
    component((first, second, both), into: &x)
    return mixture.logWeight(x)
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
