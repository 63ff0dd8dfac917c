// The parts of a network that arrays of other programs can be, and the words for them on the command line.

/// A part of a network from elsewhere.
package enum NetworkPart: Hashable, Sendable, CustomStringConvertible {
  /// w, one number per neuron.
  case output
  /// m, a row per neuron and a column per feature.
  case input
  /// The weights into hidden layer 2, 3 …: a row per neuron, a column per neuron of the layer before.
  case hidden(layer: Int)
  /// What each context adds to the drive of a layer's neurons: a row per neuron, a column per context.
  case context(layer: Int)
  /// What is added to it in all contexts, one number per neuron.
  case bias(layer: Int)
  /// Gains, a row per neuron and a column per context.
  case gain

  /// The part that a word names; the blocks of a run are understood too.
  init?(_ word: String) {
    switch word {
    case "output", "outputs", "output_weight", "output_weights", "w": self = .output
    case "input", "inputs", "input_weight", "input_weights", "m": self = .input
    case "gain", "gains", "g": self = .gain
    case "context", "contexts", "context_drive", "context_drives", "b": self = .context(layer: 1)
    case "bias", "biases": self = .bias(layer: 1)
    default:
      let digits = word.reversed().prefix { $0.isASCII && $0.isNumber }.count
      guard digits > 0, digits < 4, let layer = Int(word.suffix(digits)), layer > 1 else { return nil }
      switch word.dropLast(digits) {
      case "hidden", "hidden_", "hidden_weights_": self = .hidden(layer: layer)
      case "context", "context_", "context_drive_": self = .context(layer: layer)
      case "bias", "bias_": self = .bias(layer: layer)
      default: return nil
      }
    }
  }

  package var description: String {
    switch self {
    case .output: "output"
    case .input: "input"
    case .hidden(let layer): "hidden\(layer)"
    case .context(let layer): layer == 1 ? "context" : "context\(layer)"
    case .bias(let layer): layer == 1 ? "bias" : "bias\(layer)"
    case .gain: "gain"
    }
  }

  /// Whether it is one number per neuron.
  var isVector: Bool {
    switch self {
    case .output, .bias: true
    case .input, .hidden, .context, .gain: false
    }
  }

  /// The hidden layer whose neurons are its rows; nil for the last.
  var layer: Int? {
    switch self {
    case .output: nil
    case .input, .gain: 1
    case .hidden(let layer), .context(let layer), .bias(let layer): layer
    }
  }

  /// The words, for messages.
  static let words = "output, input, context, bias, gain, and of further layers hidden2, context2, bias2, hidden3 ..."
}
