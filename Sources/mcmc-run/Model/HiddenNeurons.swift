// The hidden neurons of a run's kept networks, whatever the model: weights, gains, and what stimuli make of them.

import Networks
import Sampling

/// Kept networks with one hidden layer, as neurons.
struct HiddenNeurons {
  /// (w, m_1 … m_D) of the neurons of each network, [neuron, 1 + feature].
  let weights: [Matrix]
  /// What the context does to them, [neuron, context]: gains, or slopes phi'(b) at the context drives.
  let gains: [Matrix]
  /// All that a neuron is, [neuron, coordinate]: weights, and gains or context drives.
  let clouds: [Matrix]
  /// What a network of such neurons answers to stimuli, [context, stimulus].
  let outputs: (_ cloud: Matrix, _ stimuli: Matrix) throws -> Matrix

  /// nil for deep networks.
  ///
  /// - Throws: ``EvaluationError`` if no network was kept; ``StorageError``.
  init?(_ run: LoadedRun, atMost count: Int) throws {
    let experiment = run.experiment
    let (k, d) = (experiment.task.contexts, experiment.task.features)
    if let chunks = try run.neuronChunks(atMost: count) {
      weights = chunks.map(\.weightCloud)
      gains = chunks.map(\.gainCloud)
      clouds = chunks.map(\.neuronCloud)
      outputs = { cloud, stimuli in
        var readout = Matrix(rows: k, columns: d)
        for i in 0..<cloud.rows {
          for c in 0..<k { for f in 0..<d { readout[c, f] += cloud[i, 0] * cloud[i, 1 + d + c] * cloud[i, 1 + f] } }
        }
        return (1 / Double(cloud.rows)) * readout * stimuli.transposed
      }
      return
    }
    guard let activation = experiment.hiddenActivation else { return nil }
    if case .deep = experiment.network { return nil }
    let positions = try run.keptPositions(atMost: count)
    guard !positions.isEmpty else {
      throw EvaluationError(
        description: "this run kept no whole networks; sample it with \"record\": {\"weights\": 200}")
    }
    let layout = try Self.layout(run.ensemble)
    weights = try positions.map { try layout.neuronCloud(at: $0, blocks: ["output_weight", "input_weights"]) }
    let drives = try positions.map { try layout.neuronCloud(at: $0, blocks: ["context_drive"]) }
    gains = drives.map { Matrix(rows: $0.rows, columns: $0.columns, elements: $0.elements.map(activation.gain)) }
    clouds = try positions.map {
      try layout.neuronCloud(at: $0, blocks: ["output_weight", "input_weights", "context_drive"])
    }
    let isLinear = experiment.respondsLinearly
    outputs = { cloud, stimuli in
      var outputs = Matrix(rows: k, columns: stimuli.rows)
      for p in 0..<stimuli.rows {
        for i in 0..<cloud.rows {
          var drive = 0.0
          for f in 0..<d { drive += cloud[i, 1 + f] * stimuli[p, f] }
          for c in 0..<k {
            let bias = cloud[i, 1 + d + c]
            let activity = isLinear ? activation.gain(bias) * drive : activation.value(drive + bias)
            outputs[c, p] += cloud[i, 0] * activity / Double(cloud.rows)
          }
        }
      }
      return outputs
    }
  }

  private static func layout(_ ensemble: some SampledEnsemble) throws -> ParameterLayout {
    try ensemble.density().layout
  }
}
