// The shape of a feedforward network with context drives: widths, activation, scaling, and where contexts enter.

import Sampling

/// The architecture of a network with one or more hidden layers that is told its context by context drives.
///
/// h¹ = φ(W¹x + B¹e_c), h^{l+1} = φ(W^{l+1}h^l/√n_l + B^{l+1}e_c), y_c(x) = w·h^L/n_L in mean-field scaling or w·h^L/√n_L
/// in standard scaling (THEORY section 6).
public struct FeedforwardArchitecture: Sendable, Equatable {
  /// How the readout is scaled with the last hidden layer's width n_L.
  public enum ReadoutScaling: String, Sendable, CaseIterable {
    /// y = w·h/n_L; the task weighs n_L.
    case meanField
    /// y = w·h/√n_L; the task weighs 1, and the wide limit is a Gaussian process.
    case standard
  }

  /// Which hidden layers receive a context drive.
  public enum DrivenLayers: String, Sendable, CaseIterable {
    case first, all, none
  }

  /// The dimension of the stimulus, D.
  public let features: Int
  /// The number of contexts, K.
  public let contexts: Int
  /// The widths n_1 … n_L of the hidden layers.
  public let widths: [Int]
  /// φ, of every hidden neuron.
  public let activation: Activation
  /// How the readout is scaled.
  public let readoutScaling: ReadoutScaling
  /// Where context drives enter.
  public let drivenLayers: DrivenLayers
  /// w where it is given and not drawn, [neuron of the last layer].
  public let fixedReadout: [Double]?
  /// Which drawn weights are + or − their scale, and not normal.
  public let signs: Set<WeightGroup>

  /// - Precondition: at least one feature, one context, one hidden layer, and one neuron in each; as many given output weights as neurons in
  ///   the last, which are then no signs.
  public init(
    features: Int, contexts: Int, widths: [Int], activation: Activation, readoutScaling: ReadoutScaling = .meanField,
    drivenLayers: DrivenLayers = .first, fixedReadout: [Double]? = nil, signs: Set<WeightGroup> = []
  ) {
    precondition(features >= 1 && contexts >= 1, "a network has at least one feature and one context")
    precondition(!widths.isEmpty && widths.allSatisfy { $0 >= 1 }, "hidden layers have at least one neuron each")
    precondition(fixedReadout.map { $0.count == widths.last && !signs.contains(.output) } ?? true)
    self.features = features
    self.contexts = contexts
    self.widths = widths
    self.activation = activation
    self.readoutScaling = readoutScaling
    self.drivenLayers = drivenLayers
    self.fixedReadout = fixedReadout
    self.signs = signs
  }

  /// One hidden layer of N neurons in mean-field scaling: y_c(x) = (1/N) Σ_i w_i φ(m_i·x + b_ic) (THEORY section 1).
  public static func twoLayer(
    features: Int, contexts: Int, neurons: Int, activation: Activation, fixedReadout: [Double]? = nil,
    signs: Set<WeightGroup> = []
  ) -> FeedforwardArchitecture {
    FeedforwardArchitecture(
      features: features, contexts: contexts, widths: [neurons], activation: activation, fixedReadout: fixedReadout,
      signs: signs)
  }

  /// The number of hidden layers, L.
  public var depth: Int { widths.count }

  /// n_L, the width of the hidden layer that is read out.
  public var lastWidth: Int { widths[depth - 1] }

  /// The factor of w·h^L in the output: 1/n_L or 1/√n_L.
  public var readoutFactor: Double {
    switch readoutScaling {
    case .meanField: 1 / Double(lastWidth)
    case .standard: 1 / Double(lastWidth).squareRoot()
    }
  }

  /// n in ln p = ln p0 − n V: n_L, or 1 in standard scaling (THEORY section 6).
  public var taskFactor: Double { readoutScaling == .meanField ? Double(lastWidth) : 1 }

  /// Whether hidden layer `layer`, counted from 0, receives a context drive.
  public func isDriven(_ layer: Int) -> Bool {
    switch drivenLayers {
    case .first: layer == 0
    case .all: true
    case .none: false
    }
  }

  /// How many sets of outputs contexts tell apart: K, or 1 without context drives.
  public var outputSets: Int { drivenLayers == .none ? 1 : contexts }

  /// Whether all weights are drawn and normal, so that a position is all of them in order.
  public var isPlain: Bool { fixedReadout == nil && signs.isEmpty }

  /// Whether output weights are drawn and normal.
  public var drawsNormalOutputs: Bool { fixedReadout == nil && !signs.contains(.output) }

  /// Whether the outputs are a linear map of the first layer's features that is Gaussian given the layers above: a linear activation, drives in
  /// the first layer or none, and no signs but in the readout, whose direction such a map does not see.
  var hasGaussianMap: Bool {
    activation.isLinear && drivesFirstLayerAtMost && signs.isSubset(of: [.output])
  }

  /// The widths n_l of the τ = Π_l χ²_{n_l}/n_l by which the variance of such a map scatters: a readout that is given, or of signs, has one norm
  /// in every network and leaves its layer out.
  var scatteringWidths: [Int] { drawsNormalOutputs ? widths : widths.dropLast() }

  /// The mean square of the output weights under the prior: that of the given ones, or σ_w².
  func outputMeanSquare(_ scales: WeightScales) -> Double {
    guard let fixedReadout else { return scales.output * scales.output }
    return dot(fixedReadout, fixedReadout) / Double(fixedReadout.count)
  }

  /// Whether any weight is drawn from a Gaussian.
  public var drawsNormalWeights: Bool { layout.realCount > 0 }

  /// The groups of weights that a network of this shape draws.
  public var drawnGroups: [WeightGroup] {
    WeightGroup.allCases.filter { group in
      switch group {
      case .output: fixedReadout == nil
      case .input: true
      case .hidden: depth > 1
      case .context: drivenLayers != .none
      }
    }
  }

  /// The blocks of a position: those of ``weightLayout`` that are drawn, normal ones first, then signs.
  ///
  /// `output_weight` [neuron], `input_weights` [feature, neuron], `hidden_weights_2` [previous neuron, neuron] …,
  /// `context_drive` [context, neuron] of the first layer, `context_drive_2` …; the last axis is contiguous.
  public var layout: ParameterLayout { prior(WeightScales()).layout }

  /// The prior of these blocks.
  public func prior(_ scales: WeightScales) -> WeightPrior {
    let blocks = blocks(scales).filter { $0.name != "output_weight" || fixedReadout == nil }
    return WeightPrior(blocks.filter { $0.kind == .gaussian } + blocks.filter { $0.kind == .sign })
  }

  /// All weights of a network, given ones included, in the order in which passes read them.
  public var weightLayout: ParameterLayout {
    var layout = ParameterLayout()
    for block in blocks(WeightScales()) { layout.append(block.name, shape: block.shape) }
    return layout
  }

  /// All weights of the network at a position, in the order of ``weightLayout``. O(weights).
  public func weights(at position: [Double]) -> [Double] {
    guard let placement = WeightPlacement(self) else { return position }
    var whole = [Double](repeating: 0, count: placement.count)
    whole.withUnsafeMutableBufferPointer { whole in
      position.withUnsafeBufferPointer { placement.write($0.baseAddress!, to: whole.baseAddress!) }
    }
    return whole
  }

  /// All blocks.
  private func blocks(_ scales: WeightScales) -> [WeightPrior.Block] {
    func block(_ name: String, _ group: WeightGroup, _ shape: [Int]) -> WeightPrior.Block {
      WeightPrior.Block(name, shape: shape, scale: scales.of(group), kind: signs.contains(group) ? .sign : .gaussian)
    }
    var blocks = [
      block("output_weight", .output, [lastWidth]), block("input_weights", .input, [features, widths[0]]),
    ]
    for layer in 1..<depth {
      blocks.append(block("hidden_weights_\(layer + 1)", .hidden, [widths[layer - 1], widths[layer]]))
    }
    for layer in 0..<depth where isDriven(layer) {
      blocks.append(
        block(layer == 0 ? "context_drive" : "context_drive_\(layer + 1)", .context, [contexts, widths[layer]]))
    }
    return blocks
  }
}
