// The draws of a run on disk: as many scalars in memory as fit into a little of it.

import Sampling
import Storage
import Synchronization

/// The recorded scalars of a run after warm-up, read when they are asked for; the run must stay where it is.
public struct RunDraws: ScalarDraws {
  /// The memory for scalars that were read, in bytes; two of them may be larger.
  static let mostBytes = 128 << 20
  /// What the diagnostics of a draw take besides on two threads, in bytes.
  private static let workBytes = 120

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
  private let kept = KeptColumns()
  private let bytes: Int

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

  /// Scalars that fit into memory together, two at least: several threads should have something to do.
  private var groupSize: Int { max(2, bytes / (8 * draws)) }

  public var groups: [Range<Int>] {
    stride(from: 0, to: names.count, by: groupSize).map { $0..<min(names.count, $0 + groupSize) }
  }

  public func scalar(_ name: String) throws -> [[Double]]? { places[name] == nil ? nil : try columns([name])[0] }

  public func columns(_ names: [String]) throws -> [[[Double]]] {
    let wanted = names.map { name in
      guard let place = places[name] else { preconditionFailure("\(name) is not recorded") }
      return place
    }
    return try kept.columns(wanted, atMost: groupSize) { missing in
      // Neighbours come with what is asked for: all of a small run are read at once.
      let group = self.names.count <= groupSize ? Array(self.names.indices) : missing
      return (group, try reader.observables(at: group, limit: drawsPerChain))
    }
  }

  /// All scalars in memory.
  ///
  /// - Throws: an error of kind `input` if there is not enough of it; what is damaged.
  public func table() throws -> DrawTable {
    let columns = try columns(names)
    return DrawTable(
      names: names, scalars: Dictionary(uniqueKeysWithValues: zip(names, columns)), streaming: streaming,
      gainsAreDrawn: gainsAreDrawn, areIndependent: areIndependent)
  }

  /// - Throws: ``MemoryNeedError``.
  func requireMemory() throws {
    let held = 8 * Double(min(groupSize, names.count)) + Double(Self.workBytes)
    try Memory.require(
      held * Double(draws), for: "\(chains) chains of \(drawsPerChain) draws",
      advice: "say fewer draws, or look at fewer: mcmc-run export writes them without holding them")
  }
}

/// The scalars that were read last, by their places.
private final class KeptColumns: Sendable {
  private let columns = Mutex<[Int: [[Double]]]>([:])

  /// - Parameters:
  ///   - count: how many are kept beyond the call.
  ///   - read: reads those that are missing, and may read more.
  func columns(
    _ wanted: [Int], atMost count: Int, _ read: ([Int]) throws -> (places: [Int], columns: [[[Double]]])
  ) throws -> [[[Double]]] {
    try columns.withLock { kept in
      let missing = Array(Set(wanted).filter { kept[$0] == nil }).sorted()
      if !missing.isEmpty {
        // What is not asked for goes before what is comes.
        if kept.count + missing.count > count {
          let asked = Set(wanted)
          kept = kept.filter { asked.contains($0.key) }
        }
        let found = try read(missing)
        for (place, column) in zip(found.places, found.columns) { kept[place] = column }
      }
      let result = wanted.map { kept[$0]! }
      if kept.count > count { kept.removeAll() }
      return result
    }
  }
}
