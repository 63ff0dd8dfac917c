// What a command is given: an experiment file, or the folder of a run that holds one.

import Sampling
import Storage

/// The first parameter of most commands.
package enum RunInput: Sendable, Equatable {
  /// The path of an experiment file.
  case experiment(String)
  /// The path of a run's folder; it holds `experiment.json`.
  case run(String)

  /// Tells the two apart by looking.
  ///
  /// - Throws: ``SpecError`` for a path where nothing is, and for a folder without `experiment.json`.
  package init(path: String) throws(SpecError) {
    guard path != InputFile.standardInputPath else {
      self = .experiment(path)
      return
    }
    guard !path.isEmpty, let kind = try? Posix.kind(of: path, following: true) else {
      let message = "there is no such file or folder; allowed: an experiment file, or the folder of a run"
      throw SpecError(file: path.isEmpty ? "\"\"" : path, place: .file, message: message)
    }
    if kind != .directory {
      self = .experiment(path)
    } else if FileManager.default.fileExists(atPath: Self.experimentFile(in: path)) {
      self = .run(path)
    } else {
      let message =
        "this folder is not a run: it has no experiment.json; allowed: an experiment file, or the folder of a run"
      throw SpecError(file: path, place: .file, message: message)
    }
  }

  /// The experiment file itself.
  package var experimentFile: String {
    switch self {
    case .experiment(let path): path
    case .run(let folder): Self.experimentFile(in: folder)
    }
  }

  private static func experimentFile(in folder: String) -> String {
    URL(fileURLWithPath: folder, isDirectory: true).appendingPathComponent("experiment.json").relativePath
  }
}
