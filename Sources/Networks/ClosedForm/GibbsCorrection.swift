// The first finite-size correction of the Gibbs ensemble's loss: fluctuations of the readout about the saddle.

import Sampling

/// (1/2) d/dκ log det(1 + κ S H(x(κ))), the coefficient of 1/N in <L> over σ_w² σ_m² (THEORY section 5).
///
/// κ = β σ_w² σ_m², H is the Hessian of the pattern sum in the scaled multipliers; the saddle obeys
/// gradient + F x/κ = B, so that (H + F/κ) dx/dκ = F x/κ².
enum GibbsCorrection {
  /// For any target and any gains: the derivative of H along dx/dκ is exact. O((KD)³) beside the geometry's derivatives.
  static func general<Geometry: CorrectableGeometry>(
    _ patterns: inout Geometry, at x: [Double], tightness: Double
  ) throws -> Double {
    let form = patterns.covarianceForm
    let hessian = patterns.derivatives(at: x).hessian
    let curvature = try Cholesky(form + tightness * hessian)
    let motion = curvature.solve((form * x).map { $0 / tightness })
    let derivative = hessian + tightness * patterns.hessianDerivative(at: x, along: motion)
    let inverse = curvature.inverse
    return 0.5 * zip(inverse.elements, derivative.elements).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// For input selection: H is block-diagonal over the irreducible parts of K x K matrices under permutations.
  ///
  /// At fixed x the derivative is exact; along dx/dκ it is a five-point difference, with relative error near 10⁻¹⁰. O(K).
  ///
  /// - Precondition: at least four contexts, below which the parts degenerate.
  static func symmetric(_ patterns: inout SymmetricPatterns, at x: [Double], tightness: Double) throws -> Double {
    precondition(patterns.contexts >= 4, "below four contexts the blocks degenerate")
    let form = patterns.covarianceForm
    let hessian = patterns.derivatives(at: x).hessian
    let curvature = try Cholesky(form + tightness * hessian)
    let motion = curvature.solve((form * x).map { $0 / tightness })
    // A step that changes every margin by little against itself.
    var fastest = 1e-300
    for active in 0...patterns.contexts {
      let m = patterns.form(active)
      let change =
        2
        * abs(motion[0] * (m.qq * x[0] + m.qb * x[1]) + motion[1] * (m.qb * x[0] + m.bb * x[1]))
      fastest = max(fastest, change / patterns.margin[active])
    }
    let reach = 2e-3 / fastest
    func value(_ offset: Double, _ kappa: Double) throws -> Double {
      let moved = [x[0] + offset * reach * motion[0], x[1] + offset * reach * motion[1]]
      guard patterns.logSum(at: moved) != nil else { return .nan }
      return try logDeterminant(&patterns, at: moved, tightness: kappa)
    }
    let inner = try value(1, tightness) - value(-1, tightness)
    let outer = try value(2, tightness) - value(-2, tightness)
    let alongMotion = (8 * inner - outer) / (12 * reach)
    let h = 1e-3 * tightness
    let innerKappa = try value(0, tightness + h) - value(0, tightness - h)
    let outerKappa = try value(0, tightness + 2 * h) - value(0, tightness - 2 * h)
    _ = patterns.logSum(at: x)
    return 0.5 * (alongMotion + (8 * innerKappa - outerKappa) / (12 * h))
  }

  /// log det(1 + κ S H) over all K² directions, S a multiple of the identity.
  ///
  /// Trivial part: the 2 x 2 Hessian in (q, b). Standard representation (K-1 dimensions, multiplicity 3): spanned by diag z,
  /// z 1ᵀ and 1 zᵀ with Σ z = 0. Symmetric and antisymmetric matrices without row sums: one eigenvalue each.
  static func logDeterminant(_ patterns: inout SymmetricPatterns, at x: [Double], tightness: Double) throws -> Double {
    let contexts = patterns.contexts
    let count = Double(contexts)
    let kappa = tightness * patterns.covarianceScale
    let b = x[1]
    let s = x[0] + b
    let trivial = patterns.derivatives(at: x).hessian
    let norms = [count, count * (count - 1)]
    var block = Matrix.identity(2)
    for i in 0..<2 {
      for j in 0..<2 { block[i, j] += kappa * trivial[i, j] / (norms[i] * norms[j]).squareRoot() }
    }
    let gram = Matrix([[1, 1, 1], [1, count, 0], [1, 0, count]])
    var standard = gram
    var symmetricValue = 0.0
    var antisymmetricValue = 0.0
    for active in 0...contexts {
      let k = Double(active)
      let first = patterns.probability[active] / patterns.margin[active]
      let third = 3 * first / patterns.margin[active]
      let variance = k * (count - k) / (count * (count - 1))
      let overlap = [s - b * k, k * (s - b * count), k * s]
      let plain = Matrix([
        [k / count, variance, k * k / count], [variance, count * variance, 0], [k * k / count, 0, k * k],
      ])
      for i in 0..<3 {
        for j in 0..<3 {
          standard[i, j] += kappa * (first * plain[i, j] + third * variance * overlap[i] * overlap[j])
        }
      }
      let pair = k * (k - 1) / (count * (count - 1))
      let triple = pair * (k - 2) / (count - 2)
      let quadruple = triple * (k - 3) / (count - 3)
      antisymmetricValue += first * variance
      symmetricValue += first * variance + third * s * s * 2 * (pair - 2 * triple + quadruple)
    }
    let standardDeterminant = try Cholesky(standard).logDeterminant - Cholesky(gram).logDeterminant
    return try Cholesky(block).logDeterminant + (count - 1) * standardDeterminant
      + 0.5 * count * (count - 3) * log1p(kappa * symmetricValue)
      + 0.5 * (count - 1) * (count - 2) * log1p(kappa * antisymmetricValue)
  }
}
