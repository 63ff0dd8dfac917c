// The neurons of a gain-modulated linear network: as a chunk, and in sums.

import Sampling

extension NeuronChunk {
  /// The neurons of a gain-modulated linear network.
  ///
  /// - Precondition: a position of the density's dimension.
  public init(of density: GainModulatedLinearDensity, at position: [Double]) {
    precondition(position.count == density.dimension, "the position has another dimension than the network")
    let n = density.neurons
    self.init(neurons: n, contexts: density.contexts, features: density.features)
    outputWeight = Array(position[0..<n])
    inputWeights = Array(position[n..<n * (1 + density.features)])
    position.withUnsafeBufferPointer { x in
      density.withGains(at: x) { gain = Array(UnsafeBufferPointer(start: $0, count: n * density.contexts)) }
    }
  }
}

extension NeuronSums {
  /// Adds the whole network at a position of `density`.
  mutating func add(_ position: Span<Double>, of density: GainModulatedLinearDensity) {
    position.withUnsafeBufferPointer { x in
      let w = x.baseAddress!
      density.withGains(at: x) { add(w, w + density.neurons, $0, count: density.neurons) }
    }
  }

  /// Adds the populations of the whole network at a position of `density`, and nothing else.
  mutating func addPopulations(_ position: Span<Double>, of density: GainModulatedLinearDensity) {
    position.withUnsafeBufferPointer { x in
      let w = x.baseAddress!
      density.withGains(at: x) { addPopulations(w, w + density.neurons, $0, count: density.neurons) }
    }
  }
}
