// The data files that an experiment names, kept with its run so that the run is self-contained.

import JSON
import Sampling
import Storage

/// The data files of an experiment, and the experiment rewritten to find them inside its run.
package struct RunInputs: Sendable {
  private let experiment: Experiment
  /// Section and key of the path, and the file.
  private let files: [(section: [String], file: DataFile)]

  /// The folder of a run that holds them.
  static let folder = "inputs"

  package init(_ experiment: Experiment) {
    self.experiment = experiment
    var files = experiment.network.model.dataFiles
    if case .file(let file) = experiment.stimuli { files.append((["stimuli", "path"], file)) }
    self.files = files.map { ($0.key, $0.file) }
  }

  /// The resolved experiment, with paths into the run.
  var relocated: JSONValue {
    files.reduce(experiment.resolvedJSON) { tree, entry in
      tree.replacing(entry.section[...], with: .string("\(Self.folder)/\(Self.name(entry.section))"))
    }
  }

  /// The files' contents, as facts on which the draws depend.
  var facts: [RunFact] {
    files.map { entry in
      var hash = SHA256()
      hash.update(entry.file.table.rows)
      hash.update(entry.file.table.elements)
      return RunFact("\(Self.name(entry.section)) (SHA-256)", hash.hexDigest)
    }
  }

  /// Writes the files into a run.
  package func copy(into run: String) throws {
    guard !files.isEmpty else { return }
    try Posix.makeDirectory("\(run)/\(Self.folder)")
    for entry in files {
      try Posix.writeAtomically(Self.text(entry.file), to: "\(run)/\(Self.folder)/\(Self.name(entry.section))")
    }
  }

  /// What a data file of the experiment holds, by its path there; nil for any other file.
  func text(ofFileAt path: String) -> String? {
    files.first { $0.file.location.path == path }.map { Self.text($0.file) }
  }

  private static func text(_ file: DataFile) -> String {
    file.table.rowArrays.map { CSV.line($0.map { .number($0) }) }.joined()
  }

  private static func name(_ section: [String]) -> String { section[section.count - 2] + ".csv" }
}

extension JSONValue {
  /// The tree with another value at a path of keys that are there.
  func replacing(_ path: ArraySlice<String>, with value: JSONValue) -> JSONValue {
    guard let key = path.first, case .object(var members) = content else { return value }
    for index in members.indices where members[index].key == key {
      members[index].value = members[index].value.replacing(path.dropFirst(), with: value)
    }
    return .object(members)
  }
}
