// The shape of a recurrent network: its sizes, its scaling and the blocks of its weights.

import Sampling

/// A recurrent network of N neurons in discrete time (THEORY section 13).
///
/// h_0 = 0, h_t = (1 − a) h_{t−1} + a φ(C h_{t−1} + B e_c + I u_t) with the connectivity C = J/√N, to which a part of low rank can be added,
/// C = J/√N + (1/N) Σ_r m_r n_rᵀ; outputs y_t = w h_t/N in mean-field or w h_t/√N in standard scaling, a row of w for each output channel.
public struct RecurrentArchitecture: Sendable, Equatable {
  /// N.
  public let neurons: Int
  public let inputChannels: Int
  public let outputChannels: Int
  /// K.
  public let contexts: Int
  public let activation: Activation
  /// a, above 0 and at most 1: the share of h that a step replaces.
  public let leak: Double
  public let readoutScaling: FeedforwardArchitecture.ReadoutScaling
  /// m and n; nil where the connectivity is drawn as a whole.
  public let lowRank: LowRankConnectivity?

  /// - Precondition: at least one of everything; a leak above 0 and at most 1; a part of low rank of as many neurons.
  public init(
    neurons: Int, inputChannels: Int, outputChannels: Int, contexts: Int, activation: Activation, leak: Double = 1,
    readoutScaling: FeedforwardArchitecture.ReadoutScaling = .standard, lowRank: LowRankConnectivity? = nil
  ) {
    precondition(neurons >= 1 && inputChannels >= 1 && outputChannels >= 1 && contexts >= 1, "at least one of each")
    precondition(leak > 0 && leak <= 1, "a leak is above 0 and at most 1")
    precondition(lowRank.map { $0.neurons == neurons } ?? true, "a part of low rank of as many neurons")
    self.neurons = neurons
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.contexts = contexts
    self.activation = activation
    self.leak = leak
    self.readoutScaling = readoutScaling
    self.lowRank = lowRank
  }

  /// The network that trials ask for.
  public init(
    for trials: TrialBatch, neurons: Int, activation: Activation, leak: Double = 1,
    readoutScaling: FeedforwardArchitecture.ReadoutScaling = .standard, lowRank: LowRankConnectivity? = nil
  ) {
    self.init(
      neurons: neurons, inputChannels: trials.inputChannels, outputChannels: trials.outputChannels,
      contexts: trials.contexts, activation: activation, leak: leak, readoutScaling: readoutScaling, lowRank: lowRank)
  }

  /// Whether trials have this network's channels and contexts.
  func fits(_ trials: TrialBatch) -> Bool {
    trials.inputChannels == inputChannels && trials.outputChannels == outputChannels && trials.contexts == contexts
  }

  /// n: N in mean-field, 1 in standard scaling.
  public var taskFactor: Double { readoutScaling == .meanField ? Double(neurons) : 1 }
  /// f: 1/N, or 1/√N.
  public var readoutFactor: Double {
    readoutScaling == .meanField ? 1 / Double(neurons) : 1 / Double(neurons).squareRoot()
  }

  /// Where the blocks of a position begin.
  var outputOffset: Int { 0 }
  var recurrentOffset: Int { outputChannels * neurons }
  var inputOffset: Int { recurrentOffset + neurons * neurons }
  var contextOffset: Int { inputOffset + inputChannels * neurons }

  /// The prior of a position.
  ///
  /// `output_weights` [output channel, neuron], `recurrent_weights` [from neuron, neuron], `input_weights` [input channel, neuron],
  /// `context_weights` [context, neuron]. The last two follow each other, so that one product drives all neurons.
  ///
  /// - Parameter scales: `hidden` is σ_J, that of the recurrent weights.
  public func prior(_ scales: WeightScales) -> WeightPrior {
    WeightPrior([
      .init("output_weights", shape: [outputChannels, neurons], scale: scales.output),
      .init("recurrent_weights", shape: [neurons, neurons], scale: scales.hidden),
      .init("input_weights", shape: [inputChannels, neurons], scale: scales.input),
      .init("context_weights", shape: [contexts, neurons], scale: scales.context),
    ])
  }

  /// What can be scaled against each other: of homogeneous neurons all that drives them from outside, and the output weights. The recurrent
  /// weights keep their scale.
  var balancedPairs: [BalancedPair] {
    activation.isHomogeneous
      ? [BalancedPair(incoming: ["input_weights", "context_weights"], outgoing: "output_weights")] : []
  }
}
