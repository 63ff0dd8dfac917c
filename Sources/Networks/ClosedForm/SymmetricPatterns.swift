// log Z and its derivatives for input selection, where all patterns with as many active contexts are alike.

import CGSL
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
  var barrier = 0.0
  /// Loads P_k/t_k of the classes whose margin is too small for 1 - ρ_k to resolve it: see SymmetricCondensate.swift.
  var loads: [Int: Double] = [:]

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

  var logMargins: (sum: Double, count: Double) {
    (margin.reduce(0) { $0 + log($1) }, Double(contexts + 1))
  }

  func rowNormSum(_ gradient: [Double]) -> Double {
    let count = Double(contexts)
    let diagonal = gradient[0] / count
    let other = gradient[1] / (count * (count - 1))
    return count * (diagonal * diagonal + (count - 1) * other * other).squareRoot()
  }

  mutating func logSum(at x: [Double]) -> Double? {
    var largest = -Double.infinity
    for active in 0...contexts where loads[active] == nil {
      let t = 1 - structure(active, at: x)
      margin[active] = t
      guard t > 0 else { return nil }
      probability[active] = logPrior[active] - 0.5 * log(t)
      largest = max(largest, probability[active])
    }
    var total = 0.0
    for active in 0...contexts where loads[active] == nil { total += exp(probability[active] - largest) }
    guard total.isFinite else { return nil }
    logNormalizer = largest + log(total)
    if !loads.isEmpty { addLoaded() }
    smallestMargin = margin.min()!
    for active in 0...contexts { probability[active] = exp(probability[active] - logNormalizer) }
    return logNormalizer
  }

  /// ρ_k = k (q - b(k-1))² + (K-k) b² k².
  func structure(_ active: Int, at x: [Double]) -> Double {
    let k = Double(active)
    let own = x[0] - x[1] * (k - 1)
    let other = x[1] * k
    return k * own * own + Double(contexts - active) * other * other
  }

  /// Margins of the loaded classes from P_k/t_k = P0_k t_k^(-3/2)/Z, and their share of Z (a contraction).
  private mutating func addLoaded() {
    let others = logNormalizer
    for _ in 0..<30 {
      let previous = logNormalizer
      var excess = 0.0
      for (active, load) in loads.sorted(by: { $0.key < $1.key }) {
        let logMargin = max(-600, (logPrior[active] - log(load) - logNormalizer) / 1.5)
        margin[active] = exp(logMargin)
        probability[active] = logPrior[active] - 0.5 * logMargin
        excess += exp(probability[active] - others)
      }
      logNormalizer = others + log1p(excess)
      if abs(logNormalizer - previous) < 1e-16 * abs(logNormalizer) { break }
    }
  }

  mutating func derivatives(at x: [Double]) -> DualDerivatives {
    var gradient = [0.0, 0.0]
    var plainGradient = gradient
    var coupling = [0.0, 0.0]
    var hessian = Matrix(rows: 2, columns: 2)
    var inverse = 0.0
    var plainInverse = 0.0
    var inverseSquared = 0.0
    for active in 0...contexts where loads[active] == nil {
      let m = form(active)
      let slope = [m.qq * x[0] + m.qb * x[1], m.qb * x[0] + m.bb * x[1]]
      let own = probability[active] / margin[active]
      let first = own + barrier / margin[active]
      let second = (own + barrier * (2.0 / 3) / margin[active]) / margin[active]
      inverse += first
      plainInverse += own
      inverseSquared += second
      for i in 0..<2 {
        gradient[i] += first * slope[i]
        plainGradient[i] += own * slope[i]
        coupling[i] += second * slope[i]
        for j in 0..<2 { hessian[i, j] += 3 * second * slope[i] * slope[j] }
      }
      hessian[0, 0] += first * m.qq
      hessian[0, 1] += first * m.qb
      hessian[1, 0] += first * m.qb
      hessian[1, 1] += first * m.bb
    }
    subtractOuterProduct(plainGradient, plainGradient, from: &hessian)
    return DualDerivatives(
      gradient: gradient, hessian: hessian, inverseMargin: inverse, inverseMarginSquared: inverseSquared,
      coupling: coupling, plainGradient: plainGradient, plainInverseMargin: plainInverse)
  }
}
