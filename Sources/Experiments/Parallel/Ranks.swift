// What the ranks of a job agree on: rounds in which each says something, and an end that all reach, whatever fails.

import JSON
import Sampling
import Storage
import Synchronization

/// The ranks of a job, as commands use them.
///
/// Ranks meet in rounds, each of which all of them must reach. A rank that fails does not come to the next round but says that it
/// ends; the others learn this in their round, and end too. So no rank waits for one that is gone, and all end with one status.
package final class Ranks: Sendable {
  let communicator: Communicator
  private let queues = Atomic(0)

  var rank: Int { communicator.rank }
  package var count: Int { communicator.count }
  /// Whether this process shows results, makes folders and takes locks.
  package var isFirst: Bool { communicator.rank == 0 }

  package init(_ communicator: Communicator) { self.communicator = communicator }

  package static let alone = Ranks(.alone)

  /// A rank ended before the others could: why, and with which number.
  package struct PeerEnded: ExperimentError {
    public let description: String
    /// What it gave to ``end(_:_:)``.
    package let code: Int32
    public var kind: FailureKind { .system }
  }

  /// Ranks that have not the same before them.
  package struct Disagreement: ExperimentError {
    package let description: String
    package let kind: FailureKind
  }

  /// What every rank said in this round.
  ///
  /// - Throws: ``PeerEnded`` if a rank has ended.
  func round(_ name: String, _ said: JSONValue) throws -> [JSONValue] {
    guard count > 1 else { return [said] }
    let all = exchange(["round": .string(name), "said": said])
    for (rank, message) in all.enumerated() where message["end"] != nil {
      let code = message["end"]?.wholeNumber ?? 70
      throw PeerEnded(
        description: message["message"]?.string ?? "rank \(rank) ended before the others", code: Int32(code))
    }
    precondition(all.allSatisfy { $0["round"]?.string == name }, "ranks are in different rounds")
    return all.map { $0["said"] ?? .null }
  }

  /// Makes sure that all ranks have the same.
  ///
  /// - Throws: ``Disagreement`` naming the first rank that differs; ``PeerEnded``.
  func agree(on what: String, _ value: String) throws {
    let all = try round("agree on \(what)", .string(value))
    guard let other = all.firstIndex(where: { $0 != all[0] }) else { return }
    throw Disagreement(
      description: "ranks 0 and \(other) do not agree on \(what); start all of them with the same arguments and files",
      kind: .input)
  }

  /// Waits until all ranks end; returns the number that all end with, and the message of the lowest rank that has one.
  ///
  /// - Parameter code: 0 for a rank that ends well; else what the lowest such rank gives becomes that of all.
  package func end(_ code: Int32, _ message: String?) -> (code: Int32, message: String?) {
    defer { communicator.leave() }
    guard count > 1 else { return (code, message) }
    while true {
      let all = exchange(["end": .integer(Int(code)), "message": message.map { .string($0) } ?? .null])
      guard all.allSatisfy({ $0["end"] != nil }) else { continue }
      let worst = all.first { ($0["end"]?.wholeNumber ?? 0) != 0 }
      return (
        Int32(worst?["end"]?.wholeNumber ?? 0), all.lazy.compactMap { $0["message"]?.string }.first
      )
    }
  }

  /// The file system is not the same one for all ranks.
  func unseen(_ path: String) -> Disagreement {
    Disagreement(
      description:
        "rank \(rank) on \(ProcessInfo.processInfo.hostName) does not see what rank 0 has at \(path): the ranks need one file "
        + "system; choose an --out that all of them share", kind: .system)
  }

  private func exchange(_ message: JSONValue) -> [JSONValue] {
    communicator.gather(Array(message.text(.compact).utf8)).map {
      (try? JSONReader.read(String(decoding: $0, as: UTF8.self))) ?? .null
    }
  }

  /// Numbers 0 ..< count, each given to one rank (and thread) that asks. All ranks make their queues in the same order.
  func queue(_ count: Int) -> WorkQueue {
    WorkQueue(
      count: count, number: queues.wrappingAdd(1, ordering: .relaxed).oldValue,
      communicator: self.count > 1 ? communicator : nil)
  }
}

/// Work that is handed out piece by piece, to whoever asks.
package final class WorkQueue: Sendable {
  private let count: Int
  private let number: Int
  private let communicator: Communicator?
  private let local = Atomic(0)

  init(count: Int, number: Int = 0, communicator: Communicator? = nil) {
    self.count = count
    self.number = number
    self.communicator = communicator
  }

  /// The next piece; nil once all are handed out.
  func next() -> Int? {
    let index = communicator?.next(ofQueue: number) ?? local.wrappingAdd(1, ordering: .relaxed).oldValue
    return index < count ? index : nil
  }
}
