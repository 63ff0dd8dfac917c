// The kinds of neurons that a problem of loadings knows, by their gains.

import Sampling

/// Gain vectors and how often each occurs: of drawn gains all patterns with their prior probability, of given gains those of the network.
struct LoadingKinds: Sendable {
  /// g, [kind, context].
  let gains: Matrix
  /// P0(g), above 0; of given gains the fraction of neurons.
  let weights: [Double]
  /// Whether neurons choose their kind.
  let areDrawn: Bool
  /// Of given gains the kind of each neuron.
  let kindOfNeuron: [Int]?

  /// The kinds of a reference. O(K 2^K), of given gains O(K N log N).
  ///
  /// - Precondition: drawn gains in at most ``LoadingProblem/maximumContexts`` contexts.
  init(_ reference: GainReference, contexts: Int) {
    switch reference {
    case .given(let matrix):
      let given = GivenGains(matrix)
      gains = given.patterns
      weights = given.fractions
      areDrawn = false
      kindOfNeuron = given.patternOfNeuron
    case .independent(let active):
      kindOfNeuron = nil
      areDrawn = active < 1
      guard active < 1 else {
        gains = Matrix(rows: 1, columns: contexts, repeating: 1)
        weights = [1]
        return
      }
      var elements: [Double] = []
      var weights: [Double] = []
      for index in 0..<1 << contexts {
        let pattern = GainPattern(index: index, contexts: contexts)
        elements += pattern.bits.map(Double.init)
        let k = Double(pattern.activeContexts)
        weights.append(pow(active, k) * pow(1 - active, Double(contexts) - k))
      }
      gains = Matrix(rows: weights.count, columns: contexts, elements: elements)
      self.weights = weights
    }
  }

  var count: Int { weights.count }

  /// g_c of a kind; 1 without a context.
  func gain(_ kind: Int, _ context: Int?) -> Double { context.map { gains[kind, $0] } ?? 1 }

  /// A kind by its gains: bits where they are 0 and 1.
  func words(_ kind: Int) -> String {
    let row = gains.row(kind)
    return row.allSatisfy { $0 == 0 || $0 == 1 }
      ? row.map { $0 == 1 ? "1" : "0" }.joined() : row.map { "\($0)" }.joined(separator: " ")
  }
}
