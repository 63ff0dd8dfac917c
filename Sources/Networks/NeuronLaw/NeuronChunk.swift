// The weights and gains of several neurons, and the neurons as points.

import Sampling

/// The weights of several neurons, feature by feature: neurons are contiguous.
public struct NeuronChunk: Sendable {
  /// Number of neurons, N.
  public let neurons: Int
  /// Number of contexts, K.
  public let contexts: Int
  /// Number of features, D.
  public let features: Int
  /// w, `[neuron]`.
  public var outputWeight: [Double]
  /// m, `[feature, neuron]`.
  public var inputWeights: [Double]
  /// The place in the network of the first neuron: with given gains every neuron has its own.
  public var firstNeuron = 0
  /// g, `[context, neuron]`: 0 or 1, or as given.
  public var gain: [Double]
  /// What gain patterns are drawn with: two a neuron, and one a context and neuron. Of no use after a draw.
  var uniforms: [Double]

  /// Room for `neurons` neurons, all zero.
  public init(neurons: Int, contexts: Int, features: Int) {
    self.neurons = neurons
    self.contexts = contexts
    self.features = features
    outputWeight = [Double](repeating: 0, count: neurons)
    uniforms = [Double](repeating: 0, count: (2 + contexts) * neurons)
    inputWeights = [Double](repeating: 0, count: neurons * features)
    gain = [Double](repeating: 0, count: neurons * contexts)
  }
}

extension NeuronChunk {
  /// (w, m_1 … m_D) of every neuron, [neuron, 1 + feature].
  public var weightCloud: Matrix {
    Matrix(rows: 1 + features, columns: neurons, elements: outputWeight + inputWeights).transposed
  }

  /// (w, m_1 … m_D, g_1 … g_K) of every neuron, [neuron, 1 + feature + context].
  public var neuronCloud: Matrix {
    Matrix(rows: 1 + features + contexts, columns: neurons, elements: outputWeight + inputWeights + gain).transposed
  }

  /// R_cd = (1/N) Σ_i w_i g_ic m_id, [context, feature]. O(N K D).
  public var readout: Matrix {
    var result = Matrix(rows: contexts, columns: features)
    for c in 0..<contexts {
      for d in 0..<features {
        var sum = 0.0
        for i in 0..<neurons { sum += outputWeight[i] * gain[c * neurons + i] * inputWeights[d * neurons + i] }
        result[c, d] = sum / Double(neurons)
      }
    }
    return result
  }

  /// The gains of every neuron, [neuron, context].
  public var gainCloud: Matrix { Matrix(rows: contexts, columns: neurons, elements: gain).transposed }
}
