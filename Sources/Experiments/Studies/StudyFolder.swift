// The folder of a study: what was asked, every part that is done, and what was found.

import JSON
import Networks
import Sampling
import Storage

/// A study's folder: `study.json` (the question), `parts/` (a file for each part that is done), `runs/` (whole runs) and the results.
///
/// A part is written once, whole, when it is done: an interrupted study goes on with the first part that is missing, and a
/// finished one is read back without computing anything. The question and the parts carry checksums, and a part the question's digest
/// and its own name: what was changed, exchanged or brought from elsewhere is refused.
package struct StudyFolder: Sendable {
  package let path: String
  /// The experiment, its data files those kept in the folder.
  package let experiment: Experiment
  /// What the command line asked besides.
  package let options: JSONValue
  /// The name of the command that made it.
  let study: String
  /// Whether the question carries a checksum; studies of earlier versions do not.
  package let isSealed: Bool
  /// The SHA-256 of the question, in 64 hexadecimal digits, which every part carries.
  package let id: String

  private static let file = "study.json"
  /// A process that works on the study holds the lock of this file.
  static let lock = "lock"
  private static let formatVersion = 2

  /// Whether a folder is a study's.
  package static func isStudy(_ path: String) throws -> Bool { try Posix.exists("\(path)/\(file)") }

  /// A study as it is asked, before there is a folder: what has no meaning can be refused and leaves nothing behind.
  package init(_ study: String, _ experiment: Experiment, options: JSONValue, at path: String) {
    self.path = path
    self.study = study
    self.options = options
    self.experiment = experiment
    isSealed = true
    id = Self.digest(of: Self.question(study, experiment, options))
  }

  /// What is asked, as the folder keeps it.
  private static func question(
    _ study: String, _ experiment: Experiment, _ options: JSONValue
  ) -> [(String, JSONValue)] {
    let inputs = RunInputs(experiment)
    return [
      ("study", .string(study)), ("experiment", inputs.relocated), ("options", options),
      ("inputs", .object(inputs.facts.map { ($0.name, .string($0.value)) })),
      ("program_version", .string(Version.current)), ("gsl_version", .string(GSL.version)),
    ]
  }

  private static func digest(of question: [(String, JSONValue)]) -> String {
    SHA256.hexDigest(of: JSONValue.object(question).text(.compact))
  }

  /// Makes the folder, or goes on in one that was made with the same question.
  ///
  /// - Returns: the study, its experiment reading the data files that are kept in the folder.
  /// - Throws: ``StudyError`` if something else is there; ``StorageError``.
  package func made(replacing: Bool) throws -> StudyFolder {
    let file = "\(path)/\(Self.file)"
    if replacing { try Self.remove(path) }
    if try Posix.exists(file) {
      guard try Self.read(path).digest == id else {
        throw StudyError(
          "\(path) holds a study with another question (see \(file)); say --force to replace it, or --out for another place"
        )
      }
    } else {
      if try Posix.exists(path) { try Self.requireBegun(path) }
      try Posix.makeDirectories("\(path)/parts")
      try RunInputs(experiment).copy(into: path)
      try Posix.writeAtomically(
        SealedJSON.text(
          [.init("format_version", .integer(Self.formatVersion))]
            + Self.question(study, experiment, options).map { .init($0.0, $0.1) }), to: file)
    }
    return try StudyFolder(opening: path)
  }

  /// Opens the folder of a study that was begun.
  ///
  /// - Throws: ``StorageError``, ``SpecError``.
  init(opening path: String) throws {
    let file = "\(path)/\(Self.file)"
    let (members, isSealed, digest) = try Self.read(path)
    let json = JSONValue.object(members)
    guard case .string(let study)? = json["study"]?.content, let experiment = json["experiment"] else {
      throw StorageError.damaged(path: file, reason: "it does not say which study it is")
    }
    self.path = path
    self.study = study
    self.isSealed = isSealed
    id = digest
    options = json["options"] ?? .null
    self.experiment = try Experiment(Array(experiment.text().utf8), file: file, folder: path)
    for fact in RunInputs(self.experiment).facts where json["inputs"]?[fact.name] != .string(fact.value) {
      throw StorageError.damaged(
        path: "\(path)/\(RunInputs.folder)",
        reason: "\(fact.name) is not what the study was made with; \(Self.remedy)")
    }
  }

  private static let remedy = "put back what was there, or ask the study anew with --force"

  /// The question that a folder holds, its seal taken off.
  private static func read(_ path: String) throws -> (members: [(String, JSONValue)], isSealed: Bool, digest: String) {
    let (json, isSealed) = try SealedJSON.read("\(path)/\(file)", remedy: remedy)
    guard case .object(let members) = json.content, isSealed || json["format_version"] == nil else {
      throw StorageError.damaged(path: "\(path)/\(file)", reason: "it has no checksum; \(remedy)")
    }
    guard !isSealed || json["format_version"] == .integer(formatVersion) else {
      throw StorageError.damaged(
        path: "\(path)/\(file)", reason: "it has another format version than \(formatVersion), which this program reads"
      )
    }
    let question = members.filter { !["sha256", "format_version"].contains($0.key) }.map { ($0.key, $0.value) }
    return (question, isSealed, digest(of: question))
  }

  // MARK: - Removing

  /// Removes a study that gives way to another; a folder that is none, or holds more than the program wrote, stays.
  ///
  /// - Throws: ``StorageError``, ``StudyError``.
  package static func remove(_ path: String) throws {
    guard try isStudy(path) else { return }
    guard let json = try? JSONValue(parsing: Posix.text(of: "\(path)/\(file)"), path: path),
      Studies.names.contains(json["study"]?.string ?? ""), json["experiment"] != nil
    else {
      throw StudyError(
        "\(path)/\(file) is no study's question, and --force replaces studies only; say --out for another place")
    }
    try Posix.removeOwn(path, ownFiles)
  }

  /// Makes sure that a folder without a question holds nothing but what studies write: one that was killed before it had its question.
  private static func requireBegun(_ path: String) throws {
    do {
      guard try Posix.isDirectory(path) else { throw StorageError.foreign(path: path, folder: path) }
      try Posix.requireOwn(path, ownFiles)
    } catch StorageError.foreign {
      throw StudyError("\(path) is there already and is no study; say --out for another place")
    }
  }

  /// Everything that studies write into their folders, as ``Storage/Posix/removeOwn(_:_:)`` wants it.
  private static let ownFiles: [String] =
    (["study.json", StudyPlan.file, "parts/*.json", "inputs/*.csv", "inputs/*.json", "inputs/*.npz"] + Studies.files)
    .flatMap {
      [$0, $0 + ".tmp"]
    }
    + [lock, "parts/.rank-0-*", "parts/\(StudyPlan.mark)*"] + RunDirectory.ownFiles.filter { $0.hasPrefix("report/") }
    + RunDirectory.ownFiles.map { "runs/*/\($0)" }

  /// The experiment with other values at some keys; of a study that has no folder yet too, its data files as they were read.
  ///
  /// - Parameter firstStimuli: so many of the stimuli of a file, the first; nil for all.
  /// - Throws: ``SpecError``, if that has no meaning.
  func experiment(
    with changes: [(path: [String], value: JSONValue)], firstStimuli: Int? = nil
  ) throws(SpecError) -> Experiment {
    let tree = changes.reduce(experiment.resolvedJSON) { $0.replacing($1.path[...], with: $1.value) }
    let inputs = RunInputs(experiment)
    var stimuli: String?
    if case .file(let file) = experiment.stimuli { stimuli = file.location.path }
    let listed = stimuli
    do {
      return try Experiment(Array(tree.text().utf8), file: path, folder: path) { location throws(SpecError) in
        if let count = firstStimuli, location.path == listed, let bytes = inputs.bytes(ofFileAt: location.path) {
          return Array(bytes.split(separator: UInt8(ascii: "\n")).prefix(count).joined(separator: [UInt8(ascii: "\n")]))
        }
        if let bytes = inputs.bytes(ofFileAt: location.path) { return bytes }
        return try Experiment.readFromDisk(location)
      }
    } catch {
      // No file has these lines: what the study makes of the spec is at fault.
      throw SpecError(
        file: "\(study) of \(experiment.name)", place: .file, keyPath: error.keyPath, message: error.message)
    }
  }

  /// The experiment with other values at the keys of axes.
  ///
  /// - Throws: ``SpecError`` that names the axis, if that has no meaning; ``StudyError``.
  func experiment(at values: [Double], of axes: [SweepAxis]) throws -> Experiment {
    var overrides = SpecOverrides()
    for (axis, value) in zip(axes, values) {
      let shown = "\(axis.option)=\(SweepAxis.text(value, exactly: true))"
      for (path, value) in try axis.changes(at: value, of: experiment) { overrides.set(path, to: value, by: shown) }
    }
    let inputs = RunInputs(experiment)
    return try Experiment(
      Array(experiment.resolvedJSON.text().utf8), file: "\(study) of \(experiment.name)", folder: path,
      overrides: overrides
    ) { location throws(SpecError) in
      if let bytes = inputs.bytes(ofFileAt: location.path) { return bytes }
      return try Experiment.readFromDisk(location)
    }
  }

  /// The numbers of an option; none if it was not asked for.
  func numbers(_ option: String) -> [Double] { (options[option]?.array ?? []).compactMap(\.realNumber) }

  /// Says that this process works on the study, until what is returned is gone.
  package func mark() -> StudyMark { StudyMark("\(path)/\(Self.lock)") }

  /// All parts by their names; those that are missing are done now and kept, by whichever rank and thread comes to them.
  ///
  /// - Parameter costs: what each part costs beside the others, where that is known; the time that is left is told by it.
  /// - Parameter compute: does the part of a place in the list; nil if a signal stopped it.
  /// - Throws: whatever `compute` throws; ``StudyStopped`` if a signal has come; ``StorageError``.
  func parts<Content: StudyPartContent>(
    _ names: [String], _ execution: Execution, threads: Int = 1, costs: [Double]? = nil,
    _ compute: @Sendable (Int, Execution) throws -> Content?
  ) throws -> [Content] {
    let missing = try names.indices.filter { try part(names[$0]) == nil }
    // All ranks have looked before the first begins.
    _ = try execution.ranks.round("parts to do", .integer(missing.count))
    if !execution.isWithinPart, execution.ranks.isFirst, !missing.isEmpty {
      var plan = StudyPlan(of: path)
      plan.add(names, costs: costs)
      try plan.write(to: path)
    }
    let watch = StudyWatch(self, names, missing: missing.map { names[$0] }, costs: costs, execution)
    defer { watch.end() }
    let isStopped = { @Sendable () -> Bool in execution.isStopped }
    try onThreads(threads, execution.ranks.queue(missing.count)) { index in
      guard !isStopped() else { return }
      let name = names[missing[index]]
      try watch.part(name) { alone in
        guard let part = try compute(missing[index], alone)?.json else { return nil }
        try keep(part, as: name)
        return part
      }
    }
    let stopped = try execution.ranks.round("parts done", .bool(isStopped()))
    guard stopped.allSatisfy({ $0 == .bool(false) }) else { throw StudyStopped(path) }
    let parts = try names.map { name in
      guard let part = try part(name) else {
        throw StorageError.damaged(path: file(ofPart: name), reason: "it was written and is not there")
      }
      return part
    }
    let unsealed = parts.count { !$0.isSealed }
    if unsealed > 0 {
      execution.say(
        "\(unsealed) of \(parts.count) parts of \(path) are unverified: an earlier version wrote them without checksums"
      )
    }
    return try parts.map { try Content($0) }
  }

  /// The error of a part that is not of this study's networks.
  func malformed(_ part: String, _ fault: String) -> StorageError {
    .damaged(path: file(ofPart: part), reason: "\(fault); \(StudyPart.remedy)")
  }

  private func file(ofPart name: String) -> String { "\(path)/parts/\(name).json" }

  /// A part, if it is done.
  ///
  /// - Throws: ``StorageError/damaged(path:reason:)`` if it is not the part that this study wrote.
  func part(_ name: String) throws -> StudyPart? {
    let file = file(ofPart: name)
    guard try Posix.exists(file) else { return nil }
    let remedy = StudyPart.remedy
    let (json, isSealed) = try SealedJSON.read(file, remedy: remedy)
    guard isSealed else {
      guard !self.isSealed else {
        throw StorageError.damaged(path: file, reason: "it has no checksum; \(remedy)")
      }
      return StudyPart(json: json, file: file, isSealed: false)
    }
    guard json["study"] == .string(id), let content = json["content"] else {
      throw StorageError.damaged(path: file, reason: "it is of another study; \(remedy)")
    }
    guard json["name"] == .string(name) else {
      let own = json["name"]?.string ?? "?"
      throw StorageError.damaged(path: file, reason: "it is the part \(own), under another name; \(remedy)")
    }
    return StudyPart(json: content, file: file, isSealed: true)
  }

  /// Keeps a part.
  func keep(_ value: JSONValue, as name: String) throws {
    try Posix.writeAtomically(
      SealedJSON.text([.init("study", .string(id)), .init("name", .string(name)), .init("content", value)]),
      to: file(ofPart: name))
  }

  /// Writes a result beside the question.
  package func write(_ text: String, as name: String) throws { try Posix.writeAtomically(text, to: "\(path)/\(name)") }

  /// Draws a run of the study, or goes on with it, until it is complete.
  ///
  /// - Parameter before: the run of the study whose last networks its chains start from; nil for draws of the prior.
  /// - Throws: ``StudyStopped`` if it was stopped before the end; a chain's failure.
  func run(
    _ name: String, _ experiment: Experiment, _ execution: Execution, startingFrom before: String? = nil
  ) throws -> LoadedRun {
    let place = "\(path)/runs/\(name)"
    var options = SessionOptions()
    options.startingNetworks = before.map { "\(path)/runs/\($0)" }
    let session = RunSession(execution, options)
    if try Posix.exists(place) { try requireRun(at: place, of: experiment, startingFrom: options.startingNetworks) }
    let result =
      try Posix.exists(place)
      ? try session.resume(at: place)
      : try session.sample(experiment, try execution.modelSolution(experiment), at: place)
    try result.throwFailure()
    guard result.isComplete else { throw StudyStopped(path) }
    return try LoadedRun(path: place)
  }

  /// Makes sure that the run of a name is of the experiment that belongs there.
  private func requireRun(at place: String, of experiment: Experiment, startingFrom before: String?) throws {
    let run = try RunDirectory.open(place)
    let start = try before.map { try WarmStart(networksOf: $0) }
    let wanted = RunDescription(experiment, try ModelSolution(of: run), SamplerChoice(experiment), start)
    try run.requireIdentity(wanted.identity)
    guard run.description.chains == wanted.chains else {
      throw StorageError.mismatch(
        path: place, differences: ["its chains are \(run.description.chains), the study's \(wanted.chains)"])
    }
  }
}

/// A study that cannot be made as asked.
package struct StudyError: ExperimentError {
  package let description: String
  package let kind: FailureKind

  init(_ description: String, _ kind: FailureKind = .input) {
    self.description = description
    self.kind = kind
  }
}

/// A study that was interrupted: its parts are kept.
package struct StudyStopped: ExperimentError {
  package let description: String
  package var kind: FailureKind { .stopped }

  init(_ path: String) {
    description = "stopped before the end; what is done is kept in \(path), and the same command goes on with it"
  }
}
