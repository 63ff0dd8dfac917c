// log Z and its derivatives by the sum over all 2^K gain patterns, for any target.

import CGSL
import Sampling

/// The dual's geometry for any target: coordinates are the entries of V, row by row.
///
/// A value costs O(2^K), derivatives O(K 2^K + K⁴D + K³D² + K²D²), memory 2^K doubles times five.
struct EnumeratedPatterns: CorrectableGeometry, Sendable {
  let contexts: Int
  let features: Int
  /// Prior probability of one pattern, by number of active contexts.
  let patternPrior: [Double]
  let targetCoordinates: [Double]
  let covarianceForm: Matrix
  private(set) var sums: PatternSums
  /// t_g = 1 - ρ_g, by pattern.
  private(set) var margin: [Double]
  /// P(g), by pattern.
  private(set) var probability: [Double]
  private(set) var logNormalizer = 0.0
  private(set) var smallestMargin = 1.0
  var barrier = 0.0
  private var first: [Double]
  private var second: [Double]

  var dimension: Int { contexts * features }
  var multiplicity: [Double] { [Double](repeating: 1, count: dimension) }

  /// - Parameters:
  ///   - target: B = A/(σ_w σ_m).
  ///   - inverseCovariance: S⁻¹, or nil for the identity.
  init(target: Matrix, patternPrior: [Double], inverseCovariance: Matrix? = nil) {
    contexts = target.rows
    features = target.columns
    self.patternPrior = patternPrior
    targetCoordinates = target.elements
    sums = PatternSums(contexts: target.rows)
    margin = [Double](repeating: 1, count: sums.count)
    probability = margin
    first = margin
    second = margin
    covarianceForm = isotropicForm(inverseCovariance ?? Matrix.identity(target.columns), copies: target.rows)
  }

  /// The prior of one pattern by number of active contexts: π^k (1-π)^(K-k).
  static func independentPrior(contexts: Int, activeProbability: Double) -> [Double] {
    (0...contexts).map { active in
      pow(activeProbability, Double(active)) * pow(1 - activeProbability, Double(contexts - active))
    }
  }

  func multipliers(_ x: [Double]) -> Matrix { Matrix(rows: contexts, columns: features, elements: x) }

  var atomMass: Double {
    var total = 0.0
    for g in 0..<sums.count where probability[g] > 0 {
      total += probability[g] * max(0, 1 - margin[g]).squareRoot() / margin[g]
    }
    return total
  }

  var logMargins: (sum: Double, count: Double) {
    var sum = 0.0
    var count = 0.0
    for g in 0..<sums.count where probability[g] > 0 {
      sum += log(margin[g])
      count += 1
    }
    return (sum, count)
  }

  func rowNormSum(_ gradient: [Double]) -> Double {
    (0..<contexts).reduce(0) { sum, c in
      sum + (0..<features).reduce(0) { $0 + pow(gradient[c * features + $1], 2) }.squareRoot()
    }
  }

  mutating func logSum(at x: [Double]) -> Double? {
    let scaled = multipliers(x)
    sums.fillQuadraticForm(scaled * scaled.transposed, into: &margin)
    var total = 0.0
    var smallest = Double.infinity
    let prior = patternPrior
    let count = sums.count
    margin.withUnsafeMutableBufferPointer { margin in
      probability.withUnsafeMutableBufferPointer { probability in
        for g in 0..<count {
          let weight = prior[g.nonzeroBitCount]
          let t = 1 - margin[g]
          margin[g] = t
          guard weight > 0 else {
            probability[g] = 0
            continue
          }
          smallest = min(smallest, t)
          let value = weight / t.squareRoot()
          probability[g] = value
          total += value
        }
      }
    }
    guard smallest > 0, total.isFinite else { return nil }
    smallestMargin = smallest
    let scale = 1 / total
    for g in 0..<count { probability[g] *= scale }
    logNormalizer = log(total)
    return logNormalizer
  }

  mutating func derivatives(at x: [Double]) -> DualDerivatives {
    let scaled = multipliers(x)
    fillInverses(weight: barrier)
    let pairs = sums.pairMoments(first)
    let gradient = (pairs * scaled).elements
    let coupling = (sums.pairMoments(second) * scaled).elements
    var hessian = Matrix(rows: dimension, columns: dimension)
    sums.addIsotropic(pairs, features: features, factor: 1, to: &hessian)
    sums.addQuarticMoments(second, scaled, scaled, factor: 3, to: &hessian)
    let inverse = first[0]
    let inverseSquared = second[0]
    var plainGradient = gradient
    var plainInverse = inverse
    if barrier > 0 {
      fillInverses(weight: 0)
      plainGradient = (sums.pairMoments(first) * scaled).elements
      plainInverse = first[0]
    }
    subtractOuterProduct(plainGradient, plainGradient, from: &hessian)
    return DualDerivatives(
      gradient: gradient, hessian: hessian, inverseMargin: inverse, inverseMarginSquared: inverseSquared,
      coupling: coupling, plainGradient: plainGradient, plainInverseMargin: plainInverse)
  }

  /// Superset sums of (P + μ)/t and (P + 2μ/3)/t².
  private mutating func fillInverses(weight: Double) {
    let count = sums.count
    first.withUnsafeMutableBufferPointer { first in
      second.withUnsafeMutableBufferPointer { second in
        for g in 0..<count {
          let own = probability[g]
          let inverse = own > 0 ? 1 / margin[g] : 0
          first[g] = (own + weight) * inverse
          second[g] = (own + weight * (2.0 / 3)) * inverse * inverse
        }
      }
    }
    sums.accumulateSupersets(&first)
    sums.accumulateSupersets(&second)
  }

  /// The derivative of the Hessian along `direction`, at the point of the last `logSum`.
  ///
  /// With ω = Wᵀg: E[g g'(3 (v·ω) δ/t² + 3 (ω vᵀ + v ωᵀ)/t² + 15 (v·ω) v vᵀ/t³)] minus the terms from the normaliser.
  mutating func hessianDerivative(at x: [Double], along direction: [Double]) -> Matrix {
    let scaled = multipliers(x)
    let turned = multipliers(direction)
    let here = derivatives(at: x)
    var projection = [Double](repeating: 0, count: sums.count)
    sums.fillQuadraticForm(scaled * turned.transposed, into: &projection)
    var plain = [Double](repeating: 0, count: sums.count)
    for g in 0..<sums.count where probability[g] > 0 {
      let inverse = 1 / margin[g]
      plain[g] = probability[g] * projection[g] * inverse * inverse
      projection[g] = plain[g] * inverse
    }
    sums.accumulateSupersets(&plain)
    sums.accumulateSupersets(&projection)
    var result = Matrix(rows: dimension, columns: dimension)
    sums.addIsotropic(sums.pairMoments(plain), features: features, factor: 3, to: &result)
    sums.addQuarticMoments(second, scaled, turned, factor: 6, to: &result)
    sums.addQuarticMoments(projection, scaled, scaled, factor: 15, to: &result)
    let logChange = zip(here.gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
    let gradientChange = here.hessian * direction
    for i in 0..<dimension {
      for j in 0..<dimension {
        let raw = here.hessian[i, j] + here.gradient[i] * here.gradient[j]
        result[i, j] -=
          raw * logChange + gradientChange[i] * here.gradient[j] + here.gradient[i] * gradientChange[j]
      }
    }
    return result
  }
}
