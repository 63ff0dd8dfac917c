// The draws of a run on disk: all of a small run in memory, of others a piece at a time.

import Numerics
import Sampling
import Storage

/// The recorded scalars of a run after warm-up, read when they are asked for; the run must stay where it is.
public struct RunDraws: ScalarDraws {
  /// The memory for scalars that were read, in bytes; a single one may be larger. A run of a quarter of it is kept.
  static let mostBytes = 32 << 20

  public let names: [String]
  /// The number of chains.
  public let chains: Int
  /// The number of draws of each chain: that of the shortest.
  public let drawsPerChain: Int
  public let streaming: [[StreamingStatistic]]
  public let gainsAreDrawn: Bool
  public let areIndependent: Bool
  private let reader: RunReader
  private let places: [String: Int]
  private let bytes: Int
  /// All scalars of a small run, [scalar][chain][draw].
  private let columns = Once<[[[Double]]]>()
  private let summaries = Once<[ObservableSummary]>()

  init(
    _ reader: RunReader, _ schema: DrawSchema, draws: Int, streaming: [[StreamingStatistic]], areIndependent: Bool,
    bytes: Int = Self.mostBytes
  ) {
    self.bytes = bytes
    self.reader = reader
    names = schema.scalarNames
    places = Dictionary(zip(names, names.indices)) { first, _ in first }
    chains = reader.chains.count
    drawsPerChain = draws
    self.streaming = streaming
    gainsAreDrawn = !schema.network.binaryRange.isEmpty
    self.areIndependent = areIndependent
  }

  public var draws: Int { chains * drawsPerChain }

  /// Scalars that fit into memory together, one at least.
  private var groupSize: Int { max(1, bytes / (8 * draws)) }

  public var groups: [Range<Int>] {
    stride(from: 0, to: names.count, by: groupSize).map { $0..<min(names.count, $0 + groupSize) }
  }

  public func forEachBlock(of names: [String], _ body: (_ chain: Int, _ block: [[Double]]) -> Void) throws {
    let wanted = names.map { name in
      guard let place = places[name] else { preconditionFailure("\(name) is not recorded") }
      return place
    }
    guard 8 * draws * self.names.count <= bytes / 4 else {
      return try reader.forEachBlock(at: wanted, limit: drawsPerChain, body)
    }
    let columns = try columns { try reader.observables(at: Array(self.names.indices), limit: drawsPerChain) }
    for chain in 0..<chains { body(chain, wanted.map { columns[$0][chain] }) }
  }

  /// The summaries of all scalars, computed once.
  public func summaries(threads: Int) throws -> [ObservableSummary] {
    try summaries { try computedSummaries(threads: threads) }
  }

  /// All scalars in memory.
  ///
  /// - Throws: an error of kind `input` if there is not enough of it; what is damaged.
  public func table() throws -> DrawTable {
    DrawTable(
      names: names, scalars: Dictionary(uniqueKeysWithValues: try names.map { ($0, try scalar($0)!) }),
      streaming: streaming, gainsAreDrawn: gainsAreDrawn, areIndependent: areIndependent)
  }

  /// - Throws: ``MemoryNeedError``.
  func requireMemory() throws {
    let together = Double(min(groupSize, names.count))
    // On two threads: the draws, their order, what is made of them, and the scores that all share.
    let bytesPerDraw = 8 * together + 16 * min(2, together) + 4
    try Memory.require(
      bytesPerDraw * Double(draws), for: "\(chains) chains of \(drawsPerChain) draws",
      advice: "say fewer draws, or look at fewer: mcmc-run export writes them without holding them")
  }
}
