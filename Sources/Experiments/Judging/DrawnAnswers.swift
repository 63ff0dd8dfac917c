// What a run's networks answer to any stimuli: by the readouts of linear ones, by the whole networks that were kept of others.

import Networks
import Sampling
import Storage

/// The answers of a run's networks, computed a piece at a time: memory does not grow with networks times stimuli.
struct DrawnAnswers: Sendable {
  /// Outputs in memory at a time, 16 MB; those of one stimulus may be more.
  private static let mostValues = 2 << 20
  /// Activities of one network in memory at a time, about.
  private static let mostActivities = 1 << 17
  /// Numbers of whole networks in memory at a time, 8 MB; a network a thread may be more.
  private static let mostWeights = 1 << 20
  private static let mostBatch = 256

  /// The chains' numbers.
  let chainNumbers: [Int]
  /// Which of each chain's networks answer.
  let selection: EvenSelection
  private let run: LoadedRun
  private let task: LearningTask
  private let threads: Int
  private let tell: @Sendable (_ done: Double) -> Void

  var chains: Int { chainNumbers.count }
  /// All networks that answer.
  var networks: Int { chains * selection.count }
  /// All networks that could.
  var available: Int { chains * selection.available }

  /// - Parameters:
  ///   - most: networks of all chains together at most, evenly spread over the draws; one per chain at least.
  ///   - tell: told the share of one pass over all stimuli that is done.
  /// - Throws: ``EvaluationError`` if whole networks are needed and none was kept; ``StorageError``.
  init(_ run: LoadedRun, atMost most: Int, threads: Int, tell: @escaping @Sendable (_ done: Double) -> Void) throws {
    self.run = run
    self.threads = threads
    self.tell = tell
    task = try run.experiment.learningTask()
    let reader = RunReader(run.directory)
    chainNumbers = reader.chains
    let available: Int
    if run.experiment.respondsLinearly {
      available = run.draws.drawsPerChain
    } else {
      available = try reader.chains.map { try reader.keptNetworks(ofChain: $0) }.min() ?? 0
      guard available > 0 else { throw EvaluationError.noNetworks }
    }
    selection = EvenSelection(of: available, atMost: max(1, most / reader.chains.count))
  }

  /// Gives `take` the outputs for every context and stimulus once.
  ///
  /// O(networks · stimuli · weights), of linear networks O(networks · stimuli · K · D); whole networks are read once a block.
  ///
  /// - Parameter stimuli: [stimulus, feature].
  func forEachBlock(_ stimuli: Matrix, _ take: (AnswerBlock) throws -> Void) throws {
    let linear = run.experiment.respondsLinearly
    let size = max(1, Self.mostValues / (networks * (linear ? 1 : task.contexts)))
    let parts = stride(from: 0, to: stimuli.rows, by: size).map { $0..<min(stimuli.rows, $0 + size) }
    if linear {
      for c in 0..<task.contexts {
        let readouts = try readouts(context: c)
        for part in parts {
          let values = (stimuli.rows(part) * readouts).elements
          try take(AnswerBlock(contexts: c..<c + 1, stimuli: part, networks: networks, values: values))
          tell((Double(c) + Double(part.upperBound) / Double(stimuli.rows)) / Double(task.contexts))
        }
      }
      return
    }
    for part in parts {
      var values = [Double](repeating: 0, count: task.contexts * part.count * networks)
      try forEachBatch(stimuli.rows(part)) { first, _, outputs in
        for (place, network) in outputs.enumerated() {
          for (index, output) in network.elements.enumerated() { values[index * networks + first + place] = output }
        }
        let done = Double(first + outputs.count) / Double(networks)
        tell((Double(part.lowerBound) + done * Double(part.count)) / Double(stimuli.rows))
      }
      try take(AnswerBlock(contexts: 0..<task.contexts, stimuli: part, networks: networks, values: values))
    }
  }

  /// Gives `take` the outputs of every network to all stimuli, [context, stimulus], one network after the other: its chain's
  /// number, its draw.
  func forEachNetwork(_ stimuli: Matrix, _ take: (_ chain: Int, _ draw: Int, _ outputs: Matrix) throws -> Void) throws {
    if !run.experiment.respondsLinearly {
      try forEachBatch(stimuli) { first, draws, outputs in
        for (place, network) in outputs.enumerated() {
          try take(chainNumbers[(first + place) / selection.count], draws[place], network)
        }
        tell(Double(first + outputs.count) / Double(networks))
      }
      return
    }
    let transposed = stimuli.transposed
    let names = (0..<task.contexts).flatMap { readoutNames(context: $0) }
    var seen = [Int](repeating: 0, count: chains)
    var failure: (any Error)?
    try run.draws.forEachBlock(of: names) { chain, block in
      for draw in block[0].indices where failure == nil {
        defer { seen[chain] += 1 }
        guard let place = selection.place(of: seen[chain]) else { continue }
        let readout = Matrix(rows: task.contexts, columns: task.features, elements: block.map { $0[draw] })
        do { try take(chainNumbers[chain], seen[chain], readout * transposed) } catch { failure = error }
        tell(Double(chain * selection.count + place + 1) / Double(networks))
      }
    }
    if let failure { throw failure }
  }

  // MARK: - Linear networks

  private func readoutNames(context c: Int) -> [String] { (0..<task.features).map { "readout[\(c),\($0)]" } }

  /// R_c of the networks, [feature, network].
  private func readouts(context c: Int) throws -> Matrix {
    var readouts = Matrix(rows: task.features, columns: networks)
    var seen = [Int](repeating: 0, count: chains)
    try run.draws.forEachBlock(of: readoutNames(context: c)) { chain, block in
      for draw in block[0].indices {
        if let place = selection.place(of: seen[chain]) {
          for d in block.indices { readouts[d, chain * selection.count + place] = block[d][draw] }
        }
        seen[chain] += 1
      }
    }
    return readouts
  }

  // MARK: - Whole networks

  /// Gives `take` the outputs of some networks in order, [context, stimulus] each, the number of the first, and their draws.
  private func forEachBatch(
    _ stimuli: Matrix, _ take: (_ first: Int, _ draws: [Int], _ outputs: [Matrix]) throws -> Void
  ) throws {
    let reader = RunReader(run.directory)
    let weights = max(1, Int(min(1e12, run.experiment.positionCount)))
    let batch = max(threads, min(Self.mostBatch, Self.mostWeights / weights))
    var first = 0
    var positions: [[Double]] = []
    var draws: [Int] = []
    func answer() throws {
      let answers = try parallelMap(positions.count, threads: threads) { [positions] index in
        try outputs(at: positions[index], stimuli)
      }
      try take(first, draws, answers)
      first += positions.count
      positions.removeAll(keepingCapacity: true)
      draws.removeAll(keepingCapacity: true)
    }
    for chain in reader.chains {
      var seen = 0
      try reader.forEachNetwork(ofChain: chain) { network in
        defer { seen += 1 }
        guard selection.place(of: seen) != nil else { return }
        positions.append(try network.position())
        draws.append(network.draw)
        if positions.count == batch { try answer() }
      }
    }
    if !positions.isEmpty { try answer() }
  }

  /// A network's outputs, as many stimuli at a time as their activities may take memory.
  private func outputs(at position: [Double], _ stimuli: Matrix) throws -> Matrix {
    let size = max(1, Self.mostActivities / max(1, task.contexts * run.experiment.hiddenNeurons))
    var outputs = Matrix(rows: task.contexts, columns: stimuli.rows)
    for start in stride(from: 0, to: stimuli.rows, by: size) {
      let part = start..<min(stimuli.rows, start + size)
      guard let some = try run.ensemble.outputs(at: position, stimuli: stimuli.rows(part)) else {
        preconditionFailure("a network that does not respond linearly answers stimuli")
      }
      for c in 0..<task.contexts { for p in part { outputs[c, p] = some[c, p - start] } }
    }
    return outputs
  }
}

extension Matrix {
  /// Some rows.
  fileprivate func rows(_ range: Range<Int>) -> Matrix {
    range.count == rows
      ? self
      : Matrix(
        rows: range.count, columns: columns,
        elements: Array(elements[range.lowerBound * columns..<range.upperBound * columns]))
  }
}
