// Networks from elsewhere become a run: files are read, networks put into the model's blocks, and each is kept as a draw.

import JSON
import Networks
import Sampling
import Storage

/// What is asked of an import besides the files.
package struct ImportOptions: Sendable {
  /// `NAME=ARRAY` texts; empty for names that speak for themselves.
  package var map: [String] = []
  /// An experiment whose task and model the networks are of; nil for one that is made from their shapes.
  package var spec: String?
  /// The hidden neurons' φ, where no experiment says it.
  package var activation: String?
  /// The words for it.
  package static var activations: [String] { Activation.allCases.map(\.rawValue) }
  /// nil for none, which is then said.
  package var convention: ReadoutConvention?
  /// The experiment's name, where none is given.
  package var name: String?

  package init() {}
}

/// Networks that were read and fit together, ready to be written as a run.
package struct NetworkImport: Sendable {
  /// The experiment that the run will be of.
  package let experiment: Experiment
  /// Positions, [chain][network].
  private let positions: [[[Double]]]
  /// The files with their checksums, by chain.
  private let files: [[(path: String, sha256: String)]]
  /// Arrays that no part is made of.
  package let unused: [String]
  /// What was decided that the user may want to know.
  package let notes: [String]
  private let map: ImportMap
  private let layout: ParameterLayout
  private let convention: ReadoutConvention

  /// Reads files of networks. O(numbers).
  ///
  /// Sources with an axis for networks are a chain each; single networks of one folder are a chain together. Where these would differ in their
  /// numbers of networks, all are one chain.
  ///
  /// - Throws: ``SpecError`` that names file and part; ``UsageError`` for options that contradict the networks; ``StorageError``.
  package init(_ paths: [String], _ options: ImportOptions) throws {
    var map = try ImportMap(options.map)
    convention = options.convention ?? .none
    var chains: [(folder: String?, networks: [NetworkParts], files: [(path: String, sha256: String)])] = []
    var unused: [String] = []
    var first: (source: String, parts: NetworkParts)?
    for group in try ImportSource.groups(paths) {
      let source = try ImportSource(group)
      if map.isEmpty {
        map = ImportMap(namesOf: source.arrays)
        guard !map.isEmpty else {
          throw UsageError(
            "--map: nothing says which array of \(source.name) is which part of a network; say --map output=ARRAY --map input=ARRAY ... "
              + "(\(source.arrays.missing("output").description))")
        }
      }
      let found = try ImportedNetworks(source, map)
      for name in source.arrays.names where !map.uses(name, of: source.arrays) && !unused.contains(name) {
        unused.append(name)
      }
      for (index, parts) in found.networks.enumerated() {
        guard let first else {
          first = (source.name, parts)
          continue
        }
        try Self.requireAlike(parts, first.parts, source.name, index, first.source)
      }
      if !found.hasNetworkAxis, let place = chains.firstIndex(where: { $0.folder == source.folder }) {
        chains[place].networks += found.networks
        chains[place].files += source.files
      } else {
        chains.append((found.hasNetworkAxis ? nil : source.folder, found.networks, source.files))
      }
    }
    guard let first else { throw UsageError("import needs a file of networks") }
    var notes = try ImportSource.foldersLeftOut(paths).map { "\($0): a folder in a folder, which was not looked into" }
    if let input = first.parts[.input], input.rows == input.columns, input.rows > 1 {
      notes.append("the input weights are \(input.rows) x \(input.rows): rows are read as neurons")
    }
    if options.convention == nil {
      notes.append(
        "outputs are read as the sum of w h (--scaling none); say --scaling meanField for a sum divided by N")
    }
    if Set(chains.map(\.networks.count)).count > 1 {
      notes.append("the sources hold unequal numbers of networks, so that all are in one chain")
      chains = [(nil, chains.flatMap(\.networks), chains.flatMap(\.files))]
    }
    let all = chains.flatMap(\.networks)
    let networks = try Self.withDrives(all, map)
    let folded = map.entries.compactMap { if case .bias = $0.part { "\($0.part)" } else { nil } }
    if !folded.isEmpty { notes.append("\(folded.joined(separator: ", ")) added to what every context drives") }
    let made = try ImportedExperiment(
      networks, options, chains: chains.count, draws: chains[0].networks.count,
      name: options.name ?? ImportSource.stem(of: chains[0].files[0].path), source: first.source)
    experiment = made.experiment
    layout = made.layout
    notes += made.notes
    var rest = made.positions[...]
    positions = chains.map { chain in
      defer { rest = rest.dropFirst(chain.networks.count) }
      return Array(rest.prefix(chain.networks.count))
    }
    files = chains.map(\.files)
    self.unused = unused
    self.notes = notes
    self.map = map
  }

  private static func requireAlike(
    _ parts: NetworkParts, _ first: NetworkParts, _ source: String, _ index: Int, _ firstSource: String
  ) throws(SpecError) {
    for (part, matrix) in parts {
      guard let other = first[part], other.rows != matrix.rows || other.columns != matrix.columns else { continue }
      throw SpecError(
        file: source, place: .file,
        message:
          "\(part) of its network \(index) has shape [\(matrix.rows), \(matrix.columns)], where \(firstSource) has [\(other.rows), \(other.columns)]; "
          + "allowed: networks of one shape (import others into runs of their own)")
    }
  }

  /// Biases added to context drives, which become as many columns as there are contexts.
  private static func withDrives(_ networks: [NetworkParts], _ map: ImportMap) throws -> [NetworkParts] {
    let layers = map.entries.compactMap { if case .bias(let layer) = $0.part { layer } else { nil } }
    guard !layers.isEmpty else { return networks }
    let columns = networks[0].first { if case .context = $0.key { true } else { false } }?.value.columns
    return networks.map { parts in
      var parts = parts
      for layer in layers {
        let bias = parts.removeValue(forKey: .bias(layer: layer))!
        var drives =
          parts[.context(layer: layer)]
          ?? Matrix(rows: bias.rows, columns: columns ?? 1)
        for i in 0..<drives.rows { for c in 0..<drives.columns { drives[i, c] += bias.elements[i] } }
        parts[.context(layer: layer)] = drives
      }
      return parts
    }
  }

  /// Where the networks come from, as the run keeps it.
  private var record: JSONValue {
    let chains = zip(files, positions).enumerated().map { number, chain -> JSONValue in
      let files = chain.0.map { file -> JSONValue in ["path": .string(file.path), "sha256": .string(file.sha256)] }
      return ["chain": .integer(number), "networks": .integer(chain.1.count), "files": .array(files)]
    }
    return [
      "map": .array(map.texts.map { .string($0) }), "scaling": .string(convention.rawValue), "chains": .array(chains),
    ]
  }

  /// Writes the run.
  ///
  /// - Throws: ``StorageError``; an error of kind `stopped` if it was stopped before all networks were written.
  package func write(to path: String, replacing: Bool, _ execution: Execution) throws -> ImportReport {
    let inputs = RunInputs(experiment)
    let record = record.text() + "\n"
    let description = RunDescription(
      experiment, nil, .imported, nil,
      imported: RunFact("networks from elsewhere (SHA-256)", SHA256.hexDigest(of: record)))
    let lock = try RunDirectory.create(description, at: path, replacing: replacing) { folder in
      try inputs.copy(into: folder)
      try Posix.makeDirectories("\(folder)/\(RunInputs.folder)")
      try Posix.writeAtomically(record, to: "\(folder)/\(RunInputs.folder)/imported.json")
    }
    try lock.note([
      .init("started", .string(Date().formatted(.iso8601))), .init("command", .string(execution.command)),
    ])
    let start = ContinuousClock.now
    let outcomes = try write(experiment.networkEnsemble(), lock, execution)
    for outcome in outcomes { if case .failed(let reason) = outcome.end { throw SessionFailure(reason, run: path) } }
    let isComplete = outcomes.allSatisfy { if case .complete = $0.end { true } else { false } }
    try lock.note([
      .init("ended", .string(Date().formatted(.iso8601))),
      .init("seconds", .number(Double((ContinuousClock.now - start) / .seconds(1)))),
      .init("complete", .bool(isComplete)),
    ])
    guard isComplete else { throw CancellationError() }
    return ImportReport(
      run: path, networks: positions.reduce(0) { $0 + $1.count }, chains: positions.count,
      neurons: experiment.hiddenNeurons, model: experiment.network.model.words,
      blocks: layout.blocks.map { ($0.name, $0.shape) }, unused: unused, notes: notes)
  }

  private func write(
    _ ensemble: some SampledEnsemble, _ lock: RunLock, _ execution: Execution
  ) throws -> [ChainOutcome] {
    let draws = positions[0].count
    let progress = ProgressTable(
      chains: Array(positions.indices), of: positions.count, draws: draws, isWatched: false)
    let stream = try RandomStream(
      StreamKey(seed: experiment.sampler.seed, chain: 0, purpose: .exactDraws), generator: experiment.sampler.generator
    ).snapshot
    return try RunExecutor(lock, threads: execution.threads).run(
      draws: draws, stop: execution.stop, progress: progress
    ) { chain in
      try ImportedSource(ensemble, of: experiment, positions[chain], chain: chain, stream: stream)
    }
  }
}
