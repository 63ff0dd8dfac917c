// An experiment file to begin with: of kinds that are asked for, and others that go with them.

import JSON
import Storage

/// An experiment made from the examples in the tables of keys, which the reader accepts.
package struct SpecTemplate: Sendable {
  /// The file's tree: what is required, and what the experiment would be refused without.
  package let tree: JSONValue
  /// Tables that it names, to be written beside it.
  package let tables: [(name: String, text: String)]
  /// Files that it names and that only their owner can make.
  package let missing: [String]

  /// The sections whose kinds can be asked for, by the last word of their path.
  package static let choices: [(name: String, section: SpecSection)] = SpecSchema.sections
    .filter { !$0.kinds.isEmpty }
    .map { (String($0.path.split(separator: ".").last ?? ""), $0) }

  /// Tried first: whole networks, whose neurons interact through the task, are what has no formula.
  private static let preferredKinds = ["gibbs"]
  /// Of lists of stimuli.
  private static let stimuli = 8

  /// The first experiment of these kinds that the reader accepts; kinds that are not asked for are tried in the order of their table.
  ///
  /// - Parameter kinds: by the path of their section, `network.gains` say.
  /// - Throws: ``UsageError`` with the reader's reason if there is none.
  package init(kinds: [String: String]) throws(UsageError) {
    let asked = Self.choices.map(\.section).filter { kinds[$0.path] != nil }
    var refusals: (first: SpecError?, toThePoint: SpecError?)
    for choice in Self.combinations(kinds) {
      for isFull in [false, true] {
        let tree = Self.object(Experiment.schema, kinds: choice, isFull: isFull)
        for section in asked where Self.value(at: section.path, in: tree)?["kind"]?.string != kinds[section.path] {
          throw UsageError(
            "--\(section.path.split(separator: ".").last ?? ""): this experiment has no section \(section.path)")
        }
        let files = ExampleFiles(tree, stimuli: Self.stimuli)
        do {
          _ = try files.read(tree)
        } catch {
          // What only its owner has cannot be looked into.
          guard files.isMissing(error) else {
            // What concerns a section that was asked for says more than what others lack.
            let isToThePoint = asked.contains { error.keyPath.hasPrefix($0.path) }
            if isToThePoint, refusals.toThePoint == nil { refusals.toThePoint = error }
            refusals.first = refusals.first ?? error
            continue
          }
        }
        self.tree = tree
        tables = files.tables
        missing = files.missing
        return
      }
    }
    let refusal = refusals.toThePoint ?? refusals.first
    throw UsageError(
      "these do not go together: \(refusal.map { "\($0.keyPath): \($0.message)" } ?? "nothing was tried")")
  }

  /// Every choice of a kind for each section, those that are asked for fixed.
  private static func combinations(_ kinds: [String: String]) -> [[String: String]] {
    var all: [[String: String]] = [[:]]
    for (_, section) in choices {
      var names = kinds[section.path].map { [$0] } ?? section.kinds.map(\.name)
      let preferred = names.filter(preferredKinds.contains)
      names = preferred + names.filter { !preferred.contains($0) }
      all = all.flatMap { choice in names.map { choice.merging([section.path: $0]) { $1 } } }
    }
    return all
  }

  /// The value at a path of keys.
  private static func value(at path: String, in tree: JSONValue) -> JSONValue? {
    var value: JSONValue? = tree
    for key in path.split(separator: ".") { value = value?[String(key)] }
    return value
  }

  /// The object of a section: its kind, what must be given, and with `isFull` all that has an example.
  private static func object(_ section: SpecSection, kinds: [String: String], isFull: Bool) -> JSONValue {
    let kind = kinds[section.path]
    var members: [(String, JSONValue)] = []
    for key in section.keys(kind: kind) {
      let path = section.path.isEmpty ? key.name : "\(section.path).\(key.name)"
      if key.name == "kind", let kind {
        members.append((key.name, .string(kind)))
      } else if key.form == .object, let inner = SpecSchema.sections.section(at: path) {
        // A section whose keys can all be left out is left out.
        if key.presence == .required || !inner.kinds.isEmpty {
          members.append((key.name, object(inner, kinds: kinds, isFull: isFull)))
        }
      } else if key.presence == .required || isFull && key.example != nil {
        members.append((key.name, key.exampleValue))
      }
    }
    return .object(members)
  }
}

/// The tables that an example names.
private struct ExampleFiles: Sendable {
  /// In the order of the file.
  private let keys: [(name: String, table: ExampleTable?)]
  private let stimuli: Int
  private let neurons: Int
  private var contexts = 2
  private var features = 2

  init(_ tree: JSONValue, stimuli: Int) {
    self.stimuli = stimuli
    neurons = tree["network"]?["neurons"]?.wholeNumber ?? 2
    keys = Self.paths(Experiment.schema, in: tree)
    // Sides of tables follow from the task, which may read a table itself.
    let source = source(tree)
    guard let reader = try? SpecReader(source, ["task"], tree["task"], as: TaskSection.schema),
      let task = try? TaskSection(from: reader)
    else { return }
    contexts = task.contexts
    features = task.features
  }

  /// The keys of files that stand in the tree.
  private static func paths(_ section: SpecSection, in tree: JSONValue) -> [(name: String, table: ExampleTable?)] {
    section.keys(kind: tree["kind"]?.string).flatMap { key -> [(name: String, table: ExampleTable?)] in
      guard let value = tree[key.name] else { return [] }
      if key.form.isPath { return value.string.map { [($0, key.exampleTable)] } ?? [] }
      let path = section.path.isEmpty ? key.name : "\(section.path).\(key.name)"
      return SpecSchema.sections.section(at: path).map { paths($0, in: value) } ?? []
    }
  }

  private func size(_ side: ExampleTable.Side) -> Int {
    switch side {
    case .neurons: neurons
    case .contexts: contexts
    case .features: features
    case .stimuli: stimuli
    case .pair: 2
    }
  }

  var tables: [(name: String, text: String)] {
    keys.compactMap { key in key.table.map { (key.name, $0.csv(size: size)) } }
  }
  var missing: [String] { keys.filter { $0.table == nil }.map(\.name) }

  /// Whether reading failed at a file that only its owner can make.
  func isMissing(_ error: SpecError) -> Bool {
    missing.contains { error.message.hasPrefix("\($0): \(Self.noFile)") }
  }

  private static let noFile = "there is no such file yet"

  private func source(_ tree: JSONValue) -> SpecSource {
    SpecSource(
      file: "experiment.json", root: tree, folder: ".", sections: SpecSchema.sections, readFile: reader,
      folderFiles: Experiment.noFolder)
  }

  private var reader: @Sendable (DataFile.Location) throws(SpecError) -> [UInt8] {
    { [self] (location: DataFile.Location) throws(SpecError) -> [UInt8] in
      guard let table = tables.first(where: { $0.name == location.path }) else {
        throw SpecError(file: location.path, place: .file, message: Self.noFile)
      }
      return Array(table.text.utf8)
    }
  }

  func read(_ tree: JSONValue) throws(SpecError) -> Experiment {
    try Experiment(
      Array(tree.text(.compact).utf8), file: "experiment.json", folder: ".", readFile: reader)
  }
}
