// One number for all that a run has drawn, the same however the work was cut into segments, threads and jobs.

import Sampling

/// The SHA-256 of what a run has drawn.
package struct RunDigest: Sendable, Equatable {
  /// One chain's part.
  package struct Chain: Sendable, Equatable {
    package let chain: Int
    /// The SHA-256 of its draws, statistics and final state, in 64 hexadecimal digits.
    package let digest: String
    /// The SHA-256 of the networks it kept.
    package let networks: String
  }

  /// The chains in order.
  package let chains: [Chain]
  /// The SHA-256 over all draws, sampler statistics and final states in chain and draw order.
  ///
  /// Networks are apart, in ``networks``, because which of them are kept is a matter of the recording rule: a run planned
  /// for 1000 draws and continued to 2000 draws the same as one planned for 2000, but keeps others.
  package let value: String
  /// The SHA-256 over all kept networks in chain and draw order.
  package let networks: String
}

extension RunReader {
  /// Computes the run's digest, verifying every segment on the way.
  ///
  /// Complexity: O(bytes on disk); memory: one segment.
  ///
  /// - Throws: ``StorageError``.
  package func digest() throws -> RunDigest {
    let chains = try self.chains.map { try digest(ofChain: $0) }
    var value = SHA256()
    var networks = SHA256()
    for chain in chains {
      value.update(chain.chain)
      value.update(chain.digest)
      networks.update(chain.chain)
      networks.update(chain.networks)
    }
    return RunDigest(chains: chains, value: value.hexDigest, networks: networks.hexDigest)
  }

  private func digest(ofChain chain: Int) throws -> RunDigest.Chain {
    var hash = SHA256()
    var networks = SHA256()
    var snapshot: ChainSnapshot?
    var streaming: [StreamingStatistic] = []
    for phase in Phase.allCases {
      hash.update(phase.rawValue)
      var draws = 0
      var last: Segment?
      try forEachSegment(ofChain: chain, phase) { segment in
        if draws == 0 { hash.update(segment.header.schema.json) }
        hash.update(try Self.rows(of: segment))
        try Self.addNetworks(of: segment, to: &networks)
        draws += segment.header.draws
        last = segment
      }
      hash.update(draws)
      if let last {
        snapshot = try last.snapshot()
        streaming = try last.streamingStatistics()
      }
    }
    for statistic in streaming {
      hash.update(statistic.name)
      hash.update(statistic.values)
    }
    if let snapshot {
      hash.update(snapshot.archive.count)
      hash.update(snapshot.archive)
      hash.update(snapshot.stream.generator)
      hash.update(snapshot.stream.state)
    }
    return RunDigest.Chain(chain: chain, digest: hash.hexDigest, networks: networks.hexDigest)
  }

  /// Observables and statistics of each draw side by side, so that the order of the numbers knows no segments.
  private static func rows(of segment: Segment) throws -> [Double] {
    let observables = try segment.observables()
    let statistics = try segment.statistics()
    let left = segment.header.schema.observableCount
    let right = segment.header.schema.statistics.count
    let width = left + right
    return [Double](unsafeUninitializedCapacity: observables.count + statistics.count) { rows, filled in
      for draw in 0..<segment.header.draws {
        for index in 0..<left { rows[draw * width + index] = observables[draw * left + index] }
        for index in 0..<right { rows[draw * width + left + index] = statistics[draw * right + index] }
      }
      filled = observables.count + statistics.count
    }
  }

  private static func addNetworks(of segment: Segment, to hash: inout SHA256) throws {
    for (index, draw) in try segment.networkDraws().enumerated() {
      hash.update(draw)
      for block in segment.header.schema.network.blocks {
        try segment.forEachPiece(ofNetwork: index, block: block) { hash.update($0.values) }
      }
    }
  }
}
