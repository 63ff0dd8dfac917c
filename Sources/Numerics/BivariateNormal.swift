// The bivariate normal distribution function, through Owen's T function.

import CGSL

/// The standard bivariate normal distribution function Φ₂(h, k; ρ) = P(X < h, Y < k), to about 1e-15 absolute.
package enum BivariateNormal {
  /// A standard normal variable's bound and the probability of staying below it.
  package typealias Bound = (value: Double, probability: Double)

  /// Φ₂(h, k; ρ) for s = (1 − ρ²)^½, which the caller knows without cancellation, and for the bounds h, k and, given the
  /// other variable, t = (k − ρh)/s and t' = (h − ρk)/s. s = 0 stands for ρ = ±1.
  ///
  /// Owen 1956: Φ₂ = ½ Φ(h) + ½ Φ(k) − T(h, t/h) − T(k, t'/k) − (½ where h and k differ in sign).
  package static func probability(
    _ h: Bound, _ k: Bound, correlation: Double, sine: Double, conditional: (Bound, Bound)
  ) -> Double {
    guard sine > 0 else {
      if correlation > 0 { return min(h.probability, k.probability) }
      return max(0, h.probability - StandardNormal.probability(below: -k.value))
    }
    if h.value == 0, k.value == 0 { return 0.25 + atan2(correlation, sine) / (2 * Double.pi) }
    let opposed: Double = (h.value < 0) == (k.value < 0) ? 0 : 0.5
    let value = 0.5 * (h.probability + k.probability) - opposed - owenT(h, conditional.0) - owenT(k, conditional.1)
    return max(0, value)
  }

  /// T(h, t/h) = (2π)⁻¹ ∫_0^{t/h} exp(−h²(1 + x²)/2)/(1 + x²) dx.
  ///
  /// For |t| > |h| by T(h, a) + T(ah, 1/a) = ½[Φ(h) Φ(−ah) + Φ(ah) Φ(−h)] for h, a > 0, which leaves an integral over at
  /// most 0 ... 1, and no division by a small h. h = 0 counts as positive, as in where h and k differ in sign.
  @inline(__always)
  private static func owenT(_ h: Bound, _ t: Bound) -> Double {
    let sign: Double = (h.value < 0) == (t.value < 0) ? 1 : -1
    let (x, y) = (abs(h.value), abs(t.value))
    if y <= x { return sign * integral(x, y) }
    let below = h.value < 0 ? h.probability : 1 - h.probability
    let beyond = t.value < 0 ? t.probability : 1 - t.probability
    return sign * (0.5 * ((1 - below) * beyond + (1 - beyond) * below) - integral(y, x))
  }

  /// The integral for 0 ≤ t ≤ h by Gauss–Legendre, whose integrand's poles at ±i h/t stay away from the path.
  @inline(__always)
  private static func integral(_ h: Double, _ t: Double) -> Double {
    // exp(−h²/2) < 1e-17
    guard h > 0, h < 8.85 else { return 0 }
    let ratio = t / h
    let rule = rule
    var sum = 0.0
    for k in 0..<nodeCount {
      let square = rule.squares[k]
      sum += rule.weights[k] * exp(-0.5 * (h * h + t * t * square)) / (1 + ratio * ratio * square)
    }
    return sum * ratio / (2 * Double.pi)
  }

  private static let nodeCount = 12
  /// The squares of the nodes on 0 ... 1, and the weights.
  private static let rule: (squares: SIMD16<Double>, weights: SIMD16<Double>) = {
    var squares = SIMD16<Double>()
    var weights = SIMD16<Double>()
    let table = gsl_integration_glfixed_table_alloc(nodeCount)
    defer { gsl_integration_glfixed_table_free(table) }
    for k in 0..<nodeCount {
      var node = 0.0
      _ = gsl_integration_glfixed_point(0, 1, k, &node, &weights[k], table)
      squares[k] = node * node
    }
    return (squares, weights)
  }()
}
