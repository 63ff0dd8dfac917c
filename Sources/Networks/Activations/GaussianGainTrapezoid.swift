// Gaussian averages of the gains of tanh and softplus by the trapezoidal rule, which converges exponentially for them.

import Foundation
import Sampling

/// ḡ and its slopes as sums over equidistant z, for activations without a closed form.
///
/// For f analytic with |f(x + iy)| <= M(a) f(x) in the strip |y| < a, the rule of step h in u = b + q z has a relative error
/// below 2 M(a) exp(−2πa/h + a²/(2q²)) at every b (shift the contour in Poisson's sum; Trefethen & Weideman 2014). sech² has
/// M = 1/cos² a, a < π/2, and the logistic function the same with u halved. The integrands are log-concave with curvature
/// −1/q² at least, so that cutting the sum 8.5 q from a point within q of their peak loses less than 1e-12.
enum GaussianGainTrapezoid {
  /// The largest step in u of the rule for sech²; twice that for the logistic function.
  static let largestStep = 0.25
  /// The largest step in z.
  static let largestScaledStep = 0.5
  /// Half of the width in z.
  static let reach = 8.5
  /// A drop of the integrand by exp(−negligible) ends the sum.
  static let negligible = 31.0

  /// ḡ of tanh: φ' = sech², φ'' = −2 tanh φ', φ''' = (4 − 6 φ') φ'.
  static func tanh(drive: Double, variance: Double) -> GaussianGain {
    let b = abs(drive)
    let q = variance.squareRoot()
    guard q > 1e-8 else { return narrow(.tanh, drive: drive) }
    guard q < widest else { return wide(.tanh, drive: drive, spread: q) }
    // With 4 exp(−2|u|) for sech²: the peak is at max(0, b − 2q²), and the sum ends where the drop from u = 0 is negligible.
    let peak = max(-2 * q, -b / q)
    let right = 2 * q - b / q
    let left = 2 * q + b / q
    let root = 2 * (negligible + 1.4)
    let upper = min(peak + reach, root / (right + (right * right + root).squareRoot()) - b / q)
    let lower = max(peak - reach, -root / (left + (left * left + root).squareRoot()) - b / q)
    var sums = (Lanes.zero, Lanes.zero, Lanes.zero)
    let step = sum(from: lower, to: upper, drive: b, spread: q, rate: 2, largestStep: largestStep) { weight, decay in
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

  /// ḡ of softplus: φ' = σ the logistic function, φ'' = σ(1 − σ), φ''' = (1 − 2σ) φ''.
  static func softplus(drive b: Double, variance: Double) -> GaussianGain {
    let q = variance.squareRoot()
    guard q > 1e-8 else { return narrow(.softplus, drive: b) }
    guard q < widest else { return wide(.softplus, drive: b, spread: q) }
    // With min(1, eᵘ) for σ, the peak is where u is closest to 0 between b and b + q².
    let peak = max(0, min(q, -b / q))
    let left = q + b / q
    let root = 2 * negligible
    let lower = max(peak - reach, -root / (left + (left * left + root).squareRoot()) - b / q)
    var sums = (Lanes.zero, Lanes.zero, Lanes.zero)
    let step = sum(
      from: lower, to: peak + reach, drive: b, spread: q, rate: 1, largestStep: 2 * largestStep
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

  /// The limit q → 0, whose relative error is O(q²).
  private static func narrow(_ activation: Activation, drive: Double) -> GaussianGain {
    let gain = activation.gain(drive)
    let curvature = activation.curvature(drive)
    let third = activation == .tanh ? gain * (4 - 6 * gain) : curvature * (1 - 2 * gain)
    return GaussianGain(gain: gain, driveSlope: curvature, varianceSlope: third / 2)
  }

  /// The spread beyond which the sum, whose nodes grow with it, gives way to its limit.
  static let widest = 1e4

  /// The limit q → ∞ in O(1), to a relative (π x/q)⁶/720, x = b/q: below 1e-12 wherever ḡ is a normal number.
  ///
  /// sech²/2 and the slope of the logistic function are densities of variance m₂ and fourth moment m₄. Convolved with them, a wide
  /// normal density p becomes p + m₂ D²p/(2q²) + m₄ D⁴p/(24q⁴), D the derivative with respect to x.
  private static func wide(_ activation: Activation, drive: Double, spread q: Double) -> GaussianGain {
    let x = max(-40, min(40, drive / q))
    let density = StandardNormal.density(x)
    let square = Double.pi * Double.pi
    let isTanh = activation == .tanh
    let second = (isTanh ? square / 12 : square / 3) / (2 * q * q)
    let fourth = (isTanh ? 7 * square * square / 240 : 7 * square * square / 15) / (24 * q * q) / (q * q)
    // Dᵏp = (−1)ᵏ He_k(x) p.
    var hermite = [1, x]
    for k in 1..<6 { hermite.append(x * hermite[k] - Double(k) * hermite[k - 1]) }
    func slope(_ k: Int) -> Double { (k.isMultiple(of: 2) ? 1 : -1) * hermite[k] * density }
    func smoothed(_ k: Int) -> Double { slope(k) + second * slope(k + 2) + fourth * slope(k + 4) }
    if isTanh {
      return GaussianGain(
        gain: 2 * smoothed(0) / q, driveSlope: 2 * smoothed(1) / q / q, varianceSlope: smoothed(2) / q / q / q)
    }
    return GaussianGain(
      gain: StandardNormal.probability(below: x) + second * slope(1) + fourth * slope(3),
      driveSlope: smoothed(0) / q, varianceSlope: 0.5 * smoothed(1) / q / q)
  }

  /// Calls `body` with exp(−z²/2) and exp(−rate · u), u = b + q z, for eight nodes z at a time from `lower` to at least
  /// `upper`; returns the step times (2π)^(−1/2).
  ///
  /// On a grid both are geometric or nearly so, and follow from a handful of exponentials, taken anew before rounding adds up.
  @inline(__always)
  private static func sum(
    from lower: Double, to upper: Double, drive b: Double, spread q: Double, rate: Double, largestStep: Double,
    _ body: (_ weight: Lanes, _ decay: Lanes) -> Void
  ) -> Double {
    let h = min(largestScaledStep, largestStep / q)
    let count = (1...1 << 20).wholeNumber(roundingUp: (upper - lower) / (8 * h))
    // exp(−(z + 8h)²/2) = exp(−z²/2) · exp(−8hz − 32h²), whose second factor falls by exp(−64h²) in turn.
    let laneRatio = exp(-8 * h * h)
    let ratioRatio = exp(-64 * h * h)
    let decayRatio = exp(-rate * 8 * h * q)
    var number = 0
    while number < count {
      let start = lower + 8 * h * Double(number)
      var weight = Lanes.zero
      var decay = Lanes.zero
      var ratio = Lanes.zero
      ratio[0] = exp(-8 * h * start - 32 * h * h)
      for lane in 0..<8 {
        let z = start + h * Double(lane)
        weight[lane] = exp(-0.5 * z * z)
        // Where this is cut off, the gain is below the smallest number.
        decay[lane] = exp(min(690, -rate * (b + q * z)))
        if lane > 0 { ratio[lane] = ratio[lane - 1] * laneRatio }
      }
      let end = min(count, number + 64)
      while number < end {
        body(weight, decay)
        weight *= ratio
        ratio *= ratioRatio
        decay *= decayRatio
        number += 1
      }
    }
    return h * 0.398942280401432677939946
  }
}
