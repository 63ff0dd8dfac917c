// "recurrent": neurons that drive each other in time, drawn whole.

import JSON
import Networks
import Sampling

/// A recurrent network of an experiment, whose task is trials in time.
package struct RecurrentModel: NetworkModel {
  package static let kind = "recurrent"
  package static let keys = [
    neuronsKey, activationKey,
    SpecKey(
      "leak", .number(.probabilityAboveZero), .defaultsTo(1.0),
      "a: the share of the activities that a step replaces; 1: all"),
    SpecKey(
      "readoutScaling", .choice(of: FeedforwardArchitecture.ReadoutScaling.self), .defaultsTo("standard"),
      "output divided by the number of neurons, or by its square root"),
    SpecKey("lowRank", .object, .derived("{ \"kind\": \"none\" }"), "a given part of low rank of the connectivity"),
  ]

  package let neurons: Int
  package let activation: Activation
  package let leak: Double
  package let readoutScaling: FeedforwardArchitecture.ReadoutScaling
  package let lowRank: LowRankSection

  package init(from reader: SpecReader, contexts: Int) throws(SpecError) {
    neurons = try reader.integer("neurons")
    activation = try reader.choice("activation")
    leak = try reader.number("leak")
    readoutScaling = try reader.choice("readoutScaling")
    lowRank =
      reader.gives("lowRank")
      ? try LowRankSection(from: try reader.section("lowRank", as: LowRankSection.schema), neurons: neurons) : .none
  }

  package var json: JSONValue {
    .object(
      [
        ("kind", .string(Self.kind)), ("neurons", .integer(neurons)), ("activation", .string(activation.rawValue)),
        ("leak", .number(leak)), ("readoutScaling", .string(readoutScaling.rawValue)),
      ] + lowRank.members)
  }

  package var words: String {
    "recurrent, \(neurons) \(activation.rawValue) neurons, "
      + (leak < 1 ? "leak \(NumberText.significant(leak, digits: 3)), " : "")
      + "\(readoutScaling == .meanField ? "mean-field" : "standard") readout\(lowRank.words)"
  }

  package var dataFiles: [(key: [String], file: DataFile)] {
    if case .file(let file) = lowRank { [(["network", "lowRank", "path"], file)] } else { [] }
  }

  package func keys(width: Int) -> [(path: [String], value: JSONValue)]? {
    dataFiles.isEmpty ? [(["network", "neurons"], .integer(width))] : nil
  }

  package var taskFactor: Double { readoutScaling == .meanField ? Double(neurons) : 1 }
  package var hiddenActivation: Activation? { activation }
  package var hasOneHiddenLayer: Bool { false }
  package var isInTime: Bool { true }
  package func hasNeuronGibbs(in experiment: Experiment) -> Bool { false }

  /// The given part of low rank; nil where there is none.
  package func givenConnectivity() throws -> LowRankConnectivity? { try lowRank.connectivity(neurons: neurons) }

  package func positionCount(_ task: TaskSection) -> Double {
    guard let shape = task.task.trialShape else { return Double(neurons) * Double(neurons) }
    return Double(neurons)
      * (Double(neurons) + Double(shape.inputChannels) + Double(shape.outputChannels) + Double(shape.contexts))
  }

  package func neuronQuantities(_ task: TaskSection) -> NeuronQuantities {
    let shape = task.task.trialShape
    return NeuronQuantities(
      recurrent: neurons, inputs: shape?.inputChannels ?? task.features, outputs: shape?.outputChannels ?? 1,
      contexts: task.contexts)
  }

  /// By multiplications: 2 S N m + m³ for each output channel (S outputs, m = min(S, N)) beside 3 T B N² and 40 for each activity.
  package func costWithoutOutputs(in experiment: Experiment) -> Double? {
    guard activation.isDifferentiable, let shape = experiment.task.task.trialShape else { return nil }
    let n = Double(neurons)
    let rows = Double(shape.trials) * Double(shape.times)
    let side = min(rows, n)
    let channels = Double(shape.outputChannels)
    return 1 + channels * (2 * rows * n * side + side * side * side) / (rows * n * (3 * n + 40))
  }

  package func ensemble(of experiment: Experiment, _ solution: ModelSolution?) throws -> any SampledEnsemble {
    guard let trials = try experiment.trialTask()?.training,
      case .gibbs(let tightness) = try experiment.binding(solution)
    else { preconditionFailure("the rules of meaning leave trials and gibbs ensembles") }
    let scales = WeightScales(
      output: experiment.weights.output, input: experiment.weights.input, context: experiment.weights.context,
      hidden: experiment.weights.recurrent)
    let ensemble = RecurrentEnsemble(
      architecture: RecurrentArchitecture(
        for: trials, neurons: neurons, activation: activation, leak: leak, readoutScaling: readoutScaling,
        lowRank: try givenConnectivity()),
      scales: scales, trials: trials, tightness: tightness)
    var stream = try RandomStream(
      StreamKey(seed: experiment.sampler.seed, chain: 0, purpose: .checking), generator: experiment.sampler.generator)
    try ensemble.requireFiniteTrajectories(using: &stream)
    return ensemble
  }

  /// The most numbers of all activities of a network.
  private static let mostActivities = 3e8

  package static var rules: [MeaningRule] {
    [
      rule(refuses: "recurrent networks whose task is no trials in time") { _, experiment in
        guard experiment.task.task.trialShape == nil else { return nil }
        let kinds = TaskSection.tasksInTime.map { "\"\($0)\"" }.joined(separator: ", ")
        return MeaningRule.Fault(
          path: ["task", "kind"],
          message:
            "\"recurrent\" networks run in time, and this task has single stimuli; allowed: \(kinds). Or say \"twoLayer\" or \"deep\""
        )
      },
      rule(refuses: "product and hard ensembles of recurrent networks") { _, experiment in
        guard !experiment.ensemble.isGibbs else { return nil }
        return MeaningRule.Fault(
          path: ["ensemble", "kind"],
          message: experiment.ensemble.isHard
            ? "\"hard\" asks for exact outputs at every step of every trial, which are more than output weights can serve; "
              + "say {\"kind\": \"gibbs\", \"tightness\": ...}"
            : "recurrent neurons drive each other, so that no \"product\" of independent ones has their law; "
              + "say {\"kind\": \"gibbs\", \"tightness\": ...}")
      },
      rule(refuses: "recurrent networks with more than 3e8 activities") { model, experiment in
        guard let shape = experiment.task.task.trialShape else { return nil }
        let count = Double(model.neurons) * Double(shape.trials) * Double(shape.times)
        guard count > mostActivities else { return nil }
        return MeaningRule.Fault(
          path: ["network", "neurons"],
          message:
            "neurons times trials times steps are about \(NumberText.significant(count, digits: 2)); allowed: 3e8. Say fewer neurons or trials"
        )
      },
    ]
  }
}
