// Gaussian averages of gains by the trapezoidal rule, which converges exponentially for analytic ones, and their limit for wide inputs.

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
  /// At a spread of at most this the limit q → 0 serves, whose relative error is O(q²).
  static let narrowest = 1e-8
  /// The spread beyond which the sum, whose nodes grow with it, gives way to its limit.
  static let widest = 1e4

  /// ḡ of any smooth activation function: E[φ'], E[φ''] and ½ E[z φ'']/q at equidistant z. O(1 + q).
  static func gain<Function: ActivationFunction>(
    of function: Function.Type, drive b: Double, variance: Double
  ) -> GaussianGain {
    let q = variance.squareRoot()
    // Nodes may be no farther apart in the input than a gain's own width, which is taken as 1.
    let h = min(largestScaledStep, largestStep / min(q, widest))
    // Where the spread vanishes the difference quotient needs one of its own.
    let difference = max(q, 1e-4)
    let count = Int((reach / h).rounded(.up))
    var (gain, curvature, third) = (0.0, 0.0, 0.0)
    for k in -count...count {
      let z = h * Double(k)
      let weight = h * StandardNormal.density(z)
      gain += weight * function.gain(b + q * z)
      curvature += weight * function.curvature(b + q * z)
      third += weight * z * (q == difference ? function.curvature(b + q * z) : function.curvature(b + difference * z))
    }
    return GaussianGain(gain: gain, driveSlope: curvature, varianceSlope: third / (2 * difference))
  }

  /// Calls `body` with exp(−z²/2) and exp(−rate · u), u = b + q z, for eight nodes z at a time from `lower` to at least
  /// `upper`; returns the step times (2π)^(−1/2).
  ///
  /// On a grid both are geometric or nearly so, and follow from a handful of exponentials, taken anew before rounding adds up.
  @inline(__always)
  static func sum(
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

/// A wide normal distribution, smoothed by a narrow density of width 1: the limit q → ∞ in O(1), to a relative (π x/q)⁶/720, x = b/q,
/// below 1e-12 wherever ḡ is a normal number.
///
/// Convolved with a density of variance m₂ and fourth moment m₄, the density p becomes p + m₂ D²p/(2q²) + m₄ D⁴p/(24q⁴), D the
/// derivative with respect to x.
struct SmoothedNormal {
  /// x.
  private let x: Double
  private let density: Double
  /// m₂/(2q²) and m₄/(24q⁴).
  private let second, fourth: Double
  /// He_k(x).
  private let hermite: [Double]

  init(drive: Double, spread q: Double, variance: Double, fourthMoment: Double) {
    x = max(-40, min(40, drive / q))
    density = StandardNormal.density(x)
    second = variance / (2 * q * q)
    fourth = fourthMoment / (24 * q * q) / (q * q)
    var hermite = [1, x]
    for k in 1..<6 { hermite.append(x * hermite[k] - Double(k) * hermite[k - 1]) }
    self.hermite = hermite
  }

  /// Dᵏp = (−1)ᵏ He_k(x) p.
  private func slope(_ k: Int) -> Double { (k.isMultiple(of: 2) ? 1 : -1) * hermite[k] * density }

  /// Dᵏp, smoothed.
  func smoothed(_ k: Int) -> Double { slope(k) + second * slope(k + 2) + fourth * slope(k + 4) }

  /// The distribution function at x, smoothed.
  var smoothedProbability: Double {
    StandardNormal.probability(below: x) + second * slope(1) + fourth * slope(3)
  }
}
