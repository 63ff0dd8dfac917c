// What a run holds so far, read while it goes on or afterwards: segments in order, each verified before it is used.

import Sampling

/// Where a chain stands on disk.
package struct ChainPosition: Sendable, Equatable {
  /// The chain's number.
  package let chain: Int
  /// Draws on disk, by phase.
  package fileprivate(set) var draws: [Phase: Int] = [.warmup: 0, .draws: 0]
  /// Segments on disk, by phase.
  package fileprivate(set) var segments: [Phase: Int] = [.warmup: 0, .draws: 0]
  /// What a draw consists of, once there is one.
  package fileprivate(set) var schema: DrawSchema?
  /// The state at the end of the last segment.
  package fileprivate(set) var snapshot: ChainSnapshot?
  /// Whether its weights have moved.
  package fileprivate(set) var movement = ChainMovement()

  /// A chain that has not begun.
  package init(chain: Int) { self.chain = chain }
}

/// Reads the draws of a run.
///
/// Segments appear one by one and never change, so that reading needs no lock; each reading sees what was complete when it
/// began. Memory: what is asked for, plus one segment.
package struct RunReader: Sendable {
  /// The run.
  package let run: RunDirectory

  package init(_ run: RunDirectory) { self.run = run }

  /// The chains' numbers, in order.
  package var chains: [Int] { run.description.chains.sorted() }

  // MARK: - Segments

  /// The segments of a chain in one phase, in order, by their names alone.
  ///
  /// - Throws: ``StorageError/damaged(path:reason:)`` for a gap, a segment that is there twice, one that is missing at the
  ///   end, or a file that is none.
  package func segmentNames(ofChain chain: Int, _ phase: Phase) throws -> [SegmentName] {
    // Before the segments are listed: a writer publishes them first.
    try segmentNames(ofChain: chain, phase, record: try ChainRecord(ofChain: chain, in: run))
  }

  private func segmentNames(ofChain chain: Int, _ phase: Phase, record: ChainRecord?) throws -> [SegmentName] {
    let directory = run.chainDirectory(chain)
    guard try Posix.exists(directory) else {
      guard !run.isComplete else { throw StorageError.damaged(path: directory, reason: "it is missing") }
      return []
    }
    var names: [SegmentName] = []
    for fileName in try Posix.names(in: directory) where !fileName.hasPrefix(".") && fileName != ChainRecord.file {
      guard let name = SegmentName(fileName: fileName) else {
        throw StorageError.damaged(
          path: "\(directory)/\(fileName)", reason: "its name is not one that this program gave")
      }
      if name.phase == phase { names.append(name) }
    }
    names.sort { $0.number < $1.number }
    for (number, name) in names.enumerated() where name.number != number {
      let reason =
        name.number < number
        ? "there is another segment \(name.number) beside it" : "segment \(number), which comes before it, is missing"
      throw StorageError.damaged(path: "\(directory)/\(name.fileName)", reason: reason)
    }
    if record == nil, run.isSealed, !names.isEmpty {
      throw StorageError.damaged(path: "\(directory)/\(ChainRecord.file)", reason: "it is missing")
    }
    if let written = record?.segments[phase], written > names.count {
      throw StorageError.damaged(
        path: "\(directory)/\(SegmentName.head(phase, names.count)).*.nc",
        reason:
          "it is missing; \(written) segments of \(phase.words) were written, \(names.count) are there (resume --from-last-good draws it anew)"
      )
    }
    return names
  }

  /// A segment, verified if this process has not done so before.
  func segment(_ name: SegmentName, ofChain chain: Int) throws -> Segment {
    try Segment(name, in: run.chainDirectory(chain), run.verified)
  }

  /// Gives `body` every segment of a chain in one phase, verified, in order.
  ///
  /// - Throws: ``StorageError/damaged(path:reason:)`` at the first segment that is not what was written here.
  package func forEachSegment(
    ofChain chain: Int, _ phase: Phase, _ body: (Segment) throws -> Void
  ) throws {
    var firstDraw = 0
    var schema: DrawSchema?
    let record = try ChainRecord(ofChain: chain, in: run)
    for name in try segmentNames(ofChain: chain, phase, record: record) {
      let segment = try segment(name, ofChain: chain)
      try segment.requirePlace(in: run, chain: chain, name: name, firstDraw: firstDraw)
      if let schema, let difference = segment.header.schema.difference(from: schema) {
        throw StorageError.damaged(path: segment.path, reason: "\(difference) than those of the segment before")
      }
      try body(segment)
      schema = segment.header.schema
      firstDraw += segment.header.draws
    }
    if let written = record?.draws[phase], written > firstDraw {
      throw StorageError.damaged(
        path: run.chainDirectory(chain),
        reason: "\(written) draws of \(phase.words) were written, \(firstDraw) are there")
    }
  }

  /// Everything that is wrong with the run's segments; empty if all is well.
  package func problems() -> [StorageError] {
    var problems: [StorageError] = []
    for chain in chains {
      for phase in Phase.allCases {
        do {
          try forEachSegment(ofChain: chain, phase) { _ in }
        } catch let error as StorageError {
          problems.append(error)
        } catch {
          problems.append(.damaged(path: run.chainDirectory(chain), reason: "\(error)"))
        }
      }
    }
    return problems
  }

  /// Verifies all of a chain and says where it stands.
  ///
  /// - Parameter visit: given every segment of draws after warm-up, in order.
  /// - Throws: ``StorageError``.
  package func position(
    ofChain chain: Int, _ visit: (Segment) throws -> Void = { _ in }
  ) throws -> ChainPosition {
    var position = ChainPosition(chain: chain)
    for phase in Phase.allCases {
      var last: Segment?
      try forEachSegment(ofChain: chain, phase) { segment in
        position.draws[phase]! += segment.header.draws
        position.segments[phase]! += 1
        last = segment
        if phase == .draws {
          try position.movement.add(segment)
          try visit(segment)
        }
      }
      guard let last else { continue }
      position.schema = last.header.schema
      position.snapshot = try last.snapshot()
    }
    return position
  }

  /// What a draw consists of; nil before the first segment of any chain.
  package func schema() throws -> DrawSchema? {
    for chain in chains {
      for phase in Phase.allCases {
        if let name = try segmentNames(ofChain: chain, phase).first {
          let segment = try segment(name, ofChain: chain)
          try segment.requirePlace(in: run, chain: chain, name: name, firstDraw: 0)
          return segment.header.schema
        }
      }
    }
    return nil
  }

  // MARK: - Values

  /// The number of draws on disk of each chain, in the order of ``chains``.
  package func drawCounts(_ phase: Phase = .draws) throws -> [Int] {
    try chains.map { chain in
      guard let last = try segmentNames(ofChain: chain, phase).last else { return 0 }
      let segment = try segment(last, ofChain: chain)
      try segment.requirePlace(in: run, chain: chain, name: last, firstDraw: segment.header.firstDraw)
      return segment.header.firstDraw + segment.header.draws
    }
  }

  /// Scalar observables, `[name][chain][draw]`; chains in the order of ``chains``.
  ///
  /// - Throws: ``StorageError``; `mismatch` if the run has no scalar of such a name.
  package func observables(_ names: [String], _ phase: Phase = .draws) throws -> [[[Double]]] {
    guard let schema = try schema() else { return names.map { _ in chains.map { _ in [] } } }
    return try observables(at: try places(of: names, among: schema.scalarNames), phase)
  }

  /// Scalar observables by their places in the schema's order, `[place][chain][draw]`; of each chain the first `limit` draws.
  ///
  /// Memory: what is asked for, and one segment's variable.
  package func observables(at places: [Int], _ phase: Phase = .draws, limit: Int = .max) throws -> [[[Double]]] {
    var result = places.map { _ in chains.map { _ in [Double]() } }
    try forEachBlock(at: places, phase, limit: limit) { chain, block in
      for place in places.indices { result[place][chain] += block[place] }
    }
    return result
  }

  /// Gives `body` scalar observables by their places in the schema's order, a segment at a time: the place of the chain in
  /// ``chains``, and the draws `[place][draw]`; of each chain the first `limit` draws.
  ///
  /// Memory: what is asked for of a segment, and one variable of it.
  package func forEachBlock(
    at places: [Int], _ phase: Phase = .draws, limit: Int = .max, _ body: (_ chain: Int, _ block: [[Double]]) -> Void
  ) throws {
    for (place, chain) in chains.enumerated() {
      try forEachSegment(ofChain: chain, phase) { segment in
        let left = limit - segment.header.firstDraw
        if left > 0 { body(place, try segment.observables(at: places, limit: left)) }
      }
    }
  }

  /// Sampler statistics, `[name][chain][draw]`; chains in the order of ``chains``.
  ///
  /// - Throws: ``StorageError``; `mismatch` if the run has no statistic of such a name.
  package func statistics(_ names: [String], _ phase: Phase = .draws) throws -> [[[Double]]] {
    var result = names.map { _ in [[Double]]() }
    for chain in chains {
      var columns = names.map { _ in [Double]() }
      try forEachSegment(ofChain: chain, phase) { segment in
        _ = try places(of: names, among: segment.header.schema.statistics)
        for (index, name) in names.enumerated() { columns[index] += try segment.statistic(name) }
      }
      for index in names.indices { result[index].append(columns[index]) }
    }
    return result
  }

  /// The places of names in a list.
  private func places(of names: [String], among known: [String]) throws -> [Int] {
    // A table of places: a task of 512 contexts and features records a quarter of a million entries of the readout.
    let places = Dictionary(uniqueKeysWithValues: zip(known, known.indices))
    return try names.map { name in
      guard let place = places[name] else {
        throw StorageError.mismatch(
          path: run.path, differences: ["it does not record \(name); it records \(known.joined(separator: ", "))"])
      }
      return place
    }
  }

  /// What each chain has accumulated over its draws after warm-up; empty for a chain without any.
  package func streamingStatistics() throws -> [[StreamingStatistic]] {
    try chains.map { try lastSegment(ofChain: $0, in: [.draws])?.streamingStatistics() ?? [] }
  }

  /// The last complete state of a chain; nil before its first segment.
  package func lastSnapshot(ofChain chain: Int) throws -> ChainSnapshot? {
    try lastSegment(ofChain: chain, in: [.draws, .warmup])?.snapshot()
  }

  private func lastSegment(ofChain chain: Int, in phases: [Phase]) throws -> Segment? {
    for phase in phases {
      if let name = try segmentNames(ofChain: chain, phase).last {
        let segment = try segment(name, ofChain: chain)
        try segment.requirePlace(in: run, chain: chain, name: name, firstDraw: segment.header.firstDraw)
        return segment
      }
    }
    return nil
  }

  // MARK: - Networks

  /// One whole network that was kept.
  package struct KeptNetwork {
    /// The chain's number.
    package let chain: Int
    /// The draw after warm-up.
    package let draw: Int
    /// The blocks.
    package let layout: ParameterLayout
    let segment: Segment
    let index: Int

    /// The whole position. Memory: the network.
    package func position() throws -> [Double] {
      try layout.blocks.flatMap { try segment.network(index, block: $0) }
    }

    /// Neurons `part` of one block (all of them if nil), `[..., neuron]`. Memory: the part.
    package func values(of block: ParameterBlock, part: Range<Int>? = nil) throws -> [Double] {
      try segment.network(index, block: block, part: part)
    }

    /// Gives `take` the entries of one block in order, a piece at a time.
    func forEachPiece(of block: ParameterBlock, _ take: (Segment.Piece) throws -> Void) throws {
      try segment.forEachPiece(ofNetwork: index, block: block, take)
    }
  }

  /// How many networks were kept of a chain.
  package func keptNetworks(ofChain chain: Int) throws -> Int {
    var kept = 0
    try forEachSegment(ofChain: chain, .draws) { kept += $0.header.networks }
    return kept
  }

  /// Gives `body` every network kept of a chain, in order, one at a time.
  package func forEachNetwork(ofChain chain: Int, _ body: (KeptNetwork) throws -> Void) throws {
    try forEachSegment(ofChain: chain, .draws) { segment in
      for (index, draw) in try segment.networkDraws().enumerated() {
        try body(
          KeptNetwork(
            chain: chain, draw: draw, layout: segment.header.schema.network, segment: segment, index: index))
      }
    }
  }
}
