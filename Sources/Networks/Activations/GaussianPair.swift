// The mean product of two neurons on Gaussian stimuli, with its derivatives, where it has a closed form.

import Foundation
import Sampling

/// What a neuron's Gaussian input u + a, u ~ N(0, p), contributes to closed forms: computed once, used in every pair.
struct GaussianInput: Sendable {
  /// a.
  let drive: Double
  /// p.
  let variance: Double
  /// What is added to p in the closed forms: ½ for erf, which is the distribution function of another Gaussian.
  let extraVariance: Double
  /// The scale that h is measured in: √p for a rectifier, √(p + ½) for erf.
  let spread: Double
  /// h = a/spread.
  let scaled: Double
  /// The standard normal density and distribution function at h.
  let density: Double
  let probability: Double

  static let zero = GaussianInput(.linear, drive: 0, variance: 0)

  init(_ activation: Activation, drive: Double, variance: Double) {
    self.drive = drive
    self.variance = variance
    // An input without variance is a step away from its drive's sign, for which any scale is short enough.
    extraVariance = activation == .erf ? 0.5 : 0
    spread = max((variance + extraVariance).squareRoot(), 1e-150)
    scaled = drive / spread
    density = StandardNormal.density(scaled)
    probability = StandardNormal.probability(below: scaled)
  }
}

/// Q = E[φ(u + a) φ(v + b)] for Gaussian (u, v) of variances p, q and covariance r, with its derivatives.
///
/// By Price's theorem ∂Q/∂r = E[φ' φ'], ∂Q/∂a = E[φ' φ] and ∂Q/∂p = ½ E[φ'' φ], of a rectifier in the sense of distributions.
struct GaussianPair: Sendable {
  var value: Double
  /// ∂Q/∂a and ∂Q/∂b.
  var driveSlopes: (Double, Double)
  /// ∂Q/∂p and ∂Q/∂q.
  var varianceSlopes: (Double, Double)
  /// ∂Q/∂r.
  var covarianceSlope: Double
}

/// How two inputs are correlated, in the scale of ``GaussianInput/spread``.
struct GaussianCorrelation: Sendable {
  let covariance: Double
  /// ρ.
  let correlation: Double
  /// (1 − ρ²)^½; exactly 0 for inputs that are parallel to rounding.
  let sine: Double

  init(_ first: GaussianInput, _ second: GaussianInput, covariance: Double) {
    self.covariance = covariance
    let shared = first.spread * second.spread
    // Through the determinant of the inputs, which is exactly 0 where parallel inputs leave nothing but rounding.
    let inputs = first.variance * second.variance
    let free = inputs - covariance * covariance
    let determinant =
      (free > 1e-15 * inputs ? free : 0) + first.extraVariance * (second.variance + second.extraVariance)
      + second.extraVariance * first.variance
    if determinant > 0 {
      sine = min(1, determinant.squareRoot() / shared)
      // Near ±1 from the sine, so that both are those of one angle and rounding enters in second order only.
      let ratio = covariance / shared
      correlation = abs(ratio) < 0.7 ? ratio : (ratio < 0 ? -1 : 1) * ((1 - sine) * (1 + sine)).squareRoot()
    } else {
      correlation = covariance > 0 ? 1 : covariance < 0 ? -1 : 0
      sine = covariance == 0 ? 1 : 0
    }
  }
}

extension Activation {
  /// Whether the mean product of two neurons on Gaussian stimuli has a closed form.
  public var hasGaussianPairs: Bool { self == .linear || self == .relu || self == .erf }

  /// Q and its derivatives; a neuron with itself is the case of equal inputs with covariance = variance.
  ///
  /// - Precondition: ``hasGaussianPairs``; inputs of this activation.
  func gaussianPair(
    _ first: GaussianInput, _ second: GaussianInput, _ joint: GaussianCorrelation
  ) -> GaussianPair {
    let (a, b) = (first.drive, second.drive)
    if self == .linear {
      return GaussianPair(
        value: a * b + joint.covariance, driveSlopes: (b, a), varianceSlopes: (0, 0), covarianceSlope: 1)
    }
    let (h, k) = (first.scaled, second.scaled)
    let (rho, s) = (joint.correlation, joint.sine)
    let excess = (k - rho * h, h - rho * k)
    let reach = (Self.ratio(excess.0, s), Self.ratio(excess.1, s))
    let within = (StandardNormal.probability(below: reach.0), StandardNormal.probability(below: reach.1))
    let both = BivariateNormal.probability(
      (h, first.probability), (k, second.probability), correlation: rho, sine: s,
      conditional: ((reach.0, within.0), (reach.1, within.1)))
    // ∂Φ₂/∂h = φ(h) Φ((k − ρh)/s), and the same with h and k exchanged.
    let byFirst = first.density * within.0
    let bySecond = second.density * within.1
    // φ(h) φ((k − ρh)/s) = s φ₂(h, k; ρ), symmetric in h and k.
    let joined = first.density * StandardNormal.density(reach.0)
    let (p, q) = (first.spread, second.spread)
    if self == .relu {
      // Rosenbaum 1961, moments of a truncated bivariate normal.
      return GaussianPair(
        value: (a * b + joint.covariance) * both + a * q * bySecond + b * p * byFirst + p * q * s * joined,
        driveSlopes: (b * both + q * (bySecond + rho * byFirst), a * both + p * (byFirst + rho * bySecond)),
        varianceSlopes: (
          0.5 * q / p * (excess.0 * byFirst + s * joined), 0.5 * p / q * (excess.1 * bySecond + s * joined)
        ),
        covarianceSlope: both)
    }
    // erf(x) = 2 Φ(√2 x) − 1 turns the mean product into Φ₂ (Williams 1997 for drives 0).
    let slopes = (4 * byFirst - 2 * first.density, 4 * bySecond - 2 * second.density)
    let byCorrelation = 4 * joined / s
    return GaussianPair(
      value: 4 * both - 2 * first.probability - 2 * second.probability + 1,
      driveSlopes: (slopes.0 / p, slopes.1 / q),
      varianceSlopes: (
        -0.5 * (slopes.0 * h + byCorrelation * rho) / (p * p), -0.5 * (slopes.1 * k + byCorrelation * rho) / (q * q)
      ),
      covarianceSlope: byCorrelation / (p * q))
  }

  /// x/s, the limit s → 0 included.
  @inline(__always)
  private static func ratio(_ x: Double, _ s: Double) -> Double { x == 0 ? 0 : x / s }
}
