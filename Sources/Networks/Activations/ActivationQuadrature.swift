// Gaussian averages of activation functions by quadrature, for those without a closed form.

import CGSL
import Sampling

/// What an ``ActivationFunction`` falls back on.
enum ActivationQuadrature {
  /// E[φ(u)²] and E[φ(u)⁴] for u ~ N(0, variance), by adaptive quadrature.
  ///
  /// - Throws: ``GSLError``.
  static func evenMoments<Function: ActivationFunction>(
    of function: Function.Type, variance: Double
  ) throws -> (second: Double, fourth: Double) {
    let deviation = variance.squareRoot()
    func moment(_ power: Double) throws -> Double {
      // Beyond 12 standard deviations the weight is below 10⁻³¹, and φ grows no faster than its argument.
      try AdaptiveQuadrature.integrate(-12...12, absoluteError: 0, relativeError: 1e-12) { z in
        pow(function.value(deviation * z), power) * gsl_ran_ugaussian_pdf(z)
      }.value
    }
    return variance > 0
      ? (try moment(2), try moment(4)) : (pow(function.value(0), 2), pow(function.value(0), 4))
  }

  /// E[φ(u) φ(v)] for Gaussian (u, v) with variances `first` and `second` and covariance `cross`: the trapezoid rule in the plane, whose
  /// error falls exponentially with the distance of φ's nearest pole, to 10⁻¹⁰ with about 3·10³ max(1, K11, K22) evaluations.
  static func kernel<Function: ActivationFunction>(
    of function: Function.Type, _ first: Double, _ cross: Double, _ second: Double
  ) -> Double {
    let root = first.squareRoot()
    let slope = first > 0 ? cross / root : 0
    let rest = max(0, second - slope * slope).squareRoot()
    // The poles of tanh lie at ±iπ/2, those of softplus' at ±iπ: the error is exp(-2π distance/step).
    let distance = 0.5 * Double.pi / max(1, first, second).squareRoot()
    let step = 2 * Double.pi * distance / 32
    let count = Int((8.5 / step).rounded(.up))
    let nodes = (-count...count).map { step * Double($0) }
    let weights = nodes.map { step * gsl_ran_ugaussian_pdf($0) }
    var total = 0.0
    for (a, weight) in zip(nodes, weights) {
      var inner = 0.0
      for (b, innerWeight) in zip(nodes, weights) { inner += innerWeight * function.value(slope * a + rest * b) }
      total += weight * function.value(root * a) * inner
    }
    return total
  }
}
