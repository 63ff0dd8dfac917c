// An experiment: everything that one run needs to know, read from a file and written back with every default.

import JSON
import Sampling
import Storage

/// A complete, checked experiment. See docs/file-format.md for its keys.
public struct Experiment: Sendable, Equatable {
  /// The name of the run and of its folder.
  public let name: String
  package let task: TaskSection
  package let network: NetworkSection
  package let weights: WeightsSection
  package let ensemble: EnsembleSection
  let stimuli: StimuliSection
  package let sampler: SamplerSection
  package let observables: ObservablesSection
  package let record: RecordSection
  package let evaluation: EvaluationSection
  /// Whether the tightness was left out, and is that of the teacher's noise.
  package let tightnessIsBayes: Bool
  let data: ExperimentData

  static let schema = SpecSection(
    path: "",
    common: [
      SpecKey("name", .folderName, .derived("the file's name without its extension"), "names the run and its folder"),
      SpecKey("task", .object, "what the network must do"),
      SpecKey("network", .object, "the model whose weights are drawn"),
      SpecKey("weights", .object, .defaultsTo([:]), "standard deviations of the weights"),
      SpecKey("ensemble", .object, .defaultsTo([:]), "neurons drawn one by one, or networks drawn whole"),
      SpecKey("stimuli", .object, .defaultsTo([:]), "the stimuli on which the loss is defined"),
      SpecKey("sampler", .object, .defaultsTo([:]), "how draws are made, and how many"),
      SpecKey(
        "observables", ObservablesSection.form, .defaultsTo([]),
        "what is recorded with every draw besides the model's own"),
      SpecKey("record", .object, .defaultsTo([:]), "whole networks kept besides the observables"),
      SpecKey("evaluation", .object, .defaultsTo([:]), "held-out stimuli"),
    ])

  /// Reads and checks an experiment file and the data files that it names.
  ///
  /// - Parameters:
  ///   - path: The file; `-` for standard input, where relative paths start in the working directory.
  ///   - folder: Where relative paths in it start; by default the file's own folder.
  ///   - overrides: What the command line says in place of the file.
  ///   - functions: What observables may call besides the functions that all have.
  /// - Throws: ``SpecError``.
  package static func read(
    path: String, folder: String? = nil, overrides: SpecOverrides = SpecOverrides(),
    functions: RegisteredFunctions = .none
  ) throws(SpecError) -> Experiment {
    if path == InputFile.standardInputPath {
      return try Experiment(
        try InputFile.standardInput.get(), file: InputFile.standardInputName,
        folder: folder ?? FileManager.default.currentDirectoryPath, overrides: overrides, functions: functions,
        folderFiles: filesOnDisk)
    }
    let bytes = try InputFile.read(path, shownAs: path, limit: InputFile.largestSpec)
    let ownFolder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    return try Experiment(
      bytes, file: path, folder: folder ?? ownFolder, overrides: overrides, functions: functions,
      folderFiles: filesOnDisk)
  }

  /// Reads an experiment from its text.
  ///
  /// - Parameters:
  ///   - file: The name for messages, and for the experiment if it has none.
  ///   - readFile: Reads the data files that it names.
  ///   - folderFiles: The names of what is in a folder that it names, nil for what is none; by default there are no folders, since runs and
  ///     studies keep data as files.
  /// - Throws: ``SpecError``.
  init(
    _ bytes: [UInt8], file: String, folder: String, overrides: SpecOverrides = SpecOverrides(),
    functions: RegisteredFunctions = .none,
    readFile: @escaping @Sendable (DataFile.Location) throws(SpecError) -> [UInt8] = Self.readFromDisk,
    folderFiles: @escaping @Sendable (DataFile.Location) throws(SpecError) -> [String]? = Self.noFolder
  ) throws(SpecError) {
    let tree: JSONValue
    do { tree = try JSONReader.read(bytes) } catch { throw SpecError(file: file, error) }
    let source = SpecSource(
      file: file, root: try overrides.applied(to: tree, file: file), folder: folder,
      sections: SpecSchema.sections, readFile: readFile, folderFiles: folderFiles)
    let reader = try SpecReader(source, [], source.root, as: Self.schema)
    name = reader.gives("name") ? try reader.folderName("name") : Self.name(fromFile: file)
    task = try TaskSection(from: try reader.section("task", as: TaskSection.schema))
    network = try NetworkSection(
      from: try reader.section("network", as: NetworkSection.schema), task: task)
    weights = try WeightsSection(
      from: try reader.section("weights", as: WeightsSection.schema), loadings: task.task.loadings?.count,
      isInTime: network.model.isInTime)
    stimuli = try StimuliSection(
      from: try reader.section("stimuli", as: StimuliSection.schema), features: task.features)
    if task.task.isData, stimuli.count == nil { throw source.error(at: ["stimuli", "kind"], TaskSection.needsList) }
    (ensemble, tightnessIsBayes) = try EnsembleSection.read(
      from: try reader.section("ensemble", as: EnsembleSection.schema), task.task as? TeacherTask, network, stimuli)
    sampler = try SamplerSection(from: try reader.section("sampler", as: SamplerSection.schema))
    observables = try ObservablesSection(
      from: reader, neurons: network.model.neuronQuantities(task), implied: task.task.implied, functions: functions)
    record = try RecordSection(from: try reader.section("record", as: RecordSection.schema))
    evaluation = try EvaluationSection(from: try reader.section("evaluation", as: EvaluationSection.schema))
    data = ExperimentData()
    for rule in MeaningRule.all {
      if let fault = rule.fault(self) { throw source.error(at: fault.path, fault.message) }
    }
  }

  /// The prior of a network and weights, on one stimulus, as what draws a teacher for another experiment.
  init(priorOf other: Experiment, network: NetworkSection, weights: WeightsSection, task: LinearReadoutTask) {
    name = other.name
    self.task = TaskSection(task)
    self.network = network
    self.weights = weights
    ensemble = .gibbs(tightness: 0)
    stimuli = .sampled(count: 1, seed: 1)
    sampler = other.sampler
    observables = other.observables
    record = other.record
    evaluation = other.evaluation
    tightnessIsBayes = false
    data = ExperimentData()
  }

  /// The experiment with every default written out; reading it back gives an equal experiment.
  package var resolvedJSON: JSONValue {
    .object(
      [
        ("name", .string(name)), ("task", task.json), ("network", network.json), ("weights", weights.json),
        ("ensemble", tightnessIsBayes ? EnsembleSection.jsonOfBayes : ensemble.json), ("stimuli", stimuli.json),
        ("sampler", sampler.json),
      ] + observables.members + [("record", record.json), ("evaluation", evaluation.json)])
  }

  @Sendable
  static func readFromDisk(_ location: DataFile.Location) throws(SpecError) -> [UInt8] {
    try InputFile.read(location.absolutePath, shownAs: location.path, limit: InputFile.largestTable)
  }

  @Sendable
  private static func filesOnDisk(_ location: DataFile.Location) throws(SpecError) -> [String]? {
    try InputFile.names(inFolder: location.absolutePath, shownAs: location.path)
  }

  @Sendable
  static func noFolder(_ location: DataFile.Location) throws(SpecError) -> [String]? { nil }

  /// The file's name without folder and extension, with "-" for whatever cannot be in a folder's name.
  package static func name(fromFile file: String) -> String {
    SpecForm.folderName(madeOf: URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent) ?? "experiment"
  }
}
