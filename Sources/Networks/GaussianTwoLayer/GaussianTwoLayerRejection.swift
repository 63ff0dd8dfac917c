// Independent neurons on Gaussian stimuli drawn by rejection.

import Sampling

extension GaussianTwoLayerDensity {
  /// Nil if neurons interact, no bound is known, or it is too weak.
  var rejectionLaw: NeuronRejectionLaw? {
    guard case .multipliers(let multipliers) = potential else { return nil }
    return NeuronRejectionLaw(
      .gaussian, activation: activation, multipliers: inverseTemperature * multipliers, covariance: stimulusCovariance,
      prior: weightPrior)
  }

  public func exactKernel() -> NeuronRejection<GaussianTwoLayerDensity>? { NeuronRejection(self, law: rejectionLaw) }
}
