// "twoLayer": one hidden layer of nonlinear neurons that the context drives.

import JSON
import Networks
import Sampling

/// A two-layer network of an experiment.
package struct TwoLayerModel: FeedforwardModel {
  package static let kind = "twoLayer"
  package static let keys = [neuronsKey, activationKey] + WeightForms.keys

  package let neurons: Int
  package let activation: Activation
  package let forms: WeightForms

  package init(neurons: Int, activation: Activation, forms: WeightForms = .none) {
    self.neurons = neurons
    self.activation = activation
    self.forms = forms
  }

  package init(from reader: SpecReader, contexts: Int) throws(SpecError) {
    neurons = try reader.integer("neurons")
    activation = try reader.choice("activation")
    forms = try WeightForms(from: reader, neurons: neurons, groups: [.output, .input, .context])
  }

  package var json: JSONValue {
    .object(
      [
        ("kind", .string(Self.kind)), ("neurons", .integer(neurons)), ("activation", .string(activation.rawValue)),
      ] + forms.members)
  }

  package var words: String { "two-layer, \(neurons) \(activation.rawValue) neurons\(forms.words)" }

  package var hiddenActivation: Activation? { activation }

  package func keys(width: Int) -> [(path: [String], value: JSONValue)]? {
    forms.dataFiles.isEmpty ? [(["network", "neurons"], .integer(width))] : nil
  }

  func architecture(_ task: TaskSection) -> FeedforwardArchitecture {
    .twoLayer(
      features: task.features, contexts: task.contexts, neurons: neurons, activation: activation,
      fixedReadout: forms.outputWeights(neurons), signs: forms.signs)
  }

  package func hasRejection(in experiment: Experiment) -> Bool {
    guard case .gaussian = experiment.stimuli else { return false }
    return activation.isBounded
  }

  package func withoutGaussianLoss(in experiment: Experiment) -> String? {
    experiment.ensemble == .product || activation.hasGaussianPairs
      ? nil : "a gibbs ensemble of twoLayer \"\(activation.rawValue)\" networks"
  }

  package func ensemble(of experiment: Experiment, _ solution: ModelSolution?) throws -> any SampledEnsemble {
    if let ensemble = try listEnsemble(of: experiment, solution) { return ensemble }
    return GaussianTwoLayerEnsemble(
      task: try experiment.learningTask(), architecture: architecture(experiment.task),
      scales: experiment.scales(solution), stimulusCovariance: try experiment.stimulusCovariance(),
      binding: try experiment.binding(solution))
  }

  package func neuronFamily(of experiment: Experiment) throws -> NeuronFamily? {
    let stimuli: NeuronResponse.Stimuli =
      try experiment.stimulusList().map { .sampled($0) }
      ?? .gaussian(covariance: try experiment.stimulusCovariance())
    return try experiment.neuronFamily(activation, stimuli: stimuli)
  }
}
