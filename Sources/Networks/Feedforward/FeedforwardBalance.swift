// Which layers of a feedforward network can be scaled against each other.

extension FeedforwardArchitecture {
  /// The pairs of layers that balance: all neighbours of normal weights where φ(c x) = c φ(x), none otherwise. A layer's context drives go with its weights.
  var balancedPairs: [BalancedPair] {
    guard activation.isHomogeneous else { return [] }
    let normal = Set(layout.blocks.filter { $0.kind == .real }.map(\.name))
    let pairs = (0..<depth).map { layer in
      let suffix = layer == 0 ? "" : "_\(layer + 1)"
      let weights = layer == 0 ? "input_weights" : "hidden_weights\(suffix)"
      return BalancedPair(
        incoming: [weights] + (isDriven(layer) ? ["context_drive\(suffix)"] : []),
        outgoing: layer == depth - 1 ? "output_weight" : "hidden_weights_\(layer + 2)")
    }
    // Given weights and signs cannot be scaled.
    return pairs.filter { normal.isSuperset(of: $0.incoming + [$0.outgoing]) }
  }
}
