// Which signs of a neuron's weights its activation does not see.

import Sampling

/// What may change its sign in a neuron without any change of its network.
public enum NeuronSymmetry: Sendable, Equatable {
  /// Nothing.
  case none
  /// All of its weights together, incoming and outgoing: φ(−x) = −φ(x).
  case odd
  /// Its incoming weights and drives: φ(−x) = φ(x).
  case even
}

extension Activation {
  /// The symmetry of a neuron with this activation.
  public var neuronSymmetry: NeuronSymmetry {
    if isOdd { return .odd }
    let probes = [0.0625, 0.3, 0.75, 1.1, 2.3, 5.7]
    return probes.allSatisfy { value(-$0) == value($0) } ? .even : .none
  }
}
