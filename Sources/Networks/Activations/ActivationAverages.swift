// Gaussian averages of activation functions: moments of one neuron and the kernel of a wide layer.

import CGSL
import Foundation
import Sampling

extension Activation {
  /// E[φ(u)²] and E[φ(u)⁴] for u ~ N(0, variance); linear and rectifier in closed form, others by adaptive quadrature.
  ///
  /// - Throws: ``GSLError``.
  func evenMoments(variance: Double) throws -> (second: Double, fourth: Double) {
    switch self {
    case .linear: return (variance, 3 * variance * variance)
    case .relu: return (variance / 2, 1.5 * variance * variance)
    case .tanh, .erf, .softplus:
      let deviation = variance.squareRoot()
      func moment(_ power: Double) throws -> Double {
        // Beyond 12 standard deviations the weight is below 10⁻³¹, and φ grows no faster than its argument.
        try AdaptiveQuadrature.integrate(-12...12, absoluteError: 0, relativeError: 1e-12) { z in
          pow(value(deviation * z), power) * gsl_ran_ugaussian_pdf(z)
        }.value
      }
      return variance > 0 ? (try moment(2), try moment(4)) : (pow(value(0), 2), pow(value(0), 4))
    }
  }

  /// E[φ(u) φ(v)] for Gaussian (u, v) with variances `first` and `second` and covariance `cross`.
  ///
  /// Linear: K12. Rectifier: √(K11 K22)/(2π) [sin θ + (π-θ) cos θ], cos θ = K12/√(K11 K22) (Cho & Saul 2009). erf: (2/π)
  /// arcsin(2K12/√((1+2K11)(1+2K22))) (Williams 1997). tanh and softplus: the trapezoid rule in the plane, whose error falls
  /// exponentially with the distance of the nearest pole: to 10⁻¹⁰ with about 3·10³ max(1, K11, K22) evaluations.
  func kernel(_ first: Double, _ cross: Double, _ second: Double) -> Double {
    switch self {
    case .linear:
      return cross
    case .relu:
      let norm = (first * second).squareRoot()
      guard norm > 0 else { return 0 }
      let cosine = min(1, max(-1, cross / norm))
      let angle = acos(cosine)
      return norm / (2 * Double.pi) * ((1 - cosine * cosine).squareRoot() + (Double.pi - angle) * cosine)
    case .erf:
      let ratio = 2 * cross / ((1 + 2 * first) * (1 + 2 * second)).squareRoot()
      return 2 / Double.pi * asin(min(1, max(-1, ratio)))
    case .tanh, .softplus:
      return planeKernel(first, cross, second)
    }
  }

  private func planeKernel(_ first: Double, _ cross: Double, _ second: Double) -> Double {
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
      for (b, innerWeight) in zip(nodes, weights) { inner += innerWeight * value(slope * a + rest * b) }
      total += weight * value(root * a) * inner
    }
    return total
  }
}
