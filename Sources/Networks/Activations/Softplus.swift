// The softplus, a rectifier without a kink.

import Sampling

extension Activation {
  /// φ(x) = ln(1 + eˣ).
  public static let softplus = Activation(Softplus.self)
}

/// φ(x) = ln(1 + eˣ).
enum Softplus: ActivationFunction {
  static let name = "softplus"
  static var gainRange: ClosedRange<Double> { 0...1 }
  static var growth: ActivationGrowth { .rectified }

  static func value(_ x: Double) -> Double { x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)) }
  static func gain(_ x: Double) -> Double { x > 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }
  static func curvature(_ x: Double, value: Double, gain: Double) -> Double { gain * (1 - gain) }

  static func apply(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) { VectorKernels.softplus(x, values: values, gains: gains, count: count) }

  /// φ' = σ the logistic function, φ'' = σ(1 − σ), φ''' = (1 − 2σ) φ''.
  static func gaussianGain(drive b: Double, variance: Double) -> GaussianGain {
    let q = variance.squareRoot()
    guard q > GaussianGainTrapezoid.narrowest else {
      let (gain, curvature) = (gain(b), curvature(b))
      return GaussianGain(gain: gain, driveSlope: curvature, varianceSlope: curvature * (1 - 2 * gain) / 2)
    }
    guard q < GaussianGainTrapezoid.widest else {
      // The slope of the logistic function is a density of variance π²/3 and fourth moment 7π⁴/15.
      let square = Double.pi * Double.pi
      let wide = SmoothedNormal(drive: b, spread: q, variance: square / 3, fourthMoment: 7 * square * square / 15)
      return GaussianGain(
        gain: wide.smoothedProbability, driveSlope: wide.smoothed(0) / q,
        varianceSlope: 0.5 * wide.smoothed(1) / q / q)
    }
    // With min(1, eᵘ) for σ, the peak is where u is closest to 0 between b and b + q².
    let reach = GaussianGainTrapezoid.reach
    let peak = max(0, min(q, -b / q))
    let left = q + b / q
    let root = 2 * GaussianGainTrapezoid.negligible
    let lower = max(peak - reach, -root / (left + (left * left + root).squareRoot()) - b / q)
    var sums = (Lanes.zero, Lanes.zero, Lanes.zero)
    let step = GaussianGainTrapezoid.sum(
      from: lower, to: peak + reach, drive: b, spread: q, rate: 1, largestStep: 2 * GaussianGainTrapezoid.largestStep
    ) { weight, decay in
      let inverse = 1 / (1 + decay)
      let weighted = weight * inverse
      let slope = weighted * decay * inverse
      sums.0 += weighted
      sums.1 += slope
      sums.2 += slope * (decay - 1) * inverse
    }
    return GaussianGain(
      gain: step * sums.0.sum(), driveSlope: step * sums.1.sum(), varianceSlope: 0.5 * step * sums.2.sum())
  }
}
