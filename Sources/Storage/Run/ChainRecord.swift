// How far a chain has come, kept beside its segments: what is missing at their end is missed.

import JSON

/// The number of segments and draws of a chain that were published, at least.
///
/// Written anew after every segment. A process that is killed between the two leaves a record that is one segment behind,
/// never one ahead; so there may be more than it says, and never less.
struct ChainRecord: Sendable, Equatable {
  /// The file, in the chain's directory.
  static let file = "chain.json"
  private static let format = "mcmc-run chain"
  private static let formatVersion = 1

  /// Segments published, by phase.
  var segments: [Phase: Int] = [.warmup: 0, .draws: 0]
  /// Draws in them, by phase.
  var draws: [Phase: Int] = [.warmup: 0, .draws: 0]

  init(segments: [Phase: Int] = [.warmup: 0, .draws: 0], draws: [Phase: Int] = [.warmup: 0, .draws: 0]) {
    self.segments = segments
    self.draws = draws
  }

  /// Reads a chain's record; nil if there is none.
  ///
  /// - Throws: ``StorageError``: `damaged` if it was changed or is another chain's; `system`.
  init?(ofChain chain: Int, in run: RunDirectory) throws {
    let path = "\(run.chainDirectory(chain))/\(Self.file)"
    guard try Posix.exists(path) else { return nil }
    let json = try SealedJSON.read(Posix.text(of: path), path: path)
    guard json["format"]?.string == Self.format, json["format_version"]?.integer == Self.formatVersion else {
      throw StorageError.damaged(path: path, reason: "it is of another format version than \(Self.formatVersion)")
    }
    guard json["run_id"]?.string == run.description.identity.digest, json["chain"]?.integer == chain else {
      throw StorageError.damaged(path: path, reason: "it is of another run or chain")
    }
    for phase in Phase.allCases {
      guard let entry = json[phase.rawValue], let count = entry["segments"]?.integer, count >= 0,
        let length = entry["draws"]?.integer, length >= 0
      else { throw StorageError.damaged(path: path, reason: "it does not say how many segments there are") }
      segments[phase] = count
      draws[phase] = length
    }
  }

  /// Puts the record in the chain's place on disk.
  ///
  /// - Parameter directory: the chain's directory, which differs from the run's own while a run is being made.
  func write(ofChain chain: Int, runID: String, to directory: String) throws {
    let counts = Phase.allCases.map { phase in
      JSONValue.Member(
        phase.rawValue,
        .object([.init("segments", .integer(segments[phase]!)), .init("draws", .integer(draws[phase]!))]))
    }
    let text = SealedJSON.text(
      [
        .init("format", .string(Self.format)), .init("format_version", .integer(Self.formatVersion)),
        .init("run_id", .string(runID)), .init("chain", .integer(chain)),
      ] + counts)
    // A hidden name meanwhile: everything else in this directory is a segment.
    try Posix.writeAtomically(text, to: "\(directory)/\(Self.file)", by: "\(directory)/.\(Self.file).tmp")
  }
}
