// The exact gain of a neuron for Gaussian stimuli, with its derivatives.

import Foundation
import Sampling

/// The gain of a neuron averaged over its own Gaussian input: ḡ(b, q) = E_z[φ'(q z + b)], z ~ N(0, 1).
///
/// By Stein's lemma E_x[φ(m·x + b) x] = ḡ(b, |m|_S) S m for x ~ N(0, S), |m|_S² = mᵀS m: the linear response of a neuron
/// with no small-stimulus approximation (THEORY section 1). Its slopes are ∂ḡ/∂b = E[φ''] and ∂ḡ/∂(q²) = ½ E[φ''']
/// (the heat equation), of a rectifier in the sense of distributions.
public struct GaussianGain: Sendable, Equatable {
  /// ḡ.
  public var gain: Double
  /// ∂ḡ/∂b.
  public var driveSlope: Double
  /// ∂ḡ/∂(q²), the slope that stays finite at q = 0 for a smooth activation.
  public var varianceSlope: Double

  /// ∂ḡ/∂q = E[z φ''(q z + b)] = 2 q ∂ḡ/∂(q²), for the standard deviation q that ḡ belongs to.
  public func spreadSlope(spread: Double) -> Double { 2 * spread * varianceSlope }
}

extension Activation {
  /// The exact gain at drive b for a Gaussian input of variance q².
  ///
  /// Closed forms for linear, relu and erf (THEORY section 1); for tanh and softplus the trapezoidal rule, good to 1e-10
  /// relative. At q = 0 it is φ'(b). O(1), for tanh and softplus in q for large q.
  ///
  /// - Precondition: a variance that is not negative.
  public func gaussianGain(drive: Double, variance: Double) -> GaussianGain {
    // Below, the spread is lost against the input of any activation, and a rectifier is a step.
    guard variance > 1e-300 else {
      return GaussianGain(gain: gain(drive), driveSlope: curvature(drive), varianceSlope: 0)
    }
    switch self {
    case .linear: return GaussianGain(gain: 1, driveSlope: 0, varianceSlope: 0)
    case .relu:
      let spread = variance.squareRoot()
      let scaled = drive / spread
      let density = StandardNormal.density(scaled)
      return GaussianGain(
        gain: StandardNormal.probability(below: scaled), driveSlope: density / spread,
        varianceSlope: -scaled * density / (2 * variance))
    case .erf:
      let shrinkage = 1 / (1 + 2 * variance)
      let gain = 2 / Double.pi.squareRoot() * shrinkage.squareRoot() * exp(-drive * drive * shrinkage)
      let reach = drive * shrinkage
      return GaussianGain(
        gain: gain, driveSlope: -2 * reach * gain, varianceSlope: gain * (2 * reach * reach - shrinkage))
    case .tanh: return GaussianGainTrapezoid.tanh(drive: drive, variance: variance)
    case .softplus: return GaussianGainTrapezoid.softplus(drive: drive, variance: variance)
    }
  }
}
