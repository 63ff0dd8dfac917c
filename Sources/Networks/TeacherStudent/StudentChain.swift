// One chain of students of a teacher, in memory: what its draws say, and what they answer.

import Sampling

/// What one chain of students has to say.
public struct StudentChain: Sendable {
  /// The names of what is known of every draw: `lp`, nβ times the loss as `loss`, and the ensemble's observables.
  public let quantities: [String]
  /// [quantity][draw].
  public let draws: [[Double]]
  /// [measure][look], of ``StudentMeasures/names``.
  public let looks: [[Double]]
  /// The mean answer to each held-out stimulus over the looks, `context · P + stimulus`.
  public let meanAnswers: [Double]
}

/// What is measured of a student whenever it is looked at.
public struct StudentMeasures: Sendable {
  /// Of every student: the mean squared distance of its answers from the teacher's on held-out stimuli; from the labels on the training
  /// stimuli; the mean square of its held-out answers; their mean product with the teacher's; the mean product of its answers with the labels.
  static let always = [
    "generalisation_error", "training_error", "answer_square", "teacher_product", "label_product",
  ]
  /// Of students whose neurons can be held against the teacher's; and `overlap[block]`, `raw_overlap[block]`, `overlap_product[block]`,
  /// `raw_overlap_product[block]` for every block of weights.
  static let ofNeurons = ["overlap", "raw_overlap", "specialisation", "specialised_share"]

  /// In the order of `values(_:answers:heldOut:)`.
  public let names: [String]
  private let task: StudentTask

  init(_ task: StudentTask) throws {
    self.task = task
    guard let comparison = task.comparison, let blocks = try comparison.blockNames() else {
      names = Self.always
      return
    }
    names =
      Self.always + Self.ofNeurons
      + blocks.flatMap {
        ["overlap[\($0)]", "raw_overlap[\($0)]", "overlap_product[\($0)]", "raw_overlap_product[\($0)]"]
      }
  }

  /// - Parameters:
  ///   - training: the student's answers on training stimuli, [context, stimulus].
  ///   - heldOut: those on held-out stimuli.
  func values(at position: [Double], training: Matrix, heldOut: Matrix) throws -> [Double] {
    let unseen = Double(heldOut.elements.count)
    var (error, square, product) = (0.0, 0.0, 0.0)
    for (f, own) in zip(heldOut.elements, task.heldOutAnswers.elements) {
      error += (f - own) * (f - own)
      square += f * f
      product += f * own
    }
    let seen = Double(training.elements.count)
    var (residual, labelled) = (0.0, 0.0)
    for (f, y) in zip(training.elements, task.labels.elements) {
      residual += (y - f) * (y - f)
      labelled += f * y
    }
    let always = [error / unseen, residual / seen, square / unseen, product / unseen, labelled / seen]
    guard let comparison = task.comparison else { return always }
    let found = try comparison.overlap(of: position)
    return always + [found.overlap, found.rawOverlap, found.meanSpecialisation, found.specialisedShare]
      + found.blocks.flatMap { [$0.cosine, $0.rawCosine, $0.product, $0.rawProduct] }
  }
}

extension TeacherComparison {
  /// The blocks that ``overlap(of:)`` tells of; nil for none.
  func blockNames() throws -> [String]? {
    let names = try overlap(of: [Double](repeating: 0, count: dimension)).blocks.map(\.name)
    return names.isEmpty ? nil : names
  }
}

/// Draws students of a teacher with a kernel of whoever asks.
public struct StudentSampling<Ensemble: SampledEnsemble>: Sendable {
  /// The density that students are drawn from.
  public let density: Ensemble.Density
  /// What is measured at a look.
  public let measures: StudentMeasures
  private let ensemble: Ensemble
  private let task: StudentTask
  private let functions: CalibrationQuantities<Ensemble>
  /// Where the readout begins among the quantities, of networks that respond linearly; nil where networks answer themselves.
  private let readout: Int?
  private let seed: UInt64
  private let generator: String

  /// - Parameters:
  ///   - ensemble: the posterior given the task's labels.
  ///   - seed: names the streams, which each chain has its own of.
  /// - Throws: ``MaxEntropyError`` if the ensemble does not exist.
  public init(_ ensemble: Ensemble, _ task: StudentTask, seed: UInt64, generator: String) throws {
    self.ensemble = ensemble
    self.task = task
    self.seed = seed
    self.generator = generator
    density = try ensemble.density()
    functions = CalibrationQuantities(ensemble, density)
    measures = try StudentMeasures(task)
    let zero = [Double](repeating: 0, count: density.layout.dimension)
    let answersItself = try ensemble.outputs(at: zero, stimuli: task.heldOut) != nil
    readout = answersItself ? nil : functions.names.firstIndex { $0.hasPrefix("readout[") }
    precondition(answersItself || readout != nil, "networks that respond linearly record their readout")
  }

  /// The names of what is known of every draw.
  public var quantities: [String] { functions.names }

  /// The same functions of the teacher; nil where it is no position of a student.
  public var ofTeacher: [Double]? {
    guard let position = task.position, position.count == density.layout.dimension else { return nil }
    var workspace = functions.makeWorkspace(density)
    return functions.values(at: position, of: density, using: &workspace)
  }

  /// Measures of networks that know nothing of the labels: so many draws of the prior, their means.
  ///
  /// - Throws: ``RandomStreamError``, ``StatisticsError``.
  public func ofPrior(draws: Int, chain: Int) throws -> [Double] {
    var stream = try RandomStream(StreamKey(seed: seed, chain: chain, purpose: .evaluation), generator: generator)
    var workspace = functions.makeWorkspace(density)
    var sums = [Double](repeating: 0, count: measures.names.count)
    for _ in 0..<draws {
      let position = density.drawPrior(using: &stream)
      let values = functions.values(at: position, of: density, using: &workspace)
      for (index, value) in try look(at: position, values).measures.enumerated() { sums[index] += value }
    }
    return sums.map { $0 / Double(draws) }
  }

  private func look(at position: [Double], _ values: [Double]) throws -> (measures: [Double], heldOut: Matrix) {
    let training = try answers(at: position, task.training, values)
    let heldOut = try answers(at: position, task.heldOut, values)
    return (try measures.values(at: position, training: training, heldOut: heldOut), heldOut)
  }

  private func answers(at position: [Double], _ stimuli: Matrix, _ values: [Double]) throws -> Matrix {
    if let own = try ensemble.outputs(at: position, stimuli: stimuli) { return own }
    let (k, d) = (task.labels.rows, stimuli.columns)
    let first = readout!
    return Matrix(rows: k, columns: d, elements: Array(values[first..<first + k * d])) * stimuli.transposed
  }

  /// Draws a chain.
  ///
  /// - Parameters:
  ///   - number: the chain's, 0 … 2²² − 1, which names its streams.
  ///   - start: where it begins; nil for a draw of the prior.
  ///   - thin: transitions per draw.
  ///   - looks: how many of the draws are looked at, evenly spread.
  ///   - goesOn: asked before each transition; false ends the chain.
  ///   - makeChain: a kernel for the density, and its warm-up.
  /// - Returns: nil if it was ended.
  /// - Throws: ``StartError``; what `makeChain` throws.
  public func chain<Kernel: MarkovKernel, Warmup: Adaptation>(
    _ number: Int, from start: [Double]?, draws: Int, thin: Int, looks: Int, goesOn: () -> Bool,
    makeChain: (Ensemble.Density) throws -> (kernel: Kernel, warmup: Warmup)
  ) throws -> StudentChain? where Warmup.Kernel == Kernel {
    var starts = try RandomStream(StreamKey(seed: seed, chain: number, purpose: .start), generator: generator)
    let (kernel, warmup) = try makeChain(density)
    var chain = try Chain(
      number: number, kernel: kernel, warmup: warmup,
      start: try start ?? ensemble.startingPosition(using: &starts),
      stream: try RandomStream(StreamKey(seed: seed, chain: number, purpose: .transitions), generator: generator))
    var workspace = functions.makeWorkspace(density)
    var series = [[Double]](repeating: [], count: quantities.count)
    for index in series.indices { series[index].reserveCapacity(draws) }
    let looks = min(looks, draws)
    var measured = [[Double]](repeating: [], count: measures.names.count)
    var answers = [Double](repeating: 0, count: task.heldOutAnswers.elements.count)
    while chain.isWarmingUp {
      guard goesOn() else { return nil }
      _ = chain.advance()
    }
    for draw in 0..<draws {
      for _ in 0..<thin {
        guard goesOn() else { return nil }
        _ = chain.advance()
      }
      let position = chain.state.position
      let values = functions.values(at: position, of: density, using: &workspace)
      for k in values.indices { series[k].append(values[k]) }
      guard (draw + 1) * looks / draws > draw * looks / draws else { continue }
      let (found, heldOut) = try look(at: position, values)
      for k in found.indices { measured[k].append(found[k]) }
      for t in answers.indices { answers[t] += heldOut.elements[t] }
    }
    return StudentChain(
      quantities: quantities, draws: series, looks: measured, meanAnswers: answers.map { $0 / Double(looks) })
  }
}
