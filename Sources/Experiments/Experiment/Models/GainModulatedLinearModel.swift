// "gainModulatedLinear": linear neurons whose gains depend on the context.

import JSON
import Networks
import Sampling

/// A gain-modulated linear network of an experiment.
package struct GainModulatedLinearModel: NetworkModel {
  package static let kind = "gainModulatedLinear"
  package static let keys = [
    neuronsKey, SpecKey("gains", .object, .defaultsTo([:]), "where the gains come from"),
  ]

  package let neurons: Int
  package let gains: GainsSection

  package init(neurons: Int, gains: GainsSection) {
    self.neurons = neurons
    self.gains = gains
  }

  package init(from reader: SpecReader, contexts: Int) throws(SpecError) {
    neurons = try reader.integer("neurons")
    gains = try GainsSection(from: try reader.section("gains", as: GainsSection.schema), contexts: contexts)
    if case .fixed(let file) = gains, file.table.rows != neurons {
      throw reader.source.error(
        at: reader.path + "gains" + "path",
        "\(file.location.path) has \(file.table.rows) rows; allowed: \(neurons), one a neuron (network.neurons)")
    }
  }

  package var json: JSONValue {
    ["kind": .string(Self.kind), "neurons": .integer(neurons), "gains": gains.json]
  }

  package var words: String {
    let gains =
      switch gains {
      case .binary(let probability):
        "binary gains (active with prior probability \(NumberText.significant(probability, digits: 3)))"
      case .fixed: "given gains"
      case .continuous(let activation): "gains of \(activation.rawValue)"
      }
    return "gain-modulated linear, \(neurons) neurons, \(gains)"
  }

  package var dataFiles: [(key: [String], file: DataFile)] {
    if case .fixed(let file) = gains { [(["network", "gains", "path"], file)] } else { [] }
  }

  package func keys(width: Int) -> [(path: [String], value: JSONValue)]? {
    if case .fixed = gains { nil } else { [(["network", "neurons"], .integer(width))] }
  }

  package var hiddenActivation: Activation? { if case .continuous(let activation) = gains { activation } else { nil } }

  package var respondsLinearly: Bool { true }

  package var drawnGainProbability: Double? {
    if case .binary(let probability) = gains { probability } else { nil }
  }

  /// A rectifier's gain is 1 or 0 with probability 1/2 each, a linear neuron's is 1.
  package var closedFormGains: GainReference? {
    switch gains {
    case .binary(let activeProbability): .independent(activeProbability: activeProbability)
    case .fixed(let file): .given(file.table)
    case .continuous(let activation):
      activation.hasStepGain ? .independent(activeProbability: activation.isLinear ? 1 : 0.5) : nil
    }
  }

  package func hasRejection(in experiment: Experiment) -> Bool { closedFormGains == nil }

  package func hasNeuronGibbs(in experiment: Experiment) -> Bool { closedFormGains != nil }

  package func ensemble(of experiment: Experiment, _ solution: ModelSolution?) throws -> any SampledEnsemble {
    if let ensemble = try experiment.closedFormEnsemble(solution) { return ensemble }
    guard let activation = hiddenActivation else { preconditionFailure("other gains have a closed form") }
    return ContinuousGainEnsemble(
      task: try experiment.learningTask(), neurons: neurons, activation: activation,
      scales: experiment.scales(solution), stimulusCovariance: try experiment.stimulusCovariance(),
      binding: try experiment.binding(solution))
  }

  package func neuronFamily(of experiment: Experiment) throws -> NeuronFamily? {
    try hiddenActivation.map { try experiment.neuronFamily($0, stimuli: .small) }
  }

  package static var rules: [MeaningRule] {
    let (most, mostSymmetric) = (MeaningRule.mostContexts, MeaningRule.mostSymmetricContexts)
    return [
      rule(
        refuses:
          "binary gains with too many contexts to enumerate: more than \(most), or \(mostSymmetric) with "
          + "\"kind\": \"inputSelection\""
      ) { model, experiment in
        if case .fixed = model.gains { return nil }
        let contexts = experiment.task.contexts
        guard contexts > (experiment.task.isSymmetric ? mostSymmetric : most) else { return nil }
        return MeaningRule.Fault(
          path: experiment.task.sizePath,
          message: experiment.task.isSymmetric
            ? "found \(contexts) contexts; allowed with binary gains: 1 to \(mostSymmetric)"
            : "found \(contexts) contexts (rows), whose 2^\(contexts) gain patterns cannot be summed; allowed with binary gains: "
              + "1 to \(most) (up to \(mostSymmetric) with \"kind\": \"inputSelection\")")
      }
    ]
  }
}
