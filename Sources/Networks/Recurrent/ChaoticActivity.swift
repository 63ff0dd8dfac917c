// The variance of chaotic activity, which recurrent weights keep up by themselves.

import Sampling

/// The stationary state of ẋ = −x + J φ(x)/√N without drive, as N → ∞ (Sompolinsky, Crisanti & Sommers 1988).
///
/// For an odd φ between two limits activity dies out where q φ'(0) ≤ 1, q the standard deviation of J; above that it is chaotic.
public enum ChaoticActivity {
  /// Δ0 = E x²: the root of Δ0²/2 = q² ∫_0^Δ0 E[φ(u) φ(v)] ds, (u, v) normal with variances Δ0 and covariance s; nil where activity dies out, and for
  /// φ that are not odd, bounded and differentiable. Some thousand integrals over the plane, of tanh a fraction of a second.
  ///
  /// - Parameter scale: q, at least 0.
  /// - Throws: a reason in words for scales so large that the integrals take too long; ``GSLError``.
  public static func variance(of activation: Activation, scale: Double) throws -> Double? {
    guard activation.isOdd, activation.isDifferentiable, let span = activation.span,
      scale * activation.gain(0) > 1
    else { return nil }
    // E φ φ is convex in s, so that beyond q² sup φ² its integral stays below Δ0²/2q².
    let most = scale * scale * span * span / 4
    guard activation.kernelEvaluations(variance: most) <= 1e6 else {
      throw NotComputed("integrals over such large activities take too long")
    }
    func excess(_ variance: Double) throws -> Double {
      let mean = try AdaptiveQuadrature.integrate(0...1, absoluteError: 0, relativeError: 1e-9) { share in
        activation.kernel(variance, share * variance, variance)
      }.value
      return scale * scale * mean / variance - 0.5
    }
    let least = 1e-8 * most
    guard try excess(least) > 0 else { return nil }
    var failure: (any Error)?
    let root = try AdaptiveQuadrature.root(in: least...most) { variance in
      do { return try excess(variance) } catch {
        failure = error
        return .nan
      }
    }
    if let failure { throw failure }
    return root
  }
}
