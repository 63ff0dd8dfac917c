// The whole networks that a run kept, as neurons.

import Networks
import Sampling
import Storage

extension LoadedRun {
  /// The number of whole networks that were kept, of all chains.
  ///
  /// - Throws: ``StorageError``.
  package func keptNetworks() throws -> Int {
    let reader = RunReader(directory)
    return try reader.chains.reduce(0) { $0 + (try reader.keptNetworks(ofChain: $1)) }
  }

  /// The positions of `count` kept networks, or of all, evenly spread over the draws of all chains.
  ///
  /// - Throws: ``StorageError``.
  func keptPositions(atMost count: Int) throws -> [[Double]] {
    let reader = RunReader(directory)
    let layout = try ensemble.layout().stored
    let kept = try keptNetworks()
    var index = 0
    var positions: [[Double]] = []
    for chain in reader.chains {
      try reader.forEachNetwork(ofChain: chain) { network in
        guard network.layout == layout else {
          throw StorageError.damaged(
            path: directory.chainDirectory(chain), reason: "its networks are not of the run's experiment")
        }
        // The j-th is number j · kept/count.
        if kept <= count || positions.count * kept / count == index { positions.append(try network.position()) }
        index += 1
      }
    }
    return positions
  }

  /// How many of the networks that ``keptPositions(atMost:)`` gives each chain has.
  ///
  /// - Throws: ``StorageError``.
  func keptCounts(atMost count: Int) throws -> [Int] {
    let reader = RunReader(directory)
    let perChain = try reader.chains.map { try reader.keptNetworks(ofChain: $0) }
    let kept = perChain.reduce(0, +)
    guard kept > count else { return perChain }
    let chosen = (0..<count).map { $0 * kept / count }
    var start = 0
    return perChain.map { number in
      defer { start += number }
      return chosen.count { (start..<start + number).contains($0) }
    }
  }

  /// Kept networks whose gains are binary or given, as neurons; nil for other models.
  ///
  /// - Throws: ``EvaluationError`` if no network was kept; ``StorageError``.
  func neuronChunks(atMost count: Int) throws -> [NeuronChunk]? {
    guard experiment.closedFormGains != nil else { return nil }
    let chunks = try ensemble.neuronChunks(at: keptPositions(atMost: count)) ?? []
    guard !chunks.isEmpty else {
      throw EvaluationError(
        description: "this run kept no whole networks; sample it with \"record\": {\"weights\": 200}")
    }
    return chunks
  }
}

extension SampledEnsemble {
  /// The blocks of a network.
  ///
  /// - Throws: ``MaxEntropyError`` if the ensemble does not exist.
  fileprivate func layout() throws -> ParameterLayout { try density().layout }
}
