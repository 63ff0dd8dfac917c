// The kinds of weights of a feedforward network, by which specs name scales and what weights may be.

/// Weights that share a scale.
public enum WeightGroup: String, Sendable, CaseIterable {
  /// w, of the last hidden layer.
  case output
  /// m, into the first hidden layer.
  case input
  /// Between hidden layers.
  case hidden
  /// The context drives b.
  case context
}

extension WeightScales {
  /// The scale of a group.
  public func of(_ group: WeightGroup) -> Double {
    switch group {
    case .output: output
    case .input: input
    case .hidden: hidden
    case .context: context
    }
  }
}
