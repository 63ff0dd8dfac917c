// The network that gives an experiment's wanted outputs.

import JSON
import Networks
import Sampling
import Storage

/// A teacher: a network drawn from its prior, and its answers to an experiment's stimuli.
///
/// ```swift
/// let teacher = try experiment.teacher()!
/// let answers = try teacher.outputs(at: experiment.heldOutStimuli())  // noise-free, [context, stimulus]
/// ```
package struct Teacher: Sendable {
  /// θ*, in ``layout``.
  package let position: [Double]
  package let layout: ParameterLayout
  /// T: the variance of the noise of an output.
  package let noise: Double
  /// y_θ*,c(x_p), [context, stimulus].
  package let clean: Matrix
  /// Y_cp = y_θ*,c(x_p) + √T ξ_cp, [context, stimulus].
  package let labels: Matrix
  /// R(θ*), [context, feature], of a network that responds linearly; nil for others.
  package let readout: Matrix?
  /// Whether its position is one of the student's: the same network.
  package let isOfStudentsKind: Bool
  /// Whether it is drawn from the student's prior: the same network and weights.
  package let isOfStudentsPrior: Bool
  /// The model in words.
  package let words: String
  private let ensemble: any SampledEnsemble
  private let contexts: Int
  private let features: Int
  private let width: Int

  /// What a number of the teacher takes at most, measured: most of it while its file is written.
  private static let bytesPerNumber = 180.0

  /// Activities in memory at a time, about.
  private static let mostActivities = 1 << 17

  /// Draws the teacher of an experiment, and its labels. O(P · weights).
  ///
  /// - Throws: ``UnsupportedExperiment`` where it does not fit into memory; ``RandomStreamError``.
  init(_ task: TeacherTask, of experiment: Experiment) throws {
    let (own, stimuli) = (experiment.teaching(task), try experiment.stimulusList()!)
    try Memory.require(
      Self.bytesPerNumber * own.positionCount + 32 * Double(task.contexts) * Double(stimuli.rows), for: "the teacher",
      advice: "say fewer neurons or stimuli", slack: 1)
    func stream(_ purpose: StreamPurpose) throws -> RandomStream {
      try RandomStream(
        StreamKey(seed: task.seed, chain: 0, purpose: purpose), generator: experiment.sampler.generator)
    }
    ensemble = try own.networkEnsemble()
    contexts = task.contexts
    features = task.features
    width = own.hiddenNeurons
    noise = task.noise
    words = own.network.model.words
    isOfStudentsKind = own.network.isSameNetwork(as: experiment.network)
    isOfStudentsPrior = isOfStudentsKind && own.weights.asPrior == experiment.weights.asPrior
    var weights = try stream(.teacher)
    (position, layout, readout) = try Self.draw(ensemble, using: &weights, contexts: contexts, features: features)
    clean = try Self.outputs(ensemble, position, readout, width: width, contexts: contexts, at: stimuli)
    var labels = clean
    if noise > 0 {
      // Stimulus by stimulus, so that more stimuli leave the noise of the first ones as it is.
      var normal = try stream(.teacherNoise)
      let size = noise.squareRoot()
      for p in 0..<stimuli.rows { for c in 0..<contexts { labels[c, p] += size * normal.standardNormal() } }
    }
    self.labels = labels
    guard labels.elements.allSatisfy(\.isFinite) else {
      throw UnsupportedExperiment(
        "task.weights", "the teacher's answers are too large for numbers; say smaller weights or stimuli")
    }
  }

  private static func draw(
    _ ensemble: some SampledEnsemble, using stream: inout RandomStream, contexts: Int, features: Int
  ) throws -> ([Double], ParameterLayout, Matrix?) {
    let density = try ensemble.density()
    let position = density.drawPrior(using: &stream)
    guard try ensemble.outputs(at: position, stimuli: Matrix(rows: 1, columns: features)) == nil else {
      return (position, density.layout, nil)
    }
    let values = ensemble.observables(of: density).values(at: position, of: density)
    var readout = Matrix(rows: contexts, columns: features)
    for c in 0..<contexts { for d in 0..<features { readout[c, d] = values["readout[\(c),\(d)]"]! } }
    return (position, density.layout, readout)
  }

  private static func outputs(
    _ ensemble: any SampledEnsemble, _ position: [Double], _ readout: Matrix?, width: Int, contexts: Int,
    at stimuli: Matrix
  ) throws -> Matrix {
    if let readout { return readout * stimuli.transposed }
    let size = max(1, mostActivities / max(1, contexts * width))
    var outputs = Matrix(rows: contexts, columns: stimuli.rows)
    for start in stride(from: 0, to: stimuli.rows, by: size) {
      let part = start..<min(stimuli.rows, start + size)
      let some = try ensemble.outputs(at: position, stimuli: Matrix(part.map(stimuli.row)))!
      for c in 0..<contexts { for p in part { outputs[c, p] = some[c, p - start] } }
    }
    return outputs
  }

  /// The noise-free answers to any stimuli [stimulus, feature]: [context, stimulus]. O(P · weights).
  ///
  /// - Throws: ``MaxEntropyError`` if the ensemble does not exist.
  package func outputs(at stimuli: Matrix) throws -> Matrix {
    try Self.outputs(ensemble, position, readout, width: width, contexts: contexts, at: stimuli)
  }

  /// The noise-free answers, as what networks are judged by; linear where the teacher is.
  func task() throws -> LearningTask {
    if let readout { return try LearningTask(target: readout) }
    return try LearningTask(contexts: contexts, features: features, identity: position) { [self] stimuli in
      (try? outputs(at: stimuli))
        ?? Matrix(
          rows: contexts, columns: stimuli.rows,
          elements: [Double](repeating: .nan, count: contexts * stimuli.rows))
    }
  }

  /// The teacher as a file that runs keep: `networks` has its position, as `sampler.start` reads it, `blocks` the same by name and shape,
  /// `answers` and `labels` are [context][stimulus].
  var json: JSONValue {
    .object([
      ("model", .string(words)), ("noise", .number(noise)),
      (
        "blocks",
        .object(
          layout.blocks.map { block in
            (
              block.name,
              ["shape": .integers(block.shape), "values": .numbers(Array(position[block.range]))] as JSONValue
            )
          })
      ), ("networks", .array([.numbers(position)])), ("answers", .matrix(clean)), ("labels", .matrix(labels)),
    ])
  }

  /// The teacher and its labels, as a fact on which draws depend.
  var fact: RunFact {
    var hash = SHA256()
    hash.update(position)
    hash.update(labels.elements)
    return RunFact("teacher (SHA-256)", hash.hexDigest)
  }
}
