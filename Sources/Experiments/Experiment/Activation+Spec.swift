// The activation functions that a spec can name.

import Networks

extension Activation: SpecChoice {
  /// Whether the Gaussian expectation of the loss of one hidden layer has a closed form.
  var hasGaussianLoss: Bool { self != .tanh && self != .softplus }
}
