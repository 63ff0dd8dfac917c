// The networks of a run that are held against an experiment's ensemble, and the experiment at their width.

import JSON
import Networks
import Sampling
import Storage

/// Kept networks of a run, of an experiment's model.
struct TrainedNetworks {
  /// The most networks that are looked at; of more, some that are evenly spread.
  static let mostNetworks = 400

  let positions: [[Double]]
  /// The experiment with as many neurons as the networks have.
  let experiment: Experiment
  /// The same with the prior in place of its ensemble: what networks answer does not depend on where they come from.
  let model: Experiment
  /// The run's networks, of which no more than ``mostNetworks`` were read.
  let available: Int

  /// - Throws: ``StudyError`` for networks of another model or shape than the experiment's; ``StorageError``.
  init(_ path: String, _ folder: StudyFolder) throws {
    let run = try LoadedRun(path: path)
    let (own, spec) = (run.experiment, folder.experiment)
    func differ(_ what: String, _ theirs: String, _ ours: String) -> StudyError {
      StudyError("--trained: the networks of \(path) have \(theirs), the experiment \(ours); allowed: the same \(what)")
    }
    guard spec.network.model.hasOneHiddenLayer else {
      throw StudyError(
        "network.kind: neurons of a \"deep\" network have no cloud of their own; compare \"twoLayer\" or \"gainModulatedLinear\" networks"
      )
    }
    guard own.task.contexts == spec.task.contexts else {
      throw differ("contexts", "\(own.task.contexts) contexts", "\(spec.task.contexts)")
    }
    guard own.task.features == spec.task.features else {
      throw differ("features", "\(own.task.features) features", "\(spec.task.features)")
    }
    if own.hiddenNeurons == spec.hiddenNeurons {
      experiment = spec
    } else {
      guard let keys = spec.network.model.keys(width: own.hiddenNeurons) else {
        throw differ("neurons, whose gains are given", "\(own.hiddenNeurons) neurons", "\(spec.hiddenNeurons)")
      }
      experiment = try folder.experiment(with: keys)
    }
    let (theirs, ours) = (own.network.model, experiment.network.model)
    guard type(of: theirs).kind == type(of: ours).kind, own.hiddenActivation == experiment.hiddenActivation,
      own.closedFormGains?.areDrawn == experiment.closedFormGains?.areDrawn, own.givenGains == experiment.givenGains
    else { throw differ("network", theirs.words, ours.words) }
    model = try Self.experiment(experiment, ensemble: ["kind": "gibbs", "tightness": 0], folder)
    guard own.hiddenNeurons > 1 else {
      throw StudyError("--trained: the networks of \(path) have 1 neuron; allowed: at least 2")
    }
    available = try run.keptNetworks()
    positions = try run.keptPositions(atMost: Self.mostNetworks)
    guard !positions.isEmpty else {
      throw StudyError("--trained: \(path) kept no whole networks; sample it with \"record\": {\"weights\": 200}")
    }
    guard positions.contains(where: { $0.prefix(own.hiddenNeurons * (1 + own.task.features)).contains { $0 != 0 } })
    else {
      throw StudyError(
        "--trained: all output and input weights of \(path) are 0; allowed: networks that compute something")
    }
  }

  /// An experiment's model in the prior convention, under another ensemble than its own and whichever sampler suits that.
  ///
  /// - Throws: ``SpecError``, if that has no meaning.
  static func experiment(_ experiment: Experiment, ensemble: JSONValue, _ folder: StudyFolder) throws -> Experiment {
    try folder.experiment(
      with: [
        (path: ["network"], value: experiment.network.json), (["weights", "convention"], "prior"),
        (["ensemble"], ensemble), (["sampler", "kind"], "auto"), (["sampler", "stepSize"], .null),
        (["sampler", "leapfrogSteps"], .null),
      ])
  }

  /// The networks as neurons with gains: given, drawn, or slopes at the context drives; nil where neurons respond nonlinearly.
  func chunks() throws -> [NeuronChunk]? {
    guard model.respondsLinearly else { return nil }
    return try chunks(model.networkEnsemble())
  }

  private func chunks(_ ensemble: some SampledEnsemble) throws -> [NeuronChunk]? {
    if let chunks = try ensemble.neuronChunks(at: positions) { return chunks }
    guard let activation = model.hiddenActivation else { return nil }
    let layout = try ensemble.density().layout
    guard let output = layout["output_weight"], let input = layout["input_weights"], let drive = layout["context_drive"]
    else { return nil }
    return positions.map { position in
      var chunk = NeuronChunk(
        neurons: output.range.count, contexts: model.task.contexts, features: model.task.features)
      chunk.outputWeight = Array(position[output.range])
      chunk.inputWeights = Array(position[input.range])
      chunk.gain = position[drive.range].map(activation.gain)
      return chunk
    }
  }

  /// Networks at positions as responses to stimuli; nil where neurons respond linearly.
  func oneLayer(_ positions: [[Double]]) throws -> [OneLayerNetwork]? {
    guard !model.respondsLinearly, let activation = model.hiddenActivation else { return nil }
    let layout = try Self.layout(model.networkEnsemble())
    return try positions.map { try OneLayerNetwork(activation: activation, layout: layout, position: $0) }
  }

  private static func layout(_ ensemble: some SampledEnsemble) throws -> ParameterLayout {
    try ensemble.density().layout
  }
}
