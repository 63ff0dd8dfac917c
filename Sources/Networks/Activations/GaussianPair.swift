// The mean product of two neurons on Gaussian stimuli, with its derivatives, where it has a closed form.

import Sampling

/// What a neuron's Gaussian input u + a, u ~ N(0, p), contributes to closed forms: computed once, used in every pair.
struct GaussianInput: Sendable {
  /// a.
  let drive: Double
  /// p.
  let variance: Double
  /// What is added to p in the closed forms, ``GaussianPairFunction/extraVariance``.
  let extraVariance: Double
  /// The scale that h is measured in: √p for a rectifier, √(p + ½) for erf.
  let spread: Double
  /// h = a/spread.
  let scaled: Double
  /// The standard normal density and distribution function at h.
  let density: Double
  let probability: Double

  static let zero = GaussianInput(Linear.self, drive: 0, variance: 0)

  init(_ function: any GaussianPairFunction.Type, drive: Double, variance: Double) {
    self.drive = drive
    self.variance = variance
    // An input without variance is a step away from its drive's sign, for which any scale is short enough.
    extraVariance = function.extraVariance
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

/// What closed forms that rest on the bivariate normal distribution are made of.
struct GaussianPairTerms: Sendable {
  /// k − ρh and h − ρk.
  let excess: (Double, Double)
  /// Φ₂(h, k; ρ).
  let both: Double
  /// ∂Φ₂/∂h = φ(h) Φ((k − ρh)/s), and the same with h and k exchanged.
  let byFirst, bySecond: Double
  /// φ(h) φ((k − ρh)/s) = s φ₂(h, k; ρ), symmetric in h and k.
  let joined: Double

  init(_ first: GaussianInput, _ second: GaussianInput, _ joint: GaussianCorrelation) {
    let (h, k) = (first.scaled, second.scaled)
    let (rho, s) = (joint.correlation, joint.sine)
    excess = (k - rho * h, h - rho * k)
    let reach = (Self.ratio(excess.0, s), Self.ratio(excess.1, s))
    let within = (StandardNormal.probability(below: reach.0), StandardNormal.probability(below: reach.1))
    both = BivariateNormal.probability(
      (h, first.probability), (k, second.probability), correlation: rho, sine: s,
      conditional: ((reach.0, within.0), (reach.1, within.1)))
    byFirst = first.density * within.0
    bySecond = second.density * within.1
    joined = first.density * StandardNormal.density(reach.0)
  }

  /// x/s, the limit s → 0 included.
  @inline(__always)
  private static func ratio(_ x: Double, _ s: Double) -> Double { x == 0 ? 0 : x / s }
}

/// An activation function whose mean product of two neurons on Gaussian stimuli has a closed form.
protocol GaussianPairFunction: ActivationFunction {
  /// What is added to an input's variance in the closed forms. Default: 0.
  static var extraVariance: Double { get }
  /// Q and its derivatives; a neuron with itself is the case of equal inputs with covariance = variance.
  ///
  /// - Precondition: inputs of this function.
  static func pair(_ first: GaussianInput, _ second: GaussianInput, _ joint: GaussianCorrelation) -> GaussianPair
}

extension GaussianPairFunction {
  static var extraVariance: Double { 0 }
}
