// Starting where another run's chains ended, with their tuning, instead of warming up.

import JSON
import Sampling
import Storage

/// The chains' ends of another run, kept in the run that starts from them.
///
/// New chain c starts from the other run's chain number c mod n (of its n chains): at its last position, with its step size,
/// metric and ladder, from its own random stream. There is no warm-up.
package struct WarmStart: Sendable {
  /// What ``ChainSource`` saved of each chain of the other run, in order: the same in every part of a run that is split
  /// over jobs, so that the parts can be merged.
  private let archives: [[Double]]

  /// Reads the ends of another run's chains.
  ///
  /// - Throws: ``StorageError``; ``RunWithoutDraws`` if a chain has none.
  init(from path: String) throws {
    let reader = RunReader(try RunDirectory.open(path))
    archives = try reader.chains.map { chain in
      guard let archive = try reader.lastSnapshot(ofChain: chain)?.archive else {
        throw RunWithoutDraws(description: "--warm-start: chain \(chain) of \(path) has no draws to start from")
      }
      return archive
    }
  }

  /// Reads what ``write(into:)`` wrote; nil if the run did not start warm.
  ///
  /// - Throws: ``StorageError``.
  package init?(of run: RunDirectory) throws {
    let path = run.file(Self.file)
    guard try Posix.exists(path) else { return nil }
    let json = try JSONValue(parsing: Posix.text(of: path), path: path)
    guard let chains = json.array, !chains.isEmpty else {
      throw StorageError.damaged(path: path, reason: "it is not a list of chains")
    }
    archives = chains.map { ($0.array ?? []).map { $0.realNumber ?? .nan } }
  }

  private static let file = "\(RunInputs.folder)/warm-start.json"

  private var json: JSONValue { .array(archives.map { .numbers($0) }) }

  /// The archives, as a fact on which the draws depend.
  var fact: RunFact { RunFact("warm start (SHA-256)", SHA256.hexDigest(of: json.text(.compact))) }

  /// Keeps the archives with the run.
  package func write(into run: String) throws {
    try Posix.makeDirectory("\(run)/\(RunInputs.folder)")
    try Posix.writeAtomically(json.text(.compact) + "\n", to: "\(run)/\(Self.file)")
  }

  /// The kernel as tuned, and the position, at the end of the chain that `number` starts from.
  ///
  /// - Parameter template: a chain of the same kernel and warm-up as the one that was saved.
  /// - Throws: ``ArchiveError`` if it was another kernel or another model.
  func restore<Kernel: MarkovKernel, Warmup: Adaptation>(
    chain number: Int, into template: consuming Chain<Kernel, Warmup>
  ) throws -> (kernel: Kernel, position: [Double]) {
    var chain = template
    var archive = archives[number % archives.count].dropFirst()
    do {
      try chain.restore(from: &archive, stream: chain.streamSnapshot)
    } catch let error as ArchiveError {
      throw WarmStartError(description: "--warm-start: the run is of another model or sampler: \(error)")
    }
    return (chain.kernel, chain.state.position)
  }
}

/// A run that another cannot start from.
package struct WarmStartError: ExperimentError {
  package let description: String
  package var kind: FailureKind { .input }
}
