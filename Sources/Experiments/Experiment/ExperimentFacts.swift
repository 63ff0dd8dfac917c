// What follows from an experiment alone: which closed forms and samplers its networks have.

import Networks
import Sampling

extension Experiment {
  /// Whether the networks' outputs are their recorded readout times the stimulus.
  package var respondsLinearly: Bool { network.model.respondsLinearly }

  /// Whether the networks can be drawn exactly, neuron by neuron: the product ensemble in closed form.
  package var isDrawnExactly: Bool { ensemble == .product && network.model.hasClosedForm }

  /// Whether independent neurons without closed form can be drawn by rejection, if their multipliers are not too large.
  var hasRejection: Bool { ensemble == .product && network.model.hasRejection(in: self) }

  /// Whether the networks can be evaluated only from whole networks that the run keeps.
  package var needsKeptNetworks: Bool { !respondsLinearly }

  /// Whether all weights are drawn from Gaussians: none is given, and none is a sign.
  var hasPlainWeights: Bool { network.model.givenOutputWeights == nil && network.model.signGroups.isEmpty }

  /// Whether any weights are drawn from Gaussians.
  package var drawsNormalWeights: Bool { network.model.drawsNormalWeights(task) }

  /// Whether the log density has a gradient that tells how it changes.
  package var hasGradients: Bool { hiddenActivation?.isDifferentiable ?? true }

  /// Why networks cannot be trained by gradients; nil where they can.
  package var untrainable: String? {
    if !hasGradients, let hiddenActivation {
      return "\"\(hiddenActivation)\" neurons have no gradients to train along; say an activation such as \"erf\""
    }
    return network.model.signGroups.isEmpty
      ? nil : "weights of two signs (\"weightKind\") cannot be trained along gradients; leave the key out"
  }

  /// Whether the ensemble has a collapsed sampler: networks drawn whole, with gains that are given, or binary in not too many contexts.
  var hasCollapsedGibbs: Bool {
    guard ensemble != .product, let closedFormGains else { return false }
    return !closedFormGains.areDrawn || task.contexts <= PatternGibbs.maximumContexts
  }

  /// Whether the output weights of networks drawn whole are Gaussian given all others, by the network's outputs on a list of stimuli.
  var hasGaussianOutputs: Bool { ensemble != .product && network.model.costWithoutOutputs(in: self) != nil }

  /// Whether neurons of a network drawn whole meet in one sum only: binary gains, or one hidden layer on a list of stimuli.
  var hasNeuronGibbs: Bool { ensemble.isGibbs && network.model.hasNeuronGibbs(in: self) }

  /// The gains of a model whose maximum-entropy problem has a closed form.
  package var closedFormGains: GainReference? { network.model.closedFormGains }

  /// Whether the ensemble's numbers have to be found by sampling before networks can be drawn.
  var needsSampledSolution: Bool {
    if case .gibbsAtLoss = ensemble { return true }
    return ensemble == .product && !isDrawnExactly
  }

  /// How many numbers a network is, as a real number, which does not overflow.
  var positionCount: Double { network.model.positionCount(task) }

  /// N; of deep networks the width of the last layer.
  package var hiddenNeurons: Int { network.model.neurons }

  /// phi of the hidden neurons, where the model has context drives.
  package var hiddenActivation: Activation? { network.model.hiddenActivation }

  /// The gains that a spec gives, a row a neuron.
  package var givenGains: Matrix? { network.model.givenGains }
}
