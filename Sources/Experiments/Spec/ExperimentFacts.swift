// What follows from an experiment alone: which closed forms and samplers its networks have.

import Networks
import Sampling

extension Experiment {
  /// Whether the networks' outputs are their recorded readout times the stimulus.
  var respondsLinearly: Bool {
    if case .gainModulatedLinear = network { true } else { false }
  }

  /// Whether the networks can be drawn exactly, neuron by neuron: the product ensemble in closed form.
  var isDrawnExactly: Bool { ensemble == .product && closedFormGains != nil }

  /// Whether independent neurons without closed form can be drawn by rejection, if their multipliers are not too large.
  var hasRejection: Bool {
    guard ensemble == .product else { return false }
    switch network {
    case .gainModulatedLinear: return closedFormGains == nil
    case .twoLayer(_, let activation):
      guard case .gaussian = stimuli else { return false }
      return activation == .tanh || activation == .erf
    case .deep: return false
    }
  }

  /// Whether the networks can be evaluated only from whole networks that the run keeps.
  package var needsKeptNetworks: Bool { !respondsLinearly }

  /// Whether the ensemble has a collapsed sampler: networks drawn whole, with gains that are given.
  var hasCollapsedGibbs: Bool {
    guard ensemble != .product else { return false }
    switch closedFormGains {
    case .given: return true
    case .independent(let activeProbability): return activeProbability == 1
    case nil: return false
    }
  }

  /// Whether neurons of a network drawn whole meet in one sum only: binary gains, or one hidden layer on a list of stimuli.
  var hasNeuronGibbs: Bool {
    guard ensemble != .product else { return false }
    if closedFormGains != nil { return true }
    guard let architecture = feedforwardArchitecture, architecture.depth == 1 else { return false }
    if case .gaussian = stimuli { return architecture.activation == .linear }
    return true
  }

  /// The gains of a model whose maximum-entropy problem has a closed form: a rectifier's gain is 1 or 0 with probability 1/2
  /// each, a linear neuron's is 1.
  var closedFormGains: GainReference? {
    guard case .gainModulatedLinear(_, let gains) = network else { return nil }
    switch gains {
    case .binary(let activeProbability): return .independent(activeProbability: activeProbability)
    case .fixed(let file): return .given(file.table)
    case .continuous(.relu): return .independent(activeProbability: 0.5)
    case .continuous(.linear): return .independent(activeProbability: 1)
    case .continuous: return nil
    }
  }

  /// Whether the ensemble's numbers have to be found by sampling before networks can be drawn.
  var needsSampledSolution: Bool {
    if case .gibbsAtLoss = ensemble { return true }
    return ensemble == .product && !isDrawnExactly
  }

  /// The layers of a two-layer or deep network; nil for other models.
  var feedforwardArchitecture: FeedforwardArchitecture? {
    switch network {
    case .gainModulatedLinear: return nil
    case .twoLayer(let neurons, let activation):
      return .twoLayer(features: task.features, contexts: task.contexts, neurons: neurons, activation: activation)
    case .deep(let deep):
      return FeedforwardArchitecture(
        features: task.features, contexts: task.contexts, widths: deep.widths, activation: deep.activation,
        readoutScaling: deep.readoutScaling, drivenLayers: deep.contextLayers)
    }
  }

  /// How many numbers a network is, as a real number, which does not overflow.
  var positionCount: Double {
    let (features, contexts) = (Double(task.features), Double(task.contexts))
    switch network {
    case .gainModulatedLinear(let neurons, _), .twoLayer(let neurons, _):
      return Double(neurons) * (1 + features + contexts)
    case .deep(let deep):
      let widths = deep.widths.map(Double.init)
      return zip([features] + widths, widths + [1]).reduce(0) { $0 + $1.0 * $1.1 } + contexts * widths.reduce(0, +)
    }
  }

  /// N; of deep networks the width of the last layer.
  package var hiddenNeurons: Int {
    switch network {
    case .gainModulatedLinear(let neurons, _), .twoLayer(let neurons, _): neurons
    case .deep(let deep): deep.widths.last ?? 0
    }
  }

  /// phi of the hidden neurons, where the model has context drives.
  package var hiddenActivation: Activation? {
    switch network {
    case .gainModulatedLinear(_, .continuous(let activation)): activation
    case .gainModulatedLinear: nil
    case .twoLayer(_, let activation): activation
    case .deep(let deep): deep.activation
    }
  }

  /// The gains that a spec gives, a row a neuron.
  package var givenGains: Matrix? {
    if case .gainModulatedLinear(_, .fixed(let file)) = network { file.table } else { nil }
  }
}
