// The exact Gibbs ensemble for a few contexts and one feature: a Fourier integral along a contour through its saddle point.

import Sampling

/// Z_N = (N/2πβ)^(K/2) ∫ dT exp(-N|T|²/(2β) - iN T·A) Z1(iT)^N for D = 1 (THEORY section 5), with β for β S.
///
/// Z1(iT) = Σ_g P0(g) (1 + σ_w²σ_m² (T·g)²)^(-1/2). At T = τ - iΛ*, Λ* the multipliers at N -> infinity, the phase is
/// stationary at τ = 0. The trapezoid rule converges exponentially: its step resolves the core, of width (N(1/β + C))^(-1/2), C
/// the Hessian of ln Z1, and the distance of the branch points; its range covers the tails, of width √(β/N), which are there
/// because a silent network has a finite probability.
struct GibbsContour {
  /// Most nodes that are worth their time, some seconds.
  static let maximumNodes = 5e6

  private let problem: MaxEntropyProblem
  private let neurons: Int
  private let contexts: Int
  /// β S.
  private let sharpness: Double
  private let multipliers: [Double]
  private let prior: [Double]
  private let step: Double
  private let reach: Double

  /// Nil if D > 1 or the nodes would be too many.
  ///
  /// - Throws: ``MaxEntropyError``, ``GSLError``.
  init?(_ problem: MaxEntropyProblem, neurons: Int) throws {
    guard let tightness = problem.tightness, problem.task.features == 1 else { return nil }
    contexts = problem.task.contexts
    sharpness = tightness * problem.covariance[0, 0]
    self.problem = problem
    self.neurons = neurons
    let solution = try problem.solve(method: .enumeration)
    multipliers = solution.multipliers.elements
    let active = problem.gains.activeProbability
    prior = (0..<1 << contexts).map {
      let ones = Double($0.nonzeroBitCount)
      return pow(active, ones) * pow(1 - active, Double(problem.task.contexts) - ones)
    }
    let law = NeuronLaw(solution)
    var curvature = Matrix(rows: contexts, columns: contexts)
    var distance = Double.infinity
    for index in 0..<1 << contexts {
      let pattern = GainPattern(index: index, contexts: contexts)
      let moments = try law.moments(of: pattern)
      let square =
        moments.outputVariance * moments.inputCovariance[0, 0] + 2 * moments.covariance[0] * moments.covariance[0]
      var projection = 0.0
      for c in 0..<contexts where pattern.isActive(in: c) {
        projection += multipliers[c]
        for e in 0..<contexts where pattern.isActive(in: e) { curvature[c, e] += moments.weight * square }
      }
      distance = min(distance, 1 / problem.scaleProduct - abs(projection))
    }
    for c in 0..<contexts {
      for e in 0..<contexts { curvature[c, e] -= solution.readout[c, 0] * solution.readout[e, 0] }
    }
    let largest = try SymmetricEigen(curvature).values[contexts - 1]
    let width = 1 / (Double(neurons) * (1 / sharpness + largest)).squareRoot()
    // The errors: exp(-2π²/0.56) = 10⁻¹⁵ of the core, exp(-15) of a branch point.
    step = min(0.75 * width, 0.4 * distance)
    reach = (2 * 38 * sharpness / Double(neurons)).squareRoot()
    let ball = pow(Double.pi, Double(contexts) / 2) / tgamma(1 + Double(contexts) / 2)
    guard ball * pow(reach / step, Double(contexts)) / 2 < Self.maximumNodes else { return nil }
  }

  /// The prediction; its error compares two steps and the direct average of w² with the one that the loss implies.
  ///
  /// O(nodes · 2^K).
  func predict() -> GibbsPrediction {
    let coarse = prediction(sums(step: 1.12 * step))
    let fine = prediction(sums(step: step))
    let largest = problem.task.target.elements.reduce(0) { max($0, abs($1)) }
    var error = 1e-13
    for (a, b) in [
      (coarse.prediction.loss, fine.prediction.loss), (fine.direct, fine.prediction.outputSecondMoment),
      (coarse.prediction.outputSecondMoment, fine.prediction.outputSecondMoment),
      (coarse.prediction.inputSecondMoment, fine.prediction.inputSecondMoment),
    ] { error = max(error, abs(a / b - 1)) }
    for (a, b) in zip(coarse.prediction.readout.elements, fine.prediction.readout.elements) where largest > 0 {
      error = max(error, abs(a - b) / largest)
    }
    for (a, b) in zip(coarse.prediction.patternWeights!, fine.prediction.patternWeights!) {
      error = max(error, abs(a - b))
    }
    let found = fine.prediction
    if !found.loss.isFinite { error = .infinity }
    return GibbsPrediction(
      neurons: neurons, readout: found.readout, loss: found.loss, outputSecondMoment: found.outputSecondMoment,
      inputSecondMoment: found.inputSecondMoment, patternWeights: found.patternWeights,
      readoutCovariance: found.readoutCovariance, logEvidence: found.logEvidence,
      logEvidenceError: abs(coarse.prediction.logEvidence - found.logEvidence) + 1e-13 * (1 + abs(found.logEvidence)),
      relativeError: error)
  }

  private func sums(step: Double) -> ContourSums {
    var sums = ContourSums(
      neurons: neurons, sharpness: sharpness, scale: problem.scaleProduct, prior: prior, multipliers: multipliers,
      target: problem.task.target.elements)
    sums.addNodes(step: step, reach: reach)
    return sums
  }

  private func prediction(_ sums: ContourSums) -> (prediction: GibbsPrediction, direct: Double) {
    let n = Double(neurons)
    let covarianceOfStimuli = problem.covariance[0, 0]
    let mean = sums.shift.map { $0 / sums.weight }
    // <R - A> = -i<T>/β and <(R - A)(R - A)ᵀ> = 1/(Nβ) - <T Tᵀ>/β², T = τ - iΛ.
    let error = zip(mean, multipliers).map { ($0 - $1) / sharpness }
    var second = Matrix(rows: contexts, columns: contexts)
    var along = 0.0
    for c in 0..<contexts {
      for e in 0..<contexts {
        let product =
          sums.products[c, e] / sums.weight + multipliers[e] * mean[c] + multipliers[c] * mean[e]
          - multipliers[c] * multipliers[e]
        second[c, e] = (c == e ? 1 / (n * sharpness) : 0) - product / (sharpness * sharpness)
      }
      along += second[c, c] + error[c] * problem.task.target[c, 0]
    }
    // <mean w²>/σ_w² = 1 - β<(R - A)·S R> (Schwinger-Dyson).
    let moved = sharpness * along
    var covariance = second
    for c in 0..<contexts { for e in 0..<contexts { covariance[c, e] -= error[c] * error[e] } }
    let output = problem.outputScale * problem.outputScale
    let prediction = GibbsPrediction(
      neurons: neurons,
      readout: Matrix(
        rows: contexts, columns: 1, elements: zip(error, problem.task.target.elements).map { $0 + $1 }),
      loss: 0.5 * covarianceOfStimuli * second.trace, outputSecondMoment: output * (1 - moved),
      inputSecondMoment: problem.inputScale * problem.inputScale * (1 - moved),
      patternWeights: sums.patterns.map { $0 / sums.weight }, readoutCovariance: covariance,
      logEvidence: sums.logScale + log(sums.weight), logEvidenceError: .nan, relativeError: .nan)
    return (prediction, output * sums.squares / sums.weight)
  }
}
