// What activations that are polynomials have in common: every Gaussian average is a finite sum.

import Sampling

/// An activation function that is a polynomial, of which D_k(a, p) = E[φ^(k)(a + √p z)] is one in a and p, z ~ N(0, 1).
///
/// Products of two neurons follow by Mehler's formula, E[φ(u + a) φ(v + b)] = Σ_k r^k/k! D_k(a, p) D_k(b, q) for (u, v) of variances p, q and
/// covariance r: a sum of degree + 1 terms, and so are its slopes. Such φ outgrow every Gaussian: a product ensemble of them does not exist.
protocol PolynomialActivation: GaussianPairFunction {
  /// The degree of φ.
  static var degree: Int { get }
  /// D_k(a, p), 0 for k above the degree. O(1).
  static func smoothed(_ order: Int, drive: Double, variance: Double) -> Double
}

extension PolynomialActivation {
  static var gainRange: ClosedRange<Double> { -Double.infinity...Double.infinity }
  static var growth: ActivationGrowth { .polynomial }
  static var pairs: (any GaussianPairFunction.Type)? { Self.self }

  static func gaussianGain(drive: Double, variance: Double) -> GaussianGain {
    GaussianGain(
      gain: smoothed(1, drive: drive, variance: variance), driveSlope: smoothed(2, drive: drive, variance: variance),
      varianceSlope: 0.5 * smoothed(3, drive: drive, variance: variance))
  }

  static var hasClosedKernel: Bool { true }

  static func kernel(_ first: Double, _ cross: Double, _ second: Double) -> Double {
    var (sum, power) = (0.0, 1.0)
    for k in 0...degree {
      if k > 0 { power *= cross / Double(k) }
      sum += power * smoothed(k, drive: 0, variance: first) * smoothed(k, drive: 0, variance: second)
    }
    return sum
  }

  /// ∂D_k/∂a = D_{k+1}, ∂D_k/∂p = ½ D_{k+2}.
  static func pair(_ first: GaussianInput, _ second: GaussianInput, _ joint: GaussianCorrelation) -> GaussianPair {
    var pair = GaussianPair(
      value: 0, driveSlopes: (0, 0), varianceSlopes: (0, 0), covarianceSlope: 0)
    // r^k/k!, and its slope by r.
    var (power, slope) = (1.0, 0.0)
    for k in 0...degree {
      if k > 0 { (power, slope) = (power * joint.covariance / Double(k), power) }
      let own = smoothed(k, drive: first.drive, variance: first.variance)
      let other = smoothed(k, drive: second.drive, variance: second.variance)
      pair.value += power * own * other
      pair.driveSlopes.0 += power * smoothed(k + 1, drive: first.drive, variance: first.variance) * other
      pair.driveSlopes.1 += power * own * smoothed(k + 1, drive: second.drive, variance: second.variance)
      pair.varianceSlopes.0 += 0.5 * power * smoothed(k + 2, drive: first.drive, variance: first.variance) * other
      pair.varianceSlopes.1 += 0.5 * power * own * smoothed(k + 2, drive: second.drive, variance: second.variance)
      pair.covarianceSlope += slope * own * other
    }
    return pair
  }
}
