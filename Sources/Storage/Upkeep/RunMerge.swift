// Runs of disjoint chains put together: what one run of all chains would have written.

import JSON
import Sampling

extension RunDirectory {
  /// Makes a new run of all chains of several runs. The runs stay as they are.
  ///
  /// Two chains of one identity and different numbers use different random streams, because the map from chain to seed is
  /// injective (`StreamKey`); that their random states differ is checked besides.
  ///
  /// - Parameters:
  ///   - experiment: the text of the new run's `experiment.json`, which differs from theirs in the range of chains alone.
  ///   - about: what else the new `run.json` tells.
  ///   - fill: puts more into the directory while it is prepared.
  /// - Throws: ``StorageError``: `mismatch` with all differences, `damaged`, `locked`, `exists`, `system`. Nothing is left
  ///   behind then.
  package static func merge(
    _ runs: [RunDirectory], experiment: String, about: [JSONValue.Member], at path: String, replacing: Bool = false,
    fill: (_ directory: String) throws -> Void = { _ in }
  ) throws -> RunLock {
    guard let first = runs.first else { throw StorageError.contract("there is nothing to merge") }
    // Nobody may be writing while segments are copied. The runs are only read: they may be another user's.
    for run in runs where RunLock.isHeld(of: run) {
      throw StorageError.locked(path: run.path, holder: RunLock.holder(of: run) ?? "another process")
    }
    for run in runs.dropFirst() { try requireMergeable(run, with: first) }
    let chains = runs.flatMap(\.description.chains)
    let repeated = Set(chains.filter { chain in chains.filter { $0 == chain }.count > 1 }).sorted()
    guard repeated.isEmpty else {
      let list = repeated.map(String.init).joined(separator: ", ")
      throw StorageError.mismatch(
        path: runs.last!.path, differences: ["chain \(list) is in more than one of the runs; chains must be disjoint"])
    }
    try requireDifferentStreams(runs)
    var description = first.description
    description.experiment = experiment
    description.chains = chains.sorted()
    description.about = about
    return try create(description, at: path, replacing: replacing) { directory in
      for run in runs { try copyChains(of: run, into: directory) }
      try fill(directory)
    }
  }

  private static func requireMergeable(_ run: RunDirectory, with first: RunDirectory) throws {
    var differences = run.description.identity.differences(
      from: first.description.identity, mine: "it", theirs: first.path)
    if run.description.recording != first.description.recording {
      differences.append("it keeps other networks than \(first.path)")
    }
    guard differences.isEmpty else { throw StorageError.mismatch(path: run.path, differences: differences) }
  }

  private static func requireDifferentStreams(_ runs: [RunDirectory]) throws {
    var owners: [[UInt8]: String] = [:]
    for run in runs {
      let reader = RunReader(run)
      for chain in reader.chains {
        guard let state = try reader.lastSnapshot(ofChain: chain)?.stream.state else { continue }
        let place = run.chainDirectory(chain)
        if let owner = owners.updateValue(place, forKey: state) {
          throw StorageError.mismatch(path: place, differences: ["its random stream is the same as that of \(owner)"])
        }
      }
    }
  }

  /// Copies and verifies: what is damaged is not carried on.
  private static func copyChains(of run: RunDirectory, into directory: String) throws {
    let reader = RunReader(run)
    for chain in reader.chains {
      let place = "\(directory)/\(chainName(chain))"
      try Posix.makeDirectory(place)
      var record = ChainRecord()
      for phase in Phase.allCases {
        try reader.forEachSegment(ofChain: chain, phase) { segment in
          try Posix.copy(segment.path, to: "\(place)/\(Posix.lastName(of: segment.path))")
          record.segments[phase]! += 1
          record.draws[phase]! += segment.header.draws
        }
      }
      try record.write(ofChain: chain, runID: run.description.identity.digest, to: place)
      try Posix.synchronize(directory: place)
    }
  }
}
