// The hidden neurons of a run's kept networks, whatever the model: weights, gains, and what stimuli make of them.

import Networks
import Sampling

/// Kept networks with one hidden layer, as neurons.
package struct HiddenNeurons {
  /// (w, m_1 … m_D) of the neurons of each network, [neuron, 1 + feature].
  let weights: [Matrix]
  /// What the context does to them, [neuron, context]: gains, or slopes phi'(b) at the context drives.
  let gains: [Matrix]
  /// All that a neuron is, [neuron, coordinate]: weights, and gains or context drives.
  let clouds: [Matrix]
  /// The activities of a network's neurons in a context, [stimulus, neuron].
  let activities: @Sendable (_ cloud: Matrix, _ stimuli: Matrix, _ context: Int) -> Matrix
  /// The gains that all networks have, a row per neuron, where they are given.
  let given: Matrix?
  /// What a network of such neurons answers to stimuli, [context, stimulus].
  let outputs: (_ cloud: Matrix, _ stimuli: Matrix) -> Matrix

  /// nil for deep networks.
  ///
  /// - Throws: ``EvaluationError`` if no network was kept; ``StorageError``.
  init?(_ run: LoadedRun, atMost count: Int) throws {
    let experiment = run.experiment
    let (k, d) = (experiment.task.contexts, experiment.task.features)
    given = experiment.givenGains
    if let chunks = try run.neuronChunks(atMost: count) {
      weights = chunks.map(\.weightCloud)
      gains = chunks.map(\.gainCloud)
      clouds = chunks.map(\.neuronCloud)
      activities = { Self.activities($0, $1, context: $2, features: d) { gain, drive in gain * drive } }
      outputs = { Self.linearOutputs($0, $1, contexts: k, features: d) { $0 } }
      return
    }
    guard let activation = experiment.hiddenActivation else { return nil }
    guard experiment.network.model.hasOneHiddenLayer else { return nil }
    let positions = try run.keptPositions(atMost: count)
    guard !positions.isEmpty else {
      throw EvaluationError(
        description: "this run kept no whole networks; sample it with \"record\": {\"weights\": 200}")
    }
    let networks = try Self.networks(positions, run.ensemble)
    weights = try networks.map { try $0.layout.neuronCloud(at: $0.values, blocks: ["output_weight", "input_weights"]) }
    let drives = try networks.map { try $0.layout.neuronCloud(at: $0.values, blocks: ["context_drive"]) }
    gains = drives.map { Matrix(rows: $0.rows, columns: $0.columns, elements: $0.elements.map(activation.gain)) }
    clouds = try networks.map {
      try $0.layout.neuronCloud(at: $0.values, blocks: ["output_weight", "input_weights", "context_drive"])
    }
    let isLinear = experiment.respondsLinearly
    let response = { @Sendable (bias: Double, drive: Double) in
      isLinear ? activation.gain(bias) * drive : activation.value(drive + bias)
    }
    activities = { Self.activities($0, $1, context: $2, features: d, response) }
    outputs = {
      isLinear
        ? Self.linearOutputs($0, $1, contexts: k, features: d, activation.gain)
        : Self.outputs($0, $1, contexts: k, features: d, response)
    }
  }

  /// At most `count` neurons, all of the same weight whatever their place in a network.
  func selection(atMost count: Int, using stream: inout RandomStream) -> NeuronSelection {
    NeuronSelection(networks: clouds.count, width: clouds[0].rows, atMost: count, using: &stream)
  }

  /// m·x of every stimulus and neuron, [stimulus, neuron].
  private static func drives(_ cloud: Matrix, _ stimuli: Matrix, features: Int) -> Matrix {
    let inputs = (0..<features).flatMap { f in (0..<cloud.rows).map { cloud[$0, 1 + f] } }
    return stimuli * Matrix(rows: features, columns: cloud.rows, elements: inputs)
  }

  /// What the neurons do in a context, `response` made of what the context does to a neuron and of m·x.
  private static func activities(
    _ cloud: Matrix, _ stimuli: Matrix, context: Int, features: Int, _ response: (Double, Double) -> Double
  ) -> Matrix {
    let states = (0..<cloud.rows).map { cloud[$0, 1 + features + context] }
    var result = drives(cloud, stimuli, features: features)
    result.elements.withUnsafeMutableBufferPointer { elements in
      for start in stride(from: 0, to: elements.count, by: max(1, states.count)) {
        for i in states.indices { elements[start + i] = response(states[i], elements[start + i]) }
      }
    }
    return result
  }

  /// (1/N) Σ_i w_i h_i in every context, [context, stimulus]. O(P N (D + K)).
  private static func outputs(
    _ cloud: Matrix, _ stimuli: Matrix, contexts: Int, features: Int, _ response: (Double, Double) -> Double
  ) -> Matrix {
    let weights = (0..<cloud.rows).map { cloud[$0, 0] / Double(cloud.rows) }
    let drives = drives(cloud, stimuli, features: features).elements
    return Matrix(
      (0..<contexts).map { context in
        let states = (0..<cloud.rows).map { cloud[$0, 1 + features + context] }
        return (0..<stimuli.rows).map { p in
          var sum = 0.0
          for i in weights.indices { sum += response(states[i], drives[p * weights.count + i]) * weights[i] }
          return sum
        }
      })
  }

  /// The same of neurons that respond linearly, from their readout (1/N) Σ_i w_i g_ic m_i. O(K D (N + P)).
  ///
  /// - Parameter gain: made of what the context does to a neuron.
  private static func linearOutputs(
    _ cloud: Matrix, _ stimuli: Matrix, contexts: Int, features: Int, _ gain: (Double) -> Double
  ) -> Matrix {
    var readout = Matrix(rows: contexts, columns: features)
    for i in 0..<cloud.rows {
      for c in 0..<contexts {
        let weight = cloud[i, 0] * gain(cloud[i, 1 + features + c])
        for f in 0..<features { readout[c, f] += weight * cloud[i, 1 + f] }
      }
    }
    return (1 / Double(cloud.rows)) * readout * stimuli.transposed
  }

  private static func networks(
    _ positions: [[Double]], _ ensemble: some SampledEnsemble
  ) throws -> [(layout: ParameterLayout, values: [Double])] { try positions.map { try ensemble.allWeights(at: $0) } }
}
