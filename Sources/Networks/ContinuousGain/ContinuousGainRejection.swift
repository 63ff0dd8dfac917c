// Independent neurons with continuous gains drawn by rejection.

import Sampling

extension ContinuousGainDensity {
  /// Nil if neurons interact, or the bound is too weak.
  var rejectionLaw: NeuronRejectionLaw? {
    guard case .multipliers(let multipliers) = potential else { return nil }
    return NeuronRejectionLaw(
      .small, activation: activation, multipliers: inverseTemperature * multipliers, covariance: .identity(features),
      prior: weightPrior)
  }

  public func exactKernel() -> NeuronRejection<ContinuousGainDensity>? { NeuronRejection(self, law: rejectionLaw) }
}
