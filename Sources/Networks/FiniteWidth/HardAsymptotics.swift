// What the hard ensemble tends to as N grows, and how fast (THEORY sections 5 and 11). Never exact at finite N.

import Sampling

/// The hard ensemble's averages to first order in 1/N.
///
/// A neuron's law differs from the product ensemble's p by (1/2N)[n − δᵀC⁻¹δ + κ_abc C⁻¹_ab (C⁻¹δ)_c] p: n = KD constraints f = w g_c m_d,
/// δ = f − A, C and κ their second and third cumulants under p. The last factor is a derivative of ln det C along C⁻¹δ. For the second moment
/// of the output weights the same is had from −A·∂ln p_N/∂A.
public struct HardAsymptotics: Sendable {
  /// <mean w²>.
  public let outputSecondMoment: LargeNExpansion
  /// <mean |m|²>.
  public let inputSecondMoment: LargeNExpansion
  /// P(g) in ascending binary order; nil if gains are given, or in more contexts than are recorded.
  public let patternWeights: [LargeNExpansion]?

  /// The expansion about a solution in the prior convention; the leading order alone for gains that do not span all contexts, K > 20
  /// or K·D > 1024. O(K 2^K + K⁴D + (KD)³), with patterns (KD)³ 2^K.
  ///
  /// - Throws: ``GSLError``.
  public init(_ solution: MaxEntropySolution) throws {
    let problem = solution.problem
    let (contexts, features) = (problem.task.contexts, problem.task.features)
    let weights: [Double]? =
      problem.gains.areDrawn && contexts <= GainPattern.maximumRecordedContexts
      ? solution.populations.map(\.weight) : nil
    var moment: Double?
    var changes: [Double]?
    if solution.constraintRank == contexts * features, var patterns = try solution.correctableGeometry() {
      let x = solution.scaledMultipliers.elements
      _ = patterns.logSum(at: x)
      let curvature = try Cholesky(patterns.derivatives(at: x).hessian)
      let inverse = curvature.inverse
      /// The derivative of ln det C along a direction of the multipliers.
      func determinantChange(_ direction: [Double]) -> Double {
        dot(inverse.elements, patterns.hessianDerivative(at: x, along: direction).elements)
      }
      let target = patterns.targetCoordinates
      moment = 0.5 * determinantChange(curvature.solve(target)) - Double(contexts * features)
      changes = weights?.enumerated().map { index, weight in
        let pattern = GainPattern(index: index, contexts: contexts)
        let neuron = ScaledPattern(pattern, solution.scaledMultipliers)
        let offset = zip(neuron.readout, target).map { $0 - $1 }
        let square = dot(inverse.elements, neuron.covariance.elements) + dot(offset, inverse * offset)
        let change = determinantChange(curvature.solve(offset.map { weight * $0 }))
        return 0.5 * (weight * (Double(contexts * features) - square) + change)
      }
    }
    func expansion(_ leading: Double, _ scale: Double) -> LargeNExpansion {
      LargeNExpansion(leading: leading, firstCorrection: moment.map { $0 * scale * scale })
    }
    outputSecondMoment = expansion(solution.outputSecondMoment, problem.outputScale)
    inputSecondMoment = expansion(solution.inputSecondMoment, problem.inputScale)
    patternWeights = weights?.enumerated().map {
      LargeNExpansion(leading: $1, firstCorrection: changes?[$0])
    }
  }
}

/// The readout w g_c m_d of a neuron with one gain pattern, in units of the scales.
private struct ScaledPattern {
  /// Its mean, context by context.
  let readout: [Double]
  /// Its covariance.
  let covariance: Matrix

  /// - Parameter multipliers: V, [context, feature].
  init(_ pattern: GainPattern, _ multipliers: Matrix) {
    let (contexts, features) = (multipliers.rows, multipliers.columns)
    let active = (0..<contexts).filter { pattern.isActive(in: $0) }
    let u = (0..<features).map { d in active.reduce(0) { $0 + multipliers[$1, d] } }
    let margin = 1 - dot(u, u)
    var readout = [Double](repeating: 0, count: contexts * features)
    var covariance = Matrix(rows: contexts * features, columns: contexts * features)
    for c in active {
      for d in 0..<features {
        readout[c * features + d] = u[d] / margin
        for b in active {
          for e in 0..<features {
            covariance[c * features + d, b * features + e] =
              (d == e ? 1 : 0) / margin + 2 * u[d] * u[e] / (margin * margin)
          }
        }
      }
    }
    self.readout = readout
    self.covariance = covariance
  }
}
