// What an experiment says of a network model, and what it asks of one: to add a model, add a type of this kind to the list.

import JSON
import Networks
import Sampling

/// A network model as a spec describes it.
package protocol NetworkModel: Sendable, Equatable {
  /// The word for `network.kind`.
  static var kind: String { get }
  /// The keys besides.
  static var keys: [SpecKey] { get }
  /// What an experiment with this model may not combine.
  static var rules: [MeaningRule] { get }
  init(from reader: SpecReader, contexts: Int) throws(SpecError)
  /// The section, every default written out.
  var json: JSONValue { get }
  /// The model in words.
  var words: String { get }
  /// The data files that the section names, each with the path of its key.
  var dataFiles: [(key: [String], file: DataFile)] { get }

  /// The number of neurons that are read out.
  var neurons: Int { get }
  /// n: what the loss is multiplied by besides β. N, or 1 in standard scaling.
  var taskFactor: Double { get }
  /// The key that sets the size.
  var sizePath: JSONPath { get }
  /// How many numbers a network is, as a real number, which does not overflow.
  func positionCount(_ task: TaskSection) -> Double
  /// The keys that make all hidden layers so wide; nil where the width is given by the rest of the section.
  func keys(width: Int) -> [(path: [String], value: JSONValue)]?

  /// phi of the neurons that are read out, where the context drives them; nil otherwise.
  var hiddenActivation: Activation? { get }
  /// What expressions may use of a neuron.
  func neuronQuantities(_ task: TaskSection) -> NeuronQuantities
  /// Whether there is one hidden layer, so that a neuron is a point of its weights, and gains or drives.
  var hasOneHiddenLayer: Bool { get }
  /// Whether the networks' outputs are their recorded readout times the stimulus.
  var respondsLinearly: Bool { get }
  /// Whether networks run in time, so that their tasks are trials.
  var isInTime: Bool { get }
  /// Output weights that are given and not drawn, [neuron]; nil where they are drawn.
  var givenOutputWeights: [Double]? { get }
  /// Which drawn weights are + or − their scale, and not normal.
  var signGroups: Set<WeightGroup> { get }
  /// Whether any weights are normal.
  func drawsNormalWeights(_ task: TaskSection) -> Bool
  /// Whether the loss is one of outputs on a list of stimuli.
  func hasLossOfList(in experiment: Experiment) -> Bool
  /// The prior probability of gain 1, where gains are drawn, 0 or 1.
  var drawnGainProbability: Double? { get }
  /// The gains of a model whose maximum-entropy problem has a closed form.
  var closedFormGains: GainReference? { get }
  /// Whether the law of independent neurons has a closed form.
  var hasClosedForm: Bool { get }
  /// The gains that a spec gives, [neuron, context].
  var givenGains: Matrix? { get }
  /// Whether independent neurons without closed form can be drawn by rejection, if their multipliers are not too large.
  func hasRejection(in experiment: Experiment) -> Bool
  /// Whether neurons of a network drawn whole meet in one sum only.
  func hasNeuronGibbs(in experiment: Experiment) -> Bool
  /// Whether moves of single neurons pay: neurons meet in a sum that none of them decides, and that they reach without strain. False where
  /// the tightness is not known yet.
  func suitsNeuronGibbs(in experiment: Experiment) -> Bool
  /// What an evaluation of the density without output weights costs, in evaluations of the network's density; nil where there is none.
  func costWithoutOutputs(in experiment: Experiment) -> Double?
  /// What the expected loss over Gaussian stimuli has no closed form of; nil where it has one, or none is needed.
  func withoutGaussianLoss(in experiment: Experiment) -> String?

  /// The ensemble of networks.
  ///
  /// - Parameter solution: what had to be found by sampling first; nil where formulas are enough.
  func ensemble(of experiment: Experiment, _ solution: ModelSolution?) throws -> any SampledEnsemble
  /// The law of a neuron that has no closed form; nil where neurons are not independent, or it has one.
  func neuronFamily(of experiment: Experiment) throws -> NeuronFamily?
  /// Whole networks that are linear in the readout, as the solver takes them, and their task factor; nil for independent neurons.
  func networkFamily(of experiment: Experiment) throws -> (family: FeedforwardFamily, taskFactor: Double)?
}

extension NetworkModel {
  package static var rules: [MeaningRule] { [] }
  package var dataFiles: [(key: [String], file: DataFile)] { [] }
  package var taskFactor: Double { Double(neurons) }
  package var sizePath: JSONPath { ["network", "neurons"] }
  package func positionCount(_ task: TaskSection) -> Double {
    Double(neurons) * (1 + Double(task.features) + Double(task.contexts))
  }
  package func keys(width: Int) -> [(path: [String], value: JSONValue)]? {
    [(["network", "neurons"], .integer(width))]
  }
  package func neuronQuantities(_ task: TaskSection) -> NeuronQuantities {
    NeuronQuantities(
      features: task.features, contexts: task.contexts, hasDrives: hiddenActivation != nil && closedFormGains == nil,
      hasGains: hiddenActivation != nil || closedFormGains != nil, isDeep: false)
  }
  package var hasOneHiddenLayer: Bool { true }
  package var respondsLinearly: Bool { false }
  package var isInTime: Bool { false }
  package var givenOutputWeights: [Double]? { nil }
  package var signGroups: Set<WeightGroup> { [] }
  package func drawsNormalWeights(_ task: TaskSection) -> Bool { true }
  package func hasLossOfList(in experiment: Experiment) -> Bool { false }
  package var drawnGainProbability: Double? { nil }
  package var closedFormGains: GainReference? { nil }
  package var hasClosedForm: Bool { closedFormGains != nil }
  package var givenGains: Matrix? { if case .given(let gains) = closedFormGains { gains } else { nil } }
  package func hasRejection(in experiment: Experiment) -> Bool { false }
  package func suitsNeuronGibbs(in experiment: Experiment) -> Bool { false }
  package func costWithoutOutputs(in experiment: Experiment) -> Double? { nil }
  package func withoutGaussianLoss(in experiment: Experiment) -> String? { nil }
  package func neuronFamily(of experiment: Experiment) throws -> NeuronFamily? { nil }
  package func networkFamily(of experiment: Experiment) throws -> (family: FeedforwardFamily, taskFactor: Double)? {
    nil
  }

  /// The number of neurons, for models that have one such key.
  static var neuronsKey: SpecKey {
    SpecKey("neurons", .integer(1...1_000_000_000), "N: number of hidden neurons").example(100)
  }
  static var activationKey: SpecKey {
    SpecKey("activation", .choice(of: Activation.self), "phi of the hidden neurons").example("tanh")
  }

  /// A rule over experiments with this model.
  static func rule(
    refuses: String, _ fault: @escaping @Sendable (Self, Experiment) -> MeaningRule.Fault?
  ) -> MeaningRule {
    MeaningRule(refuses: refuses) { experiment in (experiment.network.model as? Self).flatMap { fault($0, experiment) }
    }
  }

  fileprivate func isEqual(_ other: any NetworkModel) -> Bool { self == other as? Self }
}

/// "network": the model whose weights are drawn.
package struct NetworkSection: Sendable, Equatable {
  /// All models, in the order of the documentation.
  static let models: [any NetworkModel.Type] = [
    GainModulatedLinearModel.self, TwoLayerModel.self, DeepModel.self, RecurrentModel.self,
  ]

  package let model: any NetworkModel

  static let schema = SpecSection(
    path: "network", kindMeaning: "the model", kinds: models.map { ($0.kind, $0.keys) })

  init(from reader: SpecReader, task: TaskSection) throws(SpecError) {
    if let loadings = task.task.loadings {
      self.init(model: try LoadingsModel(from: reader, task: task, loadings: loadings))
    } else {
      try self.init(from: reader, contexts: task.contexts)
    }
  }

  private init(model: any NetworkModel) { self.model = model }

  /// A network of outputs, whatever the task.
  init(from reader: SpecReader, contexts: Int) throws(SpecError) {
    guard let type = Self.models.first(where: { $0.kind == reader.kind }) else {
      preconditionFailure("the reader knows the kinds of this list")
    }
    model = try type.init(from: reader, contexts: contexts)
  }

  var json: JSONValue { model.json }

  package static func == (left: NetworkSection, right: NetworkSection) -> Bool { left.model.isEqual(right.model) }
}
