// The rectifier, φ(x) = max(x, 0).

import Sampling

extension Activation {
  /// φ(x) = max(x, 0).
  public static let relu = Activation(Rectifier.self)
}

/// φ(x) = max(x, 0).
enum Rectifier: ActivationFunction {
  static let name = "relu"
  static var gainRange: ClosedRange<Double> { 0...1 }
  static var growth: ActivationGrowth { .rectified }
  static var hasStepGain: Bool { true }
  static var isHomogeneous: Bool { true }

  static func value(_ x: Double) -> Double { x <= 0 ? 0 : x }
  static func gain(_ x: Double) -> Double { x > 0 ? 1 : 0 }
  static func curvature(_ x: Double, value: Double, gain: Double) -> Double { 0 }

  static func apply(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) { VectorKernels.relu(x, values: values, gains: gains, count: count) }

  static func gaussianGain(drive: Double, variance: Double) -> GaussianGain {
    let spread = variance.squareRoot()
    let scaled = drive / spread
    let density = StandardNormal.density(scaled)
    return GaussianGain(
      gain: StandardNormal.probability(below: scaled), driveSlope: density / spread,
      varianceSlope: -scaled * density / (2 * variance))
  }

  static func evenMoments(variance: Double) -> (second: Double, fourth: Double) {
    (variance / 2, 1.5 * variance * variance)
  }

  static var hasClosedKernel: Bool { true }

  /// √(K11 K22)/(2π) [sin θ + (π-θ) cos θ], cos θ = K12/√(K11 K22) (Cho & Saul 2009).
  static func kernel(_ first: Double, _ cross: Double, _ second: Double) -> Double {
    let norm = (first * second).squareRoot()
    guard norm > 0 else { return 0 }
    let cosine = min(1, max(-1, cross / norm))
    let angle = acos(cosine)
    return norm / (2 * Double.pi) * ((1 - cosine * cosine).squareRoot() + (Double.pi - angle) * cosine)
  }

  static var pairs: (any GaussianPairFunction.Type)? { Rectifier.self }
}

extension Rectifier: GaussianPairFunction {
  /// Rosenbaum 1961, moments of a truncated bivariate normal.
  static func pair(_ first: GaussianInput, _ second: GaussianInput, _ joint: GaussianCorrelation) -> GaussianPair {
    let (a, b) = (first.drive, second.drive)
    let (p, q) = (first.spread, second.spread)
    let (rho, s) = (joint.correlation, joint.sine)
    let normal = GaussianPairTerms(first, second, joint)
    let (byFirst, bySecond) = (normal.byFirst, normal.bySecond)
    return GaussianPair(
      value: (a * b + joint.covariance) * normal.both + a * q * bySecond + b * p * byFirst + p * q * s * normal.joined,
      driveSlopes: (
        b * normal.both + q * (bySecond + rho * byFirst), a * normal.both + p * (byFirst + rho * bySecond)
      ),
      varianceSlopes: (
        0.5 * q / p * (normal.excess.0 * byFirst + s * normal.joined),
        0.5 * p / q * (normal.excess.1 * bySecond + s * normal.joined)
      ),
      covarianceSlope: normal.both)
  }
}
