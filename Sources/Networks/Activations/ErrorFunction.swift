// The error function, the sigmoid whose Gaussian averages are closed forms.

import Sampling

extension Activation {
  /// φ(x) = erf x.
  public static let erf = Activation(ErrorFunction.self)
}

/// φ(x) = erf x.
enum ErrorFunction: ActivationFunction {
  static let name = "erf"
  static var gainRange: ClosedRange<Double> { 0...2 / Double.pi.squareRoot() }
  static var growth: ActivationGrowth { .bounded(span: 2) }
  static var isOdd: Bool { true }

  static func value(_ x: Double) -> Double { erf(x) }
  static func gain(_ x: Double) -> Double { 2 / Double.pi.squareRoot() * exp(-x * x) }
  static func curvature(_ x: Double) -> Double { -4 / Double.pi.squareRoot() * x * exp(-x * x) }
  static func curvature(_ x: Double, value: Double, gain: Double) -> Double { -2 * x * gain }

  static func apply(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) { VectorKernels.erf(x, values: values, gains: gains, count: count) }

  static func gaussianGain(drive: Double, variance: Double) -> GaussianGain {
    let shrinkage = 1 / (1 + 2 * variance)
    let gain = 2 / Double.pi.squareRoot() * shrinkage.squareRoot() * exp(-drive * drive * shrinkage)
    let reach = drive * shrinkage
    return GaussianGain(
      gain: gain, driveSlope: -2 * reach * gain, varianceSlope: gain * (2 * reach * reach - shrinkage))
  }

  static var hasClosedKernel: Bool { true }

  /// (2/π) arcsin(2K12/√((1+2K11)(1+2K22))) (Williams 1997).
  static func kernel(_ first: Double, _ cross: Double, _ second: Double) -> Double {
    let ratio = 2 * cross / ((1 + 2 * first) * (1 + 2 * second)).squareRoot()
    return 2 / Double.pi * asin(min(1, max(-1, ratio)))
  }

  static var pairs: (any GaussianPairFunction.Type)? { ErrorFunction.self }
}

extension ErrorFunction: GaussianPairFunction {
  /// ½, for erf is the distribution function of another Gaussian.
  static var extraVariance: Double { 0.5 }

  /// erf(x) = 2 Φ(√2 x) − 1 turns the mean product into Φ₂ (Williams 1997 for drives 0).
  static func pair(_ first: GaussianInput, _ second: GaussianInput, _ joint: GaussianCorrelation) -> GaussianPair {
    let (h, k) = (first.scaled, second.scaled)
    let (p, q) = (first.spread, second.spread)
    let (rho, s) = (joint.correlation, joint.sine)
    let normal = GaussianPairTerms(first, second, joint)
    let slopes = (4 * normal.byFirst - 2 * first.density, 4 * normal.bySecond - 2 * second.density)
    let byCorrelation = 4 * normal.joined / s
    return GaussianPair(
      value: 4 * normal.both - 2 * first.probability - 2 * second.probability + 1,
      driveSlopes: (slopes.0 / p, slopes.1 / q),
      varianceSlopes: (
        -0.5 * (slopes.0 * h + byCorrelation * rho) / (p * p), -0.5 * (slopes.1 * k + byCorrelation * rho) / (q * q)
      ),
      covarianceSlope: byCorrelation / (p * q))
  }
}
