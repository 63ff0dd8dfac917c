// Where the gains of a gain-modulated linear network come from: drawn with the weights, or given.

import Sampling

/// Where the gains of a gain-modulated linear network come from.
public enum BinaryGains: Sendable, Equatable {
  /// Drawn with the weights; each is 1 with this prior probability, 0 < π < 1.
  case drawn(activeProbability: Double)
  /// Given: [context, neuron], row-major.
  case fixed(Matrix)

  /// Gains that are 1 with probability π each: drawn, or all one where π = 1.
  static func independent(activeProbability: Double, contexts: Int, neurons: Int) -> BinaryGains {
    activeProbability < 1
      ? .drawn(activeProbability: activeProbability)
      : .fixed(Matrix(rows: contexts, columns: neurons, repeating: 1))
  }
}

extension GainReference {
  /// The gains as a density takes them.
  ///
  /// - Throws: ``MaxEntropyError`` as ``validate(contexts:neurons:)``.
  func binaryGains(contexts: Int, neurons: Int) throws -> BinaryGains {
    try validate(contexts: contexts, neurons: neurons)
    switch self {
    case .independent(let activeProbability):
      return .independent(activeProbability: activeProbability, contexts: contexts, neurons: neurons)
    case .given(let matrix): return .fixed(matrix.transposed)
    }
  }
}
