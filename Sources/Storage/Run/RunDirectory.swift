// A run on disk: a directory that appears complete, whose files are written once and never changed.

import JSON

/// What a run is made of, stated when it is made and never changed.
package struct RunDescription: Sendable, Equatable {
  /// The resolved experiment, for `experiment.json`.
  package var experiment: String
  /// What must agree for the run to be continued or merged.
  package var identity: RunIdentity
  /// The numbers of its chains.
  package var chains: [Int]
  /// Which draws keep the whole network.
  package var recording: NetworkRecording
  /// What else `run.json` tells, in order: versions, commit, machine, times.
  package var about: [JSONValue.Member]

  package init(
    experiment: String, identity: RunIdentity, chains: [Int], recording: NetworkRecording, about: [JSONValue.Member]
  ) {
    self.experiment = experiment
    self.identity = identity
    self.chains = chains
    self.recording = recording
    self.about = about
  }
}

/// A run on disk. Reading needs no lock and disturbs no writer; writing goes through ``RunLock``.
package struct RunDirectory: Sendable {
  static let format = "mcmc-run"
  /// 1 had no checksum of `run.json`, of `inputs/`, of `sessions.jsonl`, and no `chain.json`; it is read, unverified.
  static let formatVersion = 2

  /// Everything that the program writes into a run, as ``Posix/removeOwn(_:_:)`` wants it.
  package static let ownFiles: [String] =
    ["experiment.json", "run.json", "inputs/*.csv", "inputs/*.json", "inputs/*.npz"].flatMap { [$0, $0 + ".tmp"] } + [
      "lock", "sessions.jsonl", "chain-[0-9]*/warmup-*", "chain-[0-9]*/draws-*", "chain-[0-9]*/chain.json",
      "chain-[0-9]*/.*.tmp",
      "damaged/[0-9]*/chain-[0-9]*/*", "report/index.html", "report/index.html.tmp", "report/figures/*.csv",
      "report/figures/*.csv.tmp", "report/figures/*.gp", "report/figures/*.gp.tmp", "report/figures/*.svg",
    ]

  /// The directory.
  package let path: String
  /// What the run is made of.
  package let description: RunDescription
  /// `run.json` as a whole.
  package let record: JSONValue
  /// Whether everything beside the segments has checksums too, as of format version 2.
  package let isSealed: Bool
  /// Whether the last session had left all chains with all the draws that were asked for when the run was opened.
  package private(set) var isComplete = false

  /// The segments that were found to be what was written.
  package let verified: VerifiedFiles

  private init(
    path: String, description: RunDescription, record: JSONValue, isSealed: Bool,
    verified: VerifiedFiles = VerifiedFiles()
  ) {
    self.verified = verified
    self.path = path
    self.description = description
    self.record = record
    self.isSealed = isSealed
  }

  /// `path/name`.
  package func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The directory of a chain's segments.
  package func chainDirectory(_ chain: Int) -> String { file(Self.chainName(chain)) }

  /// `chain-0003`.
  package static func chainName(_ chain: Int) -> String { "chain-" + padded(chain, 4) }

  static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  // MARK: - Making

  /// Makes a run and locks it for writing.
  ///
  /// The directory is prepared under another name and renamed, so that it is there complete or not at all.
  ///
  /// - Parameters:
  ///   - replacing: whether a run that is there already gives way. Anything that is not a run never does.
  ///   - fill: puts more into the directory while it is prepared.
  /// - Throws: ``StorageError``: `exists` if something is there, `locked` if it is being written, `system`; what `fill`
  ///   throws.
  package static func create(
    _ description: RunDescription, at path: String, replacing: Bool = false,
    fill: (_ directory: String) throws -> Void = { _ in }
  ) throws -> RunLock {
    let path = absolute(path)
    let replaced = try checkPlace(path, replacing: replacing)
    try NetCDFFile.requireLibrary(toWrite: path)
    let parent = Posix.parent(of: path)
    try Posix.makeDirectories(parent)
    let suffix = UUID().uuidString
    let building = "\(path).new-\(suffix)"
    do {
      try Posix.makeDirectory(building)
      try Posix.writeAtomically(description.experiment, to: "\(building)/experiment.json")
      try fill(building)
      let record = record(of: description, inputs: try inputs(in: building))
      try Posix.writeAtomically(SealedJSON.text(record), to: "\(building)/run.json")
      let run = RunDirectory(path: path, description: description, record: .object(record), isSealed: true)
      let lock = try RunLock(run, at: building)
      let made = SealedJSON.line([.init("line", .integer(0)), .init("made", .string(Date().formatted(.iso8601)))])
      try Posix.append(line: made, to: "\(building)/sessions.jsonl")
      if replaced != nil { try Posix.rename(path, to: "\(path).old-\(suffix)") }
      try putInPlace(building, path)
      try Posix.synchronize(directory: parent)
      if replaced != nil { try Posix.removeOwn("\(path).old-\(suffix)", ownFiles) }
      return lock
    } catch {
      try? Posix.removeOwn(building, ownFiles)
      throw error
    }
  }

  /// Looks at what is where the run should go. Returns the lock of the run that gives way.
  private static func checkPlace(_ path: String, replacing: Bool) throws -> RunLock? {
    guard try Posix.exists(path) else { return nil }
    if try Posix.isDirectory(path), try Posix.names(in: path).isEmpty { return nil }
    let old: RunDirectory
    do { old = try open(path) } catch StorageError.damaged(let file, let reason) {
      throw StorageError.exists(
        path: path,
        reason:
          "holds a run that is damaged (\(file): \(reason)), which --force does not replace; remove the folder yourself, or "
          + "choose another place (--out)")
    } catch {
      throw StorageError.exists(path: path, reason: "is there already and is not a run; it is never replaced")
    }
    guard replacing else {
      throw StorageError.exists(
        path: path,
        reason:
          "holds a run already; replace it (--force), choose another place (--out), or go on with it (resume) where it was "
          + "sampled")
    }
    let lock = try old.lock()
    try Posix.requireOwn(path, ownFiles)
    return lock
  }

  private static func putInPlace(_ building: String, _ path: String) throws {
    guard rename(building, path) == 0 else {
      guard errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR else {
        throw Posix.failure("put in place", path)
      }
      throw StorageError.exists(path: path, reason: "was made by another process at the same moment")
    }
  }

  /// The SHA-256 of every file in a run's `inputs/`, by name.
  private static func inputs(in directory: String) throws -> [JSONValue.Member] {
    let folder = "\(directory)/inputs"
    guard try Posix.exists(folder) else { return [] }
    return try Posix.names(in: folder).filter { !$0.hasPrefix(".") }.map { name in
      var hash = SHA256()
      try Posix.read("\(folder)/\(name)") { hash.update($0) }
      return .init(name, .string(hash.hexDigest))
    }
  }

  private static func record(of description: RunDescription, inputs: [JSONValue.Member]) -> [JSONValue.Member] {
    let facts = description.identity.facts.map { JSONValue.array([.string($0.name), .string($0.value)]) }
    return [
      .init("format", .string(format)), .init("format_version", .integer(formatVersion)),
      .init("run_id", .string(description.identity.digest)),
      .init("experiment_sha256", .string(SHA256.hexDigest(of: description.experiment))),
      .init("inputs_sha256", .object(inputs)),
      .init("chains", .array(description.chains.map { .integer($0) })),
      .init("networks_kept", description.recording.json),
    ] + description.about + [.init("identity", .array(facts))]
  }

  private static func absolute(_ path: String) -> String {
    let path = Posix.standardized(path)
    return path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
  }

  // MARK: - Opening

  /// Opens a run that is there.
  ///
  /// - Parameter verified: segments of it that this process has verified before.
  /// - Throws: ``StorageError``: `notARun`, `damaged` if `run.json` or `experiment.json` was changed, `system`.
  package static func open(_ path: String, verified: VerifiedFiles = VerifiedFiles()) throws -> RunDirectory {
    let path = absolute(path)
    guard try Posix.exists(path) else { throw StorageError.notARun(path: path, reason: "it does not exist") }
    guard try Posix.isDirectory(path) else { throw StorageError.notARun(path: path, reason: "it is not a directory") }
    let recordPath = "\(path)/run.json"
    guard try Posix.exists(recordPath) else { throw StorageError.notARun(path: path, reason: "it has no run.json") }
    let text = try Posix.text(of: recordPath)
    let record = try JSONValue(parsing: text, path: recordPath)
    guard record["format"]?.string == format else {
      throw StorageError.notARun(path: path, reason: "its run.json is of another program")
    }
    let version = record["format_version"]?.integer
    guard version == formatVersion || version == 1 else {
      throw StorageError.notARun(
        path: path,
        reason: "its run.json has another format version than 1 to \(formatVersion), which this program reads")
    }
    let isSealed = version == formatVersion
    if isSealed {
      _ = try SealedJSON.read(text, path: recordPath)
    } else if SealedJSON.isSealed(record) {
      throw StorageError.damaged(path: recordPath, reason: "it was changed after it was written")
    }
    let description = try description(in: record, path: path)
    var run = RunDirectory(
      path: path, description: description, record: record, isSealed: isSealed, verified: verified)
    if isSealed { try run.requireInputs() }
    run.isComplete = try run.sessions().last?["complete"]?.content == .bool(true)
    return run
  }

  /// Whether a run is of a format that had no checksums beside the segments'.
  package static func isUnsealed(_ path: String) -> Bool {
    let file = "\(path)/run.json"
    guard let text = try? Posix.text(of: file), let record = try? JSONValue(parsing: text, path: file) else {
      return false
    }
    return record["format"]?.string == format && record["format_version"]?.integer == 1
  }

  /// Checks that `inputs/` holds what the run was made from, and nothing else.
  private func requireInputs() throws {
    guard case .object(let made)? = record["inputs_sha256"]?.content else {
      throw StorageError.damaged(path: file("run.json"), reason: "it does not state its inputs")
    }
    let found = try Self.inputs(in: path)
    for member in made where found.first(where: { $0.key == member.key })?.value != member.value {
      let isThere = found.contains { $0.key == member.key }
      throw StorageError.damaged(
        path: file("inputs/\(member.key)"), reason: isThere ? "it was changed after the run was made" : "it is missing")
    }
    for member in found where !made.contains(where: { $0.key == member.key }) {
      throw StorageError.damaged(
        path: file("inputs/\(member.key)"), reason: "it was not there when the run was made; take it away")
    }
  }

  private static func description(in record: JSONValue, path: String) throws -> RunDescription {
    let experimentPath = "\(path)/experiment.json"
    let experiment = try Posix.text(of: experimentPath)
    let facts = record["identity"]?.array?.compactMap { fact -> RunFact? in
      guard let pair = fact.array, pair.count == 2, let name = pair[0].string, let value = pair[1].string else {
        return nil
      }
      return RunFact(name, value)
    }
    let identity = RunIdentity(facts ?? [])
    guard SHA256.hexDigest(of: experiment) == record["experiment_sha256"]?.string else {
      let reason = "it was changed after the run was made"
      let change = identity.firstChange(inExperiment: experiment)
      throw StorageError.damaged(path: experimentPath, reason: change.map { "\(reason): \($0)" } ?? reason)
    }
    guard identity.digest == record["run_id"]?.string,
      let chains = record["chains"]?.array?.map({ $0.integer ?? -1 }), !chains.isEmpty,
      chains.allSatisfy({ 0 <= $0 && $0 < 1 << 31 }), Set(chains).count == chains.count,
      let recording = NetworkRecording(record["networks_kept"])
    else {
      throw StorageError.damaged(path: "\(path)/run.json", reason: "it was changed after the run was made")
    }
    guard case .object(let members) = record.content else { preconditionFailure("a record with a format is an object") }
    let own = [
      "format", "format_version", "run_id", "experiment_sha256", "inputs_sha256", "chains", "networks_kept", "identity",
      "sha256",
    ]
    return RunDescription(
      experiment: experiment, identity: identity, chains: chains, recording: recording,
      about: members.filter { !own.contains($0.key) })
  }

  /// Locks the run for writing.
  ///
  /// - Throws: ``StorageError``: `locked` if another process (or another part of this one) is writing it, `system`.
  package func lock() throws -> RunLock { try RunLock(self, at: path) }

  /// Checks that a program which would continue the run samples the same thing.
  ///
  /// - Throws: ``StorageError/mismatch(path:differences:)`` with everything that differs.
  package func requireIdentity(_ identity: RunIdentity) throws {
    let differences = identity.differences(from: description.identity, mine: "this program", theirs: "the run")
    guard differences.isEmpty else { throw StorageError.mismatch(path: path, differences: differences) }
  }

  // MARK: - Sessions

  /// What was written down of each time that a process worked on the run, oldest first; a line that a crash cut short is
  /// left out.
  ///
  /// - Throws: ``StorageError``: `damaged` for a line that was changed or is missing; `system`.
  package func sessions() throws -> [JSONValue] {
    let path = file("sessions.jsonl")
    guard try Posix.exists(path) else {
      guard !isSealed else { throw StorageError.damaged(path: path, reason: "it is missing") }
      return []
    }
    let text = try Posix.text(of: path)
    let lines = text.split(separator: "\n").map(String.init)
    guard isSealed else { return lines.compactMap { try? JSONValue(parsing: $0, path: path) } }
    var sessions: [JSONValue] = []
    for (place, line) in lines.enumerated() {
      // A crash cuts the last line short, and the next note, which ends it, takes its number.
      let isEnd = place == lines.count - 1
      guard let session = try? SealedJSON.read(line, path: path) else {
        guard !isEnd || !text.hasSuffix("\n") else {
          throw StorageError.damaged(path: path, reason: "line \(place + 1) was changed after it was written")
        }
        continue
      }
      guard session["line"]?.integer == sessions.count else {
        throw StorageError.damaged(path: path, reason: "a line before line \(place + 1) was changed or is missing")
      }
      sessions.append(session)
    }
    guard !sessions.isEmpty else { throw StorageError.damaged(path: path, reason: "it is empty") }
    return sessions
  }
}
