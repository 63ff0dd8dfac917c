// In which contexts the neurons of a nonlinear network are active, by their slopes.

import Sampling

extension OneLayerNetwork {
  /// The neurons with 1 in the contexts in which their mean slope over stimuli [stimulus, feature] counts as active, else 0.
  ///
  /// Such gains group neurons, and are no part of the network: its outputs are not theirs. O(N P (D + K)).
  ///
  /// - Throws: ``StatisticsError`` for stimuli of another dimension, or none.
  public func patterns(at stimuli: Matrix) throws -> NeuronChunk {
    guard stimuli.rows > 0, stimuli.columns == features else {
      throw StatisticsError.invalidCount(
        what: "features of a stimulus", found: stimuli.rows > 0 ? stimuli.columns : 0, allowed: "\(features)")
    }
    let slopes = HiddenResponses(of: self, to: stimuli).slopes
    var chunk = NeuronChunk(neurons: neurons, contexts: contexts, features: features)
    chunk.outputWeight = outputWeights
    chunk.inputWeights = inputWeights.elements
    chunk.gain = slopes.elements.map { activation.isActive(gain: $0) ? 1 : 0 }
    return chunk
  }
}
