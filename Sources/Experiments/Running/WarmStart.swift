// Starting where another run's chains ended: with their tuning instead of warming up, or with their networks alone.

import JSON
import Sampling
import Storage

/// The chains' ends of another run, kept in the run that starts from them.
///
/// New chain c starts from the other run's chain number c mod n (of its n chains), from its own random stream: at its last position, with
/// its step size, metric and ladder and without warm-up; or, of an ensemble that may be another one, from its last kept network with the
/// usual warm-up.
package struct WarmStart: Sendable {
  /// Of each chain of the other run, in order: the same in every part of a run that is split over jobs, so that the parts can be merged.
  private enum Ends {
    /// What ``ChainSource`` saved.
    case archives([[Double]])
    /// Positions.
    case networks([[Double]])
  }

  private let ends: Ends

  /// Reads the ends of another run's chains.
  ///
  /// - Throws: ``StorageError``; ``RunWithoutDraws`` if a chain has none.
  init(from path: String) throws {
    let reader = RunReader(try RunDirectory.open(path))
    // A chain in warm-up has no tuning yet that could be gone on with.
    let draws = try reader.drawCounts()
    ends = .archives(
      try reader.chains.enumerated().map { place, chain in
        guard draws[place] > 0, let archive = try reader.lastSnapshot(ofChain: chain)?.archive else {
          throw RunWithoutDraws(description: "--warm-start: chain \(chain) of \(path) has no draws to start from")
        }
        return archive
      })
  }

  /// Reads the last networks that another run's chains kept.
  ///
  /// - Throws: ``StorageError``; ``UnsupportedExperiment`` if a chain has none.
  init(networksOf path: String) throws {
    ends = .networks(try RunReader(try RunDirectory.open(path)).lastNetworks())
  }

  /// Reads what ``write(into:)`` wrote; nil if the run did not start warm.
  ///
  /// - Throws: ``StorageError``.
  package init?(of run: RunDirectory) throws {
    let path = run.file(Self.file)
    guard try Posix.exists(path) else { return nil }
    let json = try JSONValue(parsing: Posix.text(of: path), path: path)
    let networks = json["networks"]
    guard let chains = (networks ?? json).array, !chains.isEmpty else {
      throw StorageError.damaged(path: path, reason: "it is not a list of chains")
    }
    let numbers = chains.map { ($0.array ?? []).map { $0.realNumber ?? .nan } }
    ends = networks == nil ? .archives(numbers) : .networks(numbers)
  }

  private static let file = "\(RunInputs.folder)/warm-start.json"

  private var json: JSONValue {
    switch ends {
    case .archives(let chains): .array(chains.map { .numbers($0) })
    case .networks(let chains): ["networks": .array(chains.map { .numbers($0) })]
    }
  }

  /// The ends, as a fact on which the draws depend.
  var fact: RunFact { RunFact("warm start (SHA-256)", SHA256.hexDigest(of: json.text(.compact))) }

  /// Keeps the ends with the run.
  package func write(into run: String) throws {
    try Posix.makeDirectory("\(run)/\(RunInputs.folder)")
    try Posix.writeAtomically(json.text(.compact) + "\n", to: "\(run)/\(Self.file)")
  }

  /// Whether chains go on with the other run's tuning, and do not warm up.
  var hasTuning: Bool { if case .archives = ends { true } else { false } }

  /// The network that a chain starts from, where it starts from one and is tuned anew.
  ///
  /// - Throws: ``WarmStartError`` for a network of another size.
  func network(chain number: Int, dimension: Int) throws -> [Double]? {
    guard case .networks(let positions) = ends else { return nil }
    let position = positions[number % positions.count]
    guard position.count == dimension else {
      throw WarmStartError(
        description: "a network of \(position.count) numbers cannot be the start of one of \(dimension)")
    }
    return position
  }

  /// The kernel as tuned, and the position, at the end of the chain that `number` starts from.
  ///
  /// - Parameter template: a chain of the same kernel and warm-up as the one that was saved.
  /// - Throws: ``ArchiveError`` if it was another kernel or another model.
  func restore<Kernel: MarkovKernel, Warmup: Adaptation>(
    chain number: Int, into template: consuming Chain<Kernel, Warmup>
  ) throws -> (kernel: Kernel, position: [Double]) {
    guard case .archives(let archives) = ends else { preconditionFailure("a network has no kernel") }
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
