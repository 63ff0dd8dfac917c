// Why an ensemble of feedforward networks does not exist.

/// Why an ensemble of feedforward networks does not exist.
public enum FeedforwardEnsembleError: Error, Sendable, Equatable, CustomStringConvertible {
  /// exp(n Λ·R) outgrows every Gaussian prior.
  case notNormalizable(hiddenLayers: Int, activation: Activation)
  /// More wanted outputs than the last layer can serve exactly: Q = `outputs`, a number for every stimulus in every context that is told apart.
  case tooManyOutputs(outputs: Int, neurons: Int)
  /// No drives tell contexts apart, and they want different outputs.
  case contextsNotToldApart
  /// Outputs at some of the stimuli follow from those at others, whatever the weights.
  case dependentOutputs

  public var description: String {
    switch self {
    case .notNormalizable(let layers, let activation):
      let bounded = Activation.allCases.filter(\.isBounded).map(\.rawValue).joined(separator: ", ")
      return """
        the ensemble that is linear in the readout cannot be normalised for \(layers) hidden layers of \
        \(activation.rawValue) neurons: the product of three or more weights outgrows their Gaussian prior; use the Gibbs \
        ensemble, one hidden layer, or a bounded activation (\(bounded))
        """
    case .tooManyOutputs(let outputs, let neurons):
      return """
        exact networks have to meet \(outputs) wanted outputs (stimuli times contexts) with \(neurons) output weights; allowed in a hard \
        ensemble: at most \(neurons - 1). Say fewer stimuli or more neurons, or {"kind": "gibbs", "tightness": ...}
        """
    case .contextsNotToldApart:
      return """
        without context drives all contexts have the same outputs, but this task wants different ones: no network solves it exactly; \
        say "contextLayers": "first", or {"kind": "gibbs", "tightness": ...}
        """
    case .dependentOutputs:
      return """
        the outputs at some stimuli follow from those at others, whatever the weights (stimuli that are repeated, opposite ones of odd neurons \
        without drives, or more than a linear network can tell apart), so that wanted outputs cannot all be exact; leave such stimuli out, or \
        say {"kind": "gibbs", "tightness": ...}
        """
    }
  }
}
