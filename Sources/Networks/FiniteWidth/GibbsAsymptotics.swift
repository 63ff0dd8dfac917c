// What the Gibbs ensemble tends to as N grows, and how fast (THEORY section 5). Never exact at finite N.

import Sampling

/// A quantity to first order in 1/N.
public struct LargeNExpansion: Sendable, Equatable {
  /// The value at N -> infinity.
  public let leading: Double
  /// The coefficient of 1/N; nil if only the leading order is known.
  public let firstCorrection: Double?
  /// The highest power of 1/N that is included, 0 or 1.
  public var order: Int { firstCorrection == nil ? 0 : 1 }
  /// The value for N neurons.
  public func value(neurons: Int) -> Double { leading + (firstCorrection ?? 0) / Double(neurons) }
}

/// Asymptotic predictions for the Gibbs ensemble.
public struct GibbsAsymptotics: Sendable {
  /// <R> at N -> infinity (order 0), `[context, feature]`.
  public let readout: Matrix
  /// <L>, to first order.
  public let loss: LargeNExpansion
  /// <mean w²>, to first order.
  public let outputSecondMoment: LargeNExpansion
  /// <mean |m|²>, to first order.
  public let inputSecondMoment: LargeNExpansion
  /// N · Cov(R_cd, R_c'd') = (C⁻¹ + β 1⊗S)⁻¹ at leading order, rows and columns c·D + d.
  public let readoutCovarianceTimesN: Matrix

  /// The expansion about a solution; nil for the product ensemble, for K > 20 or K·D > 1024.
  ///
  /// The second moments follow from the loss and from d<log Z>/dA along A by the exact identity
  /// <mean w²>/σ_w² = 1 - β<(R-A)·S R>. O(K 2^K + K⁴D + (KD)³).
  ///
  /// - Throws: ``GSLError``.
  public init?(_ solution: MaxEntropySolution) throws {
    let problem = solution.problem
    guard let tightness = problem.tightness, let leading = solution.gibbsLossLeading,
      var patterns = try solution.correctableGeometry()
    else { return nil }
    let scale = problem.scaleProduct
    let kappa = tightness * scale * scale
    let x = solution.scaledMultipliers.elements
    _ = patterns.logSum(at: x)
    let hessian = patterns.derivatives(at: x).hessian
    let curvature = try Cholesky(patterns.covarianceForm + kappa * hessian)
    let inverse = curvature.inverse
    readout = solution.readout
    loss = LargeNExpansion(leading: leading, firstCorrection: solution.gibbsLossFirstCorrection)
    readoutCovarianceTimesN = (scale * scale) * (hessian - kappa * (hessian * inverse * hessian))
    var output: Double?
    var input: Double?
    if let lossCorrection = solution.gibbsLossFirstCorrection {
      let motion = curvature.solve(patterns.targetCoordinates.map { kappa * $0 })
      let change = patterns.hessianDerivative(at: x, along: motion)
      let alongTarget = -0.5 * kappa * dot(inverse.elements, change.elements) / tightness
      let moved = tightness * (2 * lossCorrection + alongTarget)
      output = -moved * problem.outputScale * problem.outputScale
      input = -moved * problem.inputScale * problem.inputScale
    }
    outputSecondMoment = LargeNExpansion(leading: solution.outputSecondMoment, firstCorrection: output)
    inputSecondMoment = LargeNExpansion(leading: solution.inputSecondMoment, firstCorrection: input)
  }
}

extension MaxEntropySolution {
  /// The pattern sum of the solution's problem, whose second and third derivatives corrections in 1/N need; nil for K > 20 or K·D > 1024.
  func correctableGeometry() throws -> (any CorrectableGeometry)? {
    let contexts = problem.task.contexts
    guard contexts <= MaxEntropyProblem.maximumEnumeratedContexts, contexts * problem.task.features <= 1024 else {
      return nil
    }
    let target = (1 / problem.scaleProduct) * problem.task.target
    let inverseCovariance = try Cholesky(problem.covariance).inverse
    switch table {
    case .given(let gains, _):
      return GivenPatterns(
        patterns: gains.patterns, fractions: gains.fractions, target: target, inverseCovariance: inverseCovariance)
    case .enumerated, .symmetric, .saturated:
      return EnumeratedPatterns(
        target: target,
        patternPrior: EnumeratedPatterns.independentPrior(
          contexts: contexts, activeProbability: problem.gains.activeProbability),
        inverseCovariance: inverseCovariance)
    }
  }
}
