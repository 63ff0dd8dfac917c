// The activation functions that a spec can name.

/// An activation function phi.
enum ActivationName: String, SpecChoice {
  case linear, relu, tanh, erf, softplus

  /// Whether |phi| stays below a constant.
  var isBounded: Bool { self == .tanh || self == .erf }

  /// Whether the Gaussian expectation of the loss of one hidden layer has a closed form.
  var hasGaussianLoss: Bool { self != .tanh && self != .softplus }
}
