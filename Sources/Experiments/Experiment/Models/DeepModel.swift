// "deep": several hidden layers of nonlinear neurons.

import JSON
import Networks
import Sampling

extension FeedforwardArchitecture.ReadoutScaling: SpecChoice {}
extension FeedforwardArchitecture.DrivenLayers: SpecChoice {}

/// A deep network of an experiment.
package struct DeepModel: FeedforwardModel {
  package static let kind = "deep"
  package static let keys =
    [
      SpecKey("widths", .integers(1...1_000_000, maximumCount: 100), "neurons in each hidden layer").example([32, 32]),
      activationKey,
      SpecKey(
        "readoutScaling", .choice(of: FeedforwardArchitecture.ReadoutScaling.self), .defaultsTo("meanField"),
        "output divided by the last width, or by its square root"),
      SpecKey(
        "contextLayers", .choice(of: FeedforwardArchitecture.DrivenLayers.self), .defaultsTo("first"),
        "the hidden layers that the context drives"),
    ] + WeightForms.keys

  /// Neurons in each hidden layer, first to last.
  package let widths: [Int]
  package let activation: Activation
  package let readoutScaling: FeedforwardArchitecture.ReadoutScaling
  package let contextLayers: FeedforwardArchitecture.DrivenLayers
  package let forms: WeightForms

  package init(
    widths: [Int], activation: Activation, readoutScaling: FeedforwardArchitecture.ReadoutScaling,
    contextLayers: FeedforwardArchitecture.DrivenLayers, forms: WeightForms = .none
  ) {
    self.widths = widths
    self.activation = activation
    self.readoutScaling = readoutScaling
    self.contextLayers = contextLayers
    self.forms = forms
  }

  package init(from reader: SpecReader, contexts: Int) throws(SpecError) {
    widths = try reader.integers("widths")
    activation = try reader.choice("activation")
    readoutScaling = try reader.choice("readoutScaling")
    contextLayers = try reader.choice("contextLayers")
    let (isDeep, isDriven) = (widths.count > 1, contextLayers != .none)
    let groups = WeightGroup.allCases.filter { ($0 != .hidden || isDeep) && ($0 != .context || isDriven) }
    forms = try WeightForms(from: reader, neurons: widths[widths.count - 1], groups: groups)
  }

  package var json: JSONValue {
    .object(
      [
        ("kind", .string(Self.kind)), ("widths", .integers(widths)), ("activation", .string(activation.rawValue)),
        ("readoutScaling", .string(readoutScaling.rawValue)), ("contextLayers", .string(contextLayers.rawValue)),
      ] + forms.members)
  }

  package var words: String {
    "deep, \(widths.map(String.init).joined(separator: " + ")) \(activation.rawValue) neurons, "
      + "\(readoutScaling == .meanField ? "mean-field" : "standard") readout\(forms.words)"
  }

  package var neurons: Int { widths.last ?? 0 }
  package var taskFactor: Double { readoutScaling == .meanField ? Double(neurons) : 1 }
  package var sizePath: JSONPath { ["network", "widths"] }

  package func positionCount(_ task: TaskSection) -> Double {
    let widths = widths.map(Double.init)
    return zip([Double(task.features)] + widths, widths + [1]).reduce(0) { $0 + $1.0 * $1.1 }
      + Double(task.contexts) * widths.reduce(0, +)
  }

  package func keys(width: Int) -> [(path: [String], value: JSONValue)]? {
    guard forms.dataFiles.isEmpty else { return nil }
    return [(["network", "widths"], .integers(widths.map { _ in width }))]
  }

  package var hiddenActivation: Activation? { activation }
  package var hasOneHiddenLayer: Bool { false }

  package func neuronQuantities(_ task: TaskSection) -> NeuronQuantities {
    let isDriven = contextLayers != .none
    return NeuronQuantities(
      features: task.features, contexts: task.contexts, hasDrives: isDriven, hasGains: isDriven,
      isDeep: widths.count > 1)
  }

  func architecture(_ task: TaskSection) -> FeedforwardArchitecture {
    FeedforwardArchitecture(
      features: task.features, contexts: task.contexts, widths: widths, activation: activation,
      readoutScaling: readoutScaling, drivenLayers: contextLayers,
      fixedReadout: forms.outputWeights(neurons), signs: forms.signs)
  }

  package func withoutGaussianLoss(in experiment: Experiment) -> String? {
    activation.isLinear ? nil : "a deep \"\(activation.rawValue)\" network"
  }

  package func ensemble(of experiment: Experiment, _ solution: ModelSolution?) throws -> any SampledEnsemble {
    guard let ensemble = try listEnsemble(of: experiment, solution) else {
      preconditionFailure("the rules of meaning leave no other stimuli")
    }
    return ensemble
  }

  package func networkFamily(of experiment: Experiment) throws -> (family: FeedforwardFamily, taskFactor: Double)? {
    guard let stimuli = try stimuli(of: experiment) else {
      preconditionFailure("the rules of meaning leave no other stimuli")
    }
    let architecture = architecture(experiment.task)
    return (
      try FeedforwardFamily(architecture, scales: experiment.scales(nil), stimuli: stimuli), architecture.taskFactor
    )
  }

  package static var rules: [MeaningRule] {
    [
      rule(refuses: "the moment convention of deep networks") { _, experiment in
        guard experiment.weights.convention == .moment else { return nil }
        return MeaningRule.Fault(
          path: ["weights", "convention"],
          message:
            "\"moment\" fixes the second moments of independent neurons and has no meaning for a deep network; say \"prior\", "
            + "or make the network \"twoLayer\"")
      },
      rule(refuses: "the product ensemble of two or more unbounded hidden layers") { deep, experiment in
        guard experiment.ensemble == .product, deep.widths.count >= 2, !deep.activation.isBounded else { return nil }
        let bounded = Activation.allCases.filter(\.isBounded).map(\.rawValue).joined(separator: ", ")
        return MeaningRule.Fault(
          path: ["ensemble", "kind"],
          message:
            "\"product\" does not exist for \(deep.widths.count) hidden layers of unbounded \"\(deep.activation.rawValue)\" "
            + "neurons (its weight outgrows the Gaussian prior and cannot be normalised); "
            + "say {\"kind\": \"gibbs\", \"tightness\": ...}, or use a bounded activation (\(bounded)) or one hidden layer"
        )
      },
    ]
  }
}
