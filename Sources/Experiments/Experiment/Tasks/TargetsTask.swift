// "targets": wanted outputs that a file gives, one row per stimulus.

import JSON
import Networks
import Sampling

/// Wanted outputs of a list of stimuli, from a file: a row per stimulus, a column per context.
package struct TargetsTask: TaskKind {
  package static let kind = "targets"
  package static let keys = [
    SpecKey("path", .path, "a CSV or .npy file of wanted outputs, a row per stimulus and a column per context")
      .example("targets.csv", ExampleTable(.numbers, rows: .stimuli, columns: .contexts)),
    SpecKey(
      "features", .orNull(.integer(1...TaskSection.mostContexts)), .defaultsTo(.null),
      "D, of sampled stimuli; null: the columns of the stimuli's file"),
    SpecKey("heldOut", .orNull(.object), .defaultsTo(.null), "stimuli and wanted outputs that evaluate uses, or null"),
  ]

  /// Data that networks are judged by, and not bound to.
  package struct HeldOut: Sendable, Equatable {
    static let schema = SpecSection(
      path: "task.heldOut",
      common: [
        SpecKey("stimuli", .path, "a CSV or .npy file, a row per stimulus and a column per feature"),
        SpecKey("targets", .path, "a CSV or .npy file, a row per stimulus and a column per context"),
      ])

    /// [stimulus, feature].
    let stimuli: DataFile
    /// [stimulus, context].
    let targets: DataFile

    init(from reader: SpecReader, contexts: Int, features: Int) throws(SpecError) {
      stimuli = try reader.source.table(
        try reader.path("stimuli"), at: reader.path + "stimuli",
        columns: .init(count: features, meaning: "one a feature"))
      targets = try reader.source.table(
        try reader.path("targets"), at: reader.path + "targets",
        columns: .init(count: contexts, meaning: "one a context"))
      guard stimuli.table.rows == targets.table.rows else {
        throw reader.error(
          at: "targets",
          "\(targets.location.path) has \(targets.table.rows) rows; allowed: \(stimuli.table.rows), one a held-out stimulus"
        )
      }
    }

    var json: JSONValue {
      ["stimuli": .string(stimuli.location.path), "targets": .string(targets.location.path)]
    }
  }

  /// [stimulus, context].
  let file: DataFile
  private let givenFeatures: Int?
  package let features: Int
  package let heldOut: HeldOut?

  package init(from reader: SpecReader) throws(SpecError) {
    file = try reader.source.table(try reader.path("path"), at: reader.path + "path")
    let most = TaskSection.mostContexts
    guard file.table.columns <= most else {
      throw reader.error(
        at: "path", "\(file.location.path) has \(file.table.columns) columns; allowed: at most \(most), one a context")
    }
    givenFeatures = try reader.integerOrNull("features")
    if let givenFeatures { features = givenFeatures } else { features = try Self.columns(besides: reader) }
    heldOut = try reader.sectionOrNull("heldOut", as: HeldOut.schema).map {
      [file, features] section throws(SpecError) in
      try HeldOut(from: section, contexts: file.table.columns, features: features)
    }
  }

  /// The columns of the stimuli's file.
  private static func columns(besides reader: SpecReader) throws(SpecError) -> Int {
    let source = reader.source
    let stimuli = try SpecReader(source, ["stimuli"], source.root["stimuli"], as: StimuliSection.schema)
    switch stimuli.kind {
    case "file":
      return try source.table(try stimuli.path("path"), at: stimuli.path + "path").table.columns
    case "sampled":
      throw reader.error(at: "features", "sampled stimuli have any number of features; allowed: say how many here")
    default:
      throw source.error(at: ["stimuli", "kind"], TaskSection.needsList)
    }
  }

  package var json: JSONValue {
    [
      "kind": .string(Self.kind), "path": .string(file.location.path),
      "features": givenFeatures.map { .integer($0) } ?? .null, "heldOut": heldOut?.json ?? .null,
    ]
  }

  package var contexts: Int { file.table.columns }
  package var sizePath: JSONPath { ["task", "path"] }
  package var isLinear: Bool { false }
  package var isData: Bool { true }

  package var dataFiles: [(key: [String], file: any InputData)] {
    [(["task", "path"], file)]
      + (heldOut.map { [(["task", "heldOut", "stimuli"], $0.stimuli), (["task", "heldOut", "targets"], $0.targets)] }
        ?? [])
  }

  package func wantedOutputs(of experiment: Experiment) throws -> Matrix { file.table.transposed }

  package func taskElsewhere(of experiment: Experiment) throws -> LearningTask? { nil }

  package static let rules: [MeaningRule] = [
    MeaningRule(refuses: "wanted outputs that are not as many as the stimuli") { experiment in
      guard let task = experiment.task.task as? TargetsTask, let count = experiment.stimulusCount,
        task.file.table.rows != count
      else { return nil }
      return MeaningRule.Fault(
        path: ["task", "path"],
        message: "\(task.file.location.path) has \(task.file.table.rows) rows; allowed: \(count), one a stimulus")
    }
  ]
}
