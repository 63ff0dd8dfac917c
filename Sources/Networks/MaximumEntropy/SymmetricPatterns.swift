// log Z and its derivatives for input selection, where all patterns with as many active contexts are alike.

import CGSL
import Foundation
import Sampling

/// The dual's geometry for a target a I_K: coordinates (q, b), V = q I - b (J - I).
///
/// A pattern with k active contexts has ρ_k = k (q - b(k-1))² + (K-k) b² k². Value and derivatives cost O(K).
struct SymmetricPatterns: DualGeometry, Sendable {
  let contexts: Int
  /// Logarithm of the prior weight of all patterns with k active contexts, k = 0 ... K.
  let logPrior: [Double]
  /// The diagonal of B.
  let scale: Double
  /// S = covarianceScale · I.
  let covarianceScale: Double
  /// t_k, by number of active contexts.
  private(set) var margin: [Double]
  /// Weight of all patterns with k active contexts.
  private(set) var probability: [Double]
  private(set) var logNormalizer = 0.0
  private(set) var smallestMargin = 1.0

  var features: Int { contexts }
  var dimension: Int { 2 }
  var targetCoordinates: [Double] { [Double(contexts) * scale, 0] }
  var multiplicity: [Double] { [Double(contexts), Double(contexts * (contexts - 1))] }
  var covarianceForm: Matrix {
    Matrix([
      [Double(contexts) / covarianceScale, 0], [0, Double(contexts * (contexts - 1)) / covarianceScale],
    ])
  }

  /// - Precondition: at least two contexts.
  init(contexts: Int, scale: Double, logPrior: [Double], covarianceScale: Double = 1) {
    precondition(contexts >= 2, "the symmetric reduction needs two contexts")
    self.contexts = contexts
    self.scale = scale
    self.logPrior = logPrior
    self.covarianceScale = covarianceScale
    margin = [Double](repeating: 1, count: contexts + 1)
    probability = margin
  }

  /// log [C(K, k) π^k (1-π)^(K-k)].
  static func binomialLogPrior(contexts: Int, activeProbability: Double) throws -> [Double] {
    try GSL.checked {
      (0...contexts).map { active in
        gsl_sf_lnchoose(UInt32(contexts), UInt32(active)) + Double(active) * log(activeProbability)
          + Double(contexts - active) * log1p(-activeProbability)
      }
    }
  }

  func multipliers(_ x: [Double]) -> Matrix {
    var matrix = Matrix(rows: contexts, columns: contexts, repeating: -x[1])
    for c in 0..<contexts { matrix[c, c] = x[0] }
    return matrix
  }

  /// The matrix M_k with ρ_k = xᵀM_k x, as (qq, qb, bb).
  func form(_ active: Int) -> (qq: Double, qb: Double, bb: Double) {
    let k = Double(active)
    let rest = Double(contexts - active)
    return (k, -k * (k - 1), k * (k - 1) * (k - 1) + rest * k * k)
  }

  var atomMass: Double {
    (0...contexts).reduce(0) { $0 + probability[$1] * max(0, 1 - margin[$1]).squareRoot() / margin[$1] }
  }

  func rowNormSum(_ gradient: [Double]) -> Double {
    let count = Double(contexts)
    let diagonal = gradient[0] / count
    let other = gradient[1] / (count * (count - 1))
    return count * (diagonal * diagonal + (count - 1) * other * other).squareRoot()
  }

  mutating func logSum(at x: [Double]) -> Double? {
    var smallest = Double.infinity
    var largest = -Double.infinity
    for active in 0...contexts {
      let k = Double(active)
      let own = x[0] - x[1] * (k - 1)
      let other = x[1] * k
      let t = 1 - (k * own * own + Double(contexts - active) * other * other)
      margin[active] = t
      smallest = min(smallest, t)
      guard t > 0 else { return nil }
      probability[active] = logPrior[active] - 0.5 * log(t)
      largest = max(largest, probability[active])
    }
    var total = 0.0
    for active in 0...contexts { total += exp(probability[active] - largest) }
    guard total.isFinite else { return nil }
    logNormalizer = largest + log(total)
    for active in 0...contexts { probability[active] = exp(probability[active] - logNormalizer) }
    smallestMargin = smallest
    return logNormalizer
  }

  mutating func derivatives(at x: [Double]) -> DualDerivatives {
    var gradient = [0.0, 0.0]
    var coupling = [0.0, 0.0]
    var hessian = Matrix(rows: 2, columns: 2)
    var inverse = 0.0
    var inverseSquared = 0.0
    for active in 0...contexts {
      let m = form(active)
      let slope = [m.qq * x[0] + m.qb * x[1], m.qb * x[0] + m.bb * x[1]]
      let first = probability[active] / margin[active]
      let second = first / margin[active]
      inverse += first
      inverseSquared += second
      for i in 0..<2 {
        gradient[i] += first * slope[i]
        coupling[i] += second * slope[i]
        for j in 0..<2 { hessian[i, j] += 3 * second * slope[i] * slope[j] }
      }
      hessian[0, 0] += first * m.qq
      hessian[0, 1] += first * m.qb
      hessian[1, 0] += first * m.qb
      hessian[1, 1] += first * m.bb
    }
    subtractOuterProduct(gradient, gradient, from: &hessian)
    return DualDerivatives(
      gradient: gradient, hessian: hessian, inverseMargin: inverse, inverseMarginSquared: inverseSquared,
      coupling: coupling)
  }
}
