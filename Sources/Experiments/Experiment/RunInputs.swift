// The data files that an experiment names, kept with its run so that the run is self-contained.

import JSON
import Sampling
import Storage

/// The data files of an experiment, and the experiment rewritten to find them inside its run.
package struct RunInputs: Sendable {
  private let experiment: Experiment
  /// Section and key of the path, and the file.
  private let files: [(section: [String], file: any InputData)]

  /// The folder of a run that holds them.
  static let folder = "inputs"

  /// What a run keeps of its teacher.
  static let teacherFile = "\(folder)/teacher.json"

  package init(_ experiment: Experiment) {
    self.experiment = experiment
    var files: [(section: [String], file: any InputData)] = []
    for entry in experiment.task.task.dataFiles { files.append((entry.key, entry.file)) }
    for entry in experiment.network.model.dataFiles { files.append((entry.key, entry.file)) }
    if case .file(let file) = experiment.stimuli { files.append((["stimuli", "path"], file)) }
    for entry in experiment.sampler.start.dataFiles { files.append((entry.key, entry.file)) }
    self.files = files
  }

  /// The resolved experiment, with paths into the run.
  var relocated: JSONValue {
    files.reduce(experiment.resolvedJSON) { tree, entry in
      tree.replacing(entry.section[...], with: .string("\(Self.folder)/\(Self.name(entry))"))
    }
  }

  /// The files' contents, as facts on which the draws depend.
  var facts: [RunFact] {
    files.map { entry in
      var hash = SHA256()
      entry.file.update(&hash)
      return RunFact("\(Self.name(entry)) (SHA-256)", hash.hexDigest)
    } + teacherFacts
  }

  private var teacherFacts: [RunFact] {
    guard experiment.task.task is TeacherTask else { return [] }
    // What keeps it from being made is said where its labels are needed.
    return [(try? experiment.teacher())?.fact ?? RunFact("teacher (SHA-256)", "none")]
  }

  /// Writes the files into a run.
  package func copy(into run: String) throws {
    let teacher = try experiment.teacher()
    guard !files.isEmpty || teacher != nil else { return }
    try Posix.makeDirectory("\(run)/\(Self.folder)")
    if let teacher { try Posix.writeAtomically(teacher.json.text() + "\n", to: "\(run)/\(Self.teacherFile)") }
    for entry in files {
      try entry.file.bytes().withUnsafeBytes {
        try Posix.writeAtomically($0, to: "\(run)/\(Self.folder)/\(Self.name(entry))")
      }
    }
  }

  /// What a data file of the experiment holds, by its path there; nil for any other file.
  func bytes(ofFileAt path: String) -> [UInt8]? {
    for entry in files where entry.file.location.path == path { return try? entry.file.bytes() }
    return nil
  }

  private static func name(_ entry: (section: [String], file: any InputData)) -> String {
    "\(stem(entry)).\(entry.file.ending)"
  }

  private static func stem(_ entry: (section: [String], file: any InputData)) -> String {
    let section = entry.section
    if entry.file is TrialFile { return section.last == "path" ? "trials" : "heldOut-trials" }
    if section == ["task", "path"] { return "targets" }
    if section.starts(with: ["sampler", "start"]) { return section.dropFirst().joined(separator: "-") }
    let (place, key) = (section[section.count - 2], section[section.count - 1])
    let teacher = section.starts(with: ["task", "network"]) ? "teacher-" : ""
    return teacher + (key == "path" ? place : "\(place)-\(key)")
  }
}

extension JSONValue {
  /// The tree with another value at a path of keys that are there; of lists, places.
  func replacing(_ path: ArraySlice<String>, with value: JSONValue) -> JSONValue {
    guard let key = path.first else { return value }
    if case .array(var elements) = content, let place = Int(key), elements.indices.contains(place) {
      elements[place] = elements[place].replacing(path.dropFirst(), with: value)
      return .array(elements)
    }
    guard case .object(var members) = content else { return value }
    for index in members.indices where members[index].key == key {
      members[index].value = members[index].value.replacing(path.dropFirst(), with: value)
    }
    return .object(members)
  }
}
