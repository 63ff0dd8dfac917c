// Which layers of a feedforward network can be scaled against each other.

extension FeedforwardArchitecture {
  /// The pairs of layers that balance: all neighbours where φ(c x) = c φ(x), none otherwise. A layer's context drives go with its weights.
  var balancedPairs: [BalancedPair] {
    guard activation.isHomogeneous else { return [] }
    return (0..<depth).map { layer in
      let suffix = layer == 0 ? "" : "_\(layer + 1)"
      let weights = layer == 0 ? "input_weights" : "hidden_weights\(suffix)"
      return BalancedPair(
        incoming: [weights] + (isDriven(layer) ? ["context_drive\(suffix)"] : []),
        outgoing: layer == depth - 1 ? "output_weight" : "hidden_weights_\(layer + 2)")
    }
  }
}
