// The hyperbolic tangent.

import Sampling

extension Activation {
  /// φ(x) = tanh x.
  public static let tanh = Activation(HyperbolicTangent.self)
}

/// φ(x) = tanh x.
enum HyperbolicTangent: ActivationFunction {
  static let name = "tanh"
  static var gainRange: ClosedRange<Double> { 0...1 }
  static var growth: ActivationGrowth { .bounded(span: 2) }
  static var isOdd: Bool { true }

  static func value(_ x: Double) -> Double { tanh(x) }

  static func gain(_ x: Double) -> Double {
    // 1 − tanh² would lose its digits far out.
    let cosine = cosh(x)
    return 1 / (cosine * cosine)
  }

  static func curvature(_ x: Double, value: Double, gain: Double) -> Double { -2 * value * gain }

  static func apply(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) { VectorKernels.tanh(x, values: values, gains: gains, count: count) }

  static func respond(
    _ weights: UnsafePointer<Double>, drives: UnsafePointer<Double>, stride: Int, stimuli: UnsafePointer<Double>,
    into responses: UnsafeMutablePointer<Double>, features: Int, groups: Int, count: Int
  ) -> Bool {
    VectorKernels.hiddenTanh(
      weights, drives: drives, stride: stride, stimuli: stimuli, into: responses, features: features, groups: groups,
      count: count)
  }

  /// φ' = sech², φ'' = −2 tanh φ', φ''' = (4 − 6 φ') φ'.
  static func gaussianGain(drive: Double, variance: Double) -> GaussianGain {
    let b = abs(drive)
    let q = variance.squareRoot()
    guard q > GaussianGainTrapezoid.narrowest else {
      let gain = gain(drive)
      return GaussianGain(gain: gain, driveSlope: curvature(drive), varianceSlope: gain * (4 - 6 * gain) / 2)
    }
    guard q < GaussianGainTrapezoid.widest else {
      // sech²/2 is a density of variance π²/12 and fourth moment 7π⁴/240.
      let square = Double.pi * Double.pi
      let wide = SmoothedNormal(drive: drive, spread: q, variance: square / 12, fourthMoment: 7 * square * square / 240)
      return GaussianGain(
        gain: 2 * wide.smoothed(0) / q, driveSlope: 2 * wide.smoothed(1) / q / q,
        varianceSlope: wide.smoothed(2) / q / q / q)
    }
    // With 4 exp(−2|u|) for sech²: the peak is at max(0, b − 2q²), and the sum ends where the drop from u = 0 is negligible.
    let reach = GaussianGainTrapezoid.reach
    let peak = max(-2 * q, -b / q)
    let right = 2 * q - b / q
    let left = 2 * q + b / q
    let root = 2 * (GaussianGainTrapezoid.negligible + 1.4)
    let upper = min(peak + reach, root / (right + (right * right + root).squareRoot()) - b / q)
    let lower = max(peak - reach, -root / (left + (left * left + root).squareRoot()) - b / q)
    var sums = (Lanes.zero, Lanes.zero, Lanes.zero)
    let step = GaussianGainTrapezoid.sum(
      from: lower, to: upper, drive: b, spread: q, rate: 2, largestStep: GaussianGainTrapezoid.largestStep
    ) { weight, decay in
      let inverse = 1 / (1 + decay)
      let gain = 4 * decay * inverse * inverse
      let weighted = weight * gain
      sums.0 += weighted
      sums.1 += weighted * (1 - decay) * inverse
      sums.2 += weighted * gain
    }
    let gain = step * sums.0.sum()
    let slope = -2 * step * sums.1.sum()
    return GaussianGain(
      gain: gain, driveSlope: drive < 0 ? -slope : slope, varianceSlope: 2 * gain - 3 * step * sums.2.sum())
  }
}
