// How the ranks of a job work on one run: the first holds the lock, each writes its own chains, all know what became of all.

import JSON
import Sampling
import Storage

extension Ranks {
  /// Whether a chain, counted from 0 within its run, is this rank's.
  func isOwn(chainAt index: Int) -> Bool { index % count == rank }

  /// The right to write into a run: the first rank takes the lock, the others write in its name.
  ///
  /// - Parameter take: makes or reopens the run; called by the first rank only.
  /// - Throws: what `take` throws, on every rank; ``Disagreement`` if a rank does not see the run.
  func sharedLock(at path: String, _ take: () throws -> RunLock) throws -> RunLock {
    guard count > 1 else { return try take() }
    let lock = isFirst ? try take() : nil
    let holder = lock.flatMap { RunLock.holder(of: $0.run) } ?? ""
    let said = try round("lock", .string(holder))[0].string
    if let lock {
      _ = try round("seen", .null)
      return lock
    }
    guard let run = try? RunDirectory.open(path), RunLock.holder(of: run) == said else {
      throw unseen(path)
    }
    _ = try round("seen", .null)
    return RunLock(sharing: run)
  }

  /// What became of all chains of a run, from what became of this rank's.
  func all(_ own: [ChainOutcome]) throws -> [ChainOutcome] {
    guard count > 1 else { return own }
    let said = try round("chains", .array(own.map(\.json)))
    return said.flatMap { ($0.array ?? []).map(ChainOutcome.init) }.sorted { $0.chain < $1.chain }
  }
}

/// A chain's failure on another rank.
package struct RemoteFailure: ExperimentError {
  package let description: String
  package let kind: FailureKind
}

extension ChainOutcome {
  fileprivate var json: JSONValue {
    var members: [(String, JSONValue)] = [
      ("chain", .integer(chain)), ("draws", .integer(draws)), ("warmup", .integer(warmupDraws)),
      ("stuck", .bool(isStuck)),
    ]
    switch end {
    case .complete: members.append(("end", "complete"))
    case .stopped: members.append(("end", "stopped"))
    case .failed(let reason):
      let failure = Failure(reason)
      members += [
        ("end", "failed"), ("message", .string(failure.message)), ("kind", .string(failure.kind.rawValue)),
      ]
    }
    return .object(members)
  }

  fileprivate init(_ json: JSONValue) {
    let end: End =
      switch json["end"]?.string {
      case "complete": .complete
      case "stopped": .stopped
      default:
        .failed(
          RemoteFailure(
            description: json["message"]?.string ?? "a chain failed on another rank",
            kind: json["kind"]?.string.flatMap(FailureKind.init) ?? .fault))
      }
    self.init(
      chain: json["chain"]?.wholeNumber ?? 0, draws: json["draws"]?.wholeNumber ?? 0,
      warmupDraws: json["warmup"]?.wholeNumber ?? 0, end: end,
      isStuck: json["stuck"]?.content == .bool(true))
  }
}
