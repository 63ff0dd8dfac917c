// The exact gain of a neuron for Gaussian stimuli, with its derivatives.

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
}
