// The folder of a study: what was asked, every part that is done, and what was found.

import Foundation
import JSON
import Networks
import Sampling
import Storage

/// A study's folder: `study.json` (the question), `parts/` (a file for each part that is done), `runs/` (whole runs) and the results.
///
/// A part is written once, whole, when it is done: an interrupted study goes on with the first part that is missing, and a
/// finished one is read back without computing anything.
struct StudyFolder: Sendable {
  let path: String
  /// The experiment, its data files those kept in the folder.
  let experiment: Experiment
  /// What the command line asked besides.
  let options: JSONValue
  /// The name of the command that made it.
  let study: String

  private static let file = "study.json"

  /// Whether a folder is a study's.
  static func isStudy(_ path: String) throws -> Bool { try Posix.exists("\(path)/\(file)") }

  /// A study as it is asked, before there is a folder: what has no meaning can be refused and leaves nothing behind.
  init(_ study: String, _ experiment: Experiment, options: JSONValue, at path: String) {
    self.path = path
    self.study = study
    self.options = options
    self.experiment = experiment
  }

  /// Makes the folder, or goes on in one that was made with the same question.
  ///
  /// - Returns: the study, its experiment reading the data files that are kept in the folder.
  /// - Throws: ``StudyError`` if something else is there; ``StorageError``.
  func made(replacing: Bool) throws -> StudyFolder {
    let inputs = RunInputs(experiment)
    let question: JSONValue = [
      "study": .string(study), "experiment": inputs.relocated, "options": options,
      "inputs": .object(inputs.facts.map { ($0.name, .string($0.value)) }),
      "program_version": .string(Program.currentVersion), "gsl_version": .string(GSL.version),
    ]
    let text = question.text() + "\n"
    let file = "\(path)/\(Self.file)"
    if replacing, try Posix.exists(file) { try FileManager.default.removeItem(atPath: path) }
    if try Posix.exists(file) {
      guard try Posix.text(of: file) == text else {
        throw StudyError(
          "\(path) holds a study with another question (see \(file)); say --force to replace it, or --out for another place"
        )
      }
    } else if try Posix.exists(path), try !FileManager.default.contentsOfDirectory(atPath: path).isEmpty {
      throw StudyError("\(path) is there already and is no study; say --out for another place")
    }
    try Posix.makeDirectories("\(path)/parts")
    try Posix.writeAtomically(text, to: file)
    try inputs.copy(into: path)
    return try StudyFolder(opening: path)
  }

  /// Opens the folder of a study that was begun.
  ///
  /// - Throws: ``StorageError``, ``SpecError``.
  init(opening path: String) throws {
    let file = "\(path)/\(Self.file)"
    let question = try JSONValue(parsing: Posix.text(of: file), path: file)
    guard case .string(let study)? = question["study"]?.content, let experiment = question["experiment"] else {
      throw StorageError.damaged(path: file, reason: "it does not say which study it is")
    }
    self.path = path
    self.study = study
    options = question["options"] ?? .null
    self.experiment = try Experiment(Array(experiment.text().utf8), file: file, folder: path)
  }

  /// The experiment with other values at some keys.
  ///
  /// - Throws: ``SpecError``, if that has no meaning.
  func experiment(with changes: [(path: [String], value: JSONValue)]) throws(SpecError) -> Experiment {
    let tree = changes.reduce(experiment.resolvedJSON) { $0.replacing($1.path[...], with: $1.value) }
    return try Experiment(Array(tree.text().utf8), file: "\(path)/\(Self.file)", folder: path)
  }

  /// The numbers of an option; none if it was not asked for.
  func numbers(_ option: String) -> [Double] { (options[option]?.array ?? []).compactMap(\.realNumber) }

  /// All parts by their names; those that are missing are done now and kept, by whichever rank and thread comes to them.
  ///
  /// - Parameter compute: does the part of a place in the list; nil if a signal stopped it.
  /// - Throws: whatever `compute` throws; ``StudyStopped`` if a signal has come; ``StorageError``.
  func parts(
    _ names: [String], _ context: CommandContext, threads: Int = 1,
    _ compute: @Sendable (Int, CommandContext) throws -> JSONValue?
  ) throws -> [JSONValue] {
    let missing = try names.indices.filter { try part(names[$0]) == nil }
    // All ranks have looked before the first begins.
    _ = try context.ranks.round("parts to do", .integer(missing.count))
    var own = context
    own.ranks = .alone
    let alone = own
    let isStopped = { @Sendable () -> Bool in (context.stop?.raised ?? 0) != 0 }
    try onThreads(threads, context.ranks.queue(missing.count)) { index in
      guard !isStopped(), let part = try compute(missing[index], alone) else { return }
      try keep(part, as: names[missing[index]])
    }
    let stopped = try context.ranks.round("parts done", .bool(isStopped()))
    guard stopped.allSatisfy({ $0 == .bool(false) }) else { throw StudyStopped(path) }
    return try names.map { name in
      guard let part = try part(name) else {
        throw StorageError.damaged(path: "\(path)/parts/\(name).json", reason: "it was written and is not there")
      }
      return part
    }
  }

  /// The SHA-256 of the question, in 64 hexadecimal digits.
  var id: String {
    get throws {
      var hash = SHA256()
      hash.update(try Posix.text(of: "\(path)/\(Self.file)"))
      return hash.hexDigest
    }
  }

  /// A part, if it is done.
  func part(_ name: String) throws -> JSONValue? {
    let file = "\(path)/parts/\(name).json"
    return try Posix.exists(file) ? try JSONValue(parsing: Posix.text(of: file), path: file) : nil
  }

  /// Keeps a part.
  func keep(_ value: JSONValue, as name: String) throws {
    try Posix.writeAtomically(value.text() + "\n", to: "\(path)/parts/\(name).json")
  }

  /// Writes a result beside the question.
  func write(_ text: String, as name: String) throws { try Posix.writeAtomically(text, to: "\(path)/\(name)") }

  /// Draws a run of the study, or goes on with it, until it is complete.
  ///
  /// - Throws: ``StudyStopped`` if it was stopped before the end; a chain's failure.
  func run(_ name: String, _ experiment: Experiment, _ context: CommandContext) throws -> LoadedRun {
    let place = "\(path)/runs/\(name)"
    let session = RunSession(context: context)
    let result =
      try Posix.exists(place)
      ? try session.resume(at: place)
      : try session.sample(experiment, try context.modelSolution(experiment), at: place)
    try result.throwFailure()
    guard result.isComplete else { throw StudyStopped(path) }
    try context.requireMovement(result)
    return try LoadedRun(path: place)
  }
}

/// A study that cannot be made as asked.
struct StudyError: ReportableError {
  let description: String
  let exitStatus: CommandStatus

  init(_ description: String, _ status: CommandStatus = .badInput) {
    self.description = description
    exitStatus = status
  }
}

/// A study that was interrupted: its parts are kept.
struct StudyStopped: ReportableError {
  let description: String
  var exitStatus: CommandStatus { .stopped }

  init(_ path: String) {
    description = "stopped before the end; what is done is kept in \(path), and the same command goes on with it"
  }
}

extension StatisticsError: ReportableError {
  var exitStatus: CommandStatus { .badInput }
}

extension TrainingError: ReportableError {
  var exitStatus: CommandStatus { .badInput }
}
