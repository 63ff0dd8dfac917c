// compare --trained: are these networks maximum-entropy networks, which populations do they have, what does theory say at their width?

import JSON
import Networks
import Sampling
import Storage

/// Networks from elsewhere held against an experiment's ensemble.
package struct TrainedStudy: Study {
  package static let name = "compare-trained"
  package static let tables = ["compare-trained.csv", "populations.csv"]
  private static let part = "comparison"
  /// Every bootstrap network is fitted over all 2^K patterns.
  private static let mostPatternContexts = 8
  /// How far below the prior's loss a tightness is searched for.
  private static let widestSearch = 1e5

  package let folder: StudyFolder
  private let run: String
  private let rotations: Int

  /// - Parameters:
  ///   - run: the folder of the run that holds the networks.
  ///   - rotations: M of the tests.
  /// - Throws: ``StorageError``.
  package static func options(run path: String, rotations: Int) throws -> JSONValue {
    let run = try RunDirectory.open(path)
    return [
      "trained": .string(path), "networks": .string(try RunReader(run).digest().networks),
      "rotations": .integer(rotations),
    ]
  }

  package init(_ folder: StudyFolder) throws {
    self.folder = folder
    run = folder.options["trained"]?.string ?? ""
    rotations = folder.options["rotations"]?.wholeNumber ?? 999
    // What is answered needs no run any more. (A part of another question is refused where the folder is opened.)
    if let part = try? folder.part(Self.part), part.isSealed { return }
    guard !folder.experiment.network.model.isInTime else {
      throw StudyError(
        "--trained: its tests are about neurons that meet in one sum, which \"recurrent\" ones do not; leave the option out, and "
          + "recurrent networks are trained here and compared")
    }
    _ = try folder.experiment.learningTask()
    let contexts = folder.experiment.task.contexts
    if folder.experiment.closedFormGains != nil, contexts > GradientFlow.maximumContexts {
      throw StudyError(
        "task: found \(contexts) contexts; allowed: at most \(GradientFlow.maximumContexts), because all populations are compared"
      )
    }
    let networks = try TrainedNetworks(run, folder)
    guard networks.model.hasPlainWeights else {
      throw StudyError(
        "network: the tests ask whether output weights are a regression with normal noise, which neither given ones (\"readout\": \"fixed\") nor "
          + "weights of two signs (\"weightKind\") are")
    }
    let hasList = try networks.model.stimulusList() != nil
    guard networks.model.respondsLinearly || hasList else {
      throw StudyError(
        "stimuli: nonlinear networks are tested on the list of stimuli that they were trained on; say \"kind\": \"file\" or \"sampled\""
      )
    }
  }

  package func answer(_ execution: Execution) throws -> TrainedReport {
    let found: [TrainedComparison] = try folder.parts([Self.part], execution) { _, execution in
      try compare(try TrainedNetworks(run, folder), execution)
    }
    return TrainedReport(experiment: folder.experiment, run: run, found: found[0])
  }

  private func compare(_ networks: TrainedNetworks, _ execution: Execution) throws -> TrainedComparison {
    let model = networks.model
    let seed = model.sampler.seed
    var notes: [String] = []
    let different = Set(networks.positions).count
    if different < networks.positions.count {
      notes.append(
        "\(networks.positions.count) networks, of which \(different) differ: p-values and errors take all for independent, and are too small"
      )
    }
    func noting<Value>(_ what: String, _ work: () throws -> Value?) rethrows -> Value? {
      do { return try work() } catch let error where Failure(error).kind == .input || Failure(error).kind == .check {
        notes.append("\(what): \(Failure(error).message)")
        return nil
      }
    }
    let count = networks.positions.count
    execution.say("testing \(count) \(count == 1 ? "network" : "networks")")
    let chunks = try networks.chunks()
    let report = try tests(networks, chunks, seed, execution.threads)
    var tests = report.tests.map { TrainedTest($0) }
    if let chunks, let probability = model.network.model.drawnGainProbability, probability < 1,
      model.task.contexts <= Self.mostPatternContexts,
      let found = try noting(
        "numbers of neurons by gain pattern",
        {
          try PatternCountTest(
            chunks, activeProbability: probability, seed: seed, threads: execution.threads)
        })
    {
      tests.append(TrainedTest(found))
    }
    execution.say("comparing them with drawn ones")
    let populations =
      try chunks.flatMap { chunks in
        try noting("populations") {
          try MatchedPopulations.find(
            in: chunks, activeProbability: model.network.model.drawnGainProbability, seed: seed,
            threads: execution.threads)
        }
      } ?? []
    let trained = try NetworkSet("trained", "your networks", networks.positions, model, threads: execution.threads)
    let comparison = SetComparison(model: model, threads: execution.threads)
    var others: [NetworkSet] = []
    let drawn = max(20, count)
    if model.closedFormGains != nil {
      let law = try noting("networks with the same moments") { () -> MaxEntropySolution? in
        do { return try comparison.matchedLaw(trained) } catch is MaxEntropyError { throw MatchedPopulations.noLaw }
      }
      if let law {
        others.append(try comparison.draw("matched", "maximum entropy, their moments", law, drawn, 1))
      }
    }
    var diagnosis: RunDiagnosis?
    var ensemble: [[Double]]?
    if let run = try noting("the experiment's ensemble", { try folder.run("ensemble", spec(networks), execution) }) {
      diagnosis = try RunDiagnosis(run)
      let positions = try run.keptPositions(atMost: drawn)
      ensemble = positions
      others.append(
        try NetworkSet("ensemble", "the experiment's ensemble", positions, model, threads: execution.threads))
    }
    let loss = try Self.trainingLoss(networks.positions, model.networkEnsemble())
    let tightness = try loss.flatMap { loss in
      try noting("the tightness that matches their loss") { try self.tightness(loss.value, networks, execution) }
    }
    guard !execution.isStopped else { throw StudyStopped(folder.path) }
    let sets = [trained] + others
    // (w, m) -> -(w, m) leaves a linear neuron as it is, and so does (w, m, b) -> -(w, m, b) one with an odd activation.
    let weights = 1 + model.task.features
    let turning =
      model.respondsLinearly ? weights : model.hiddenActivation?.isOdd == true ? weights + model.task.contexts : 0
    return TrainedComparison(
      networks: networks.positions.count, available: networks.available, neurons: model.hiddenNeurons, tests: tests,
      combinedPValue: report.combinedPValue, rotations: rotations, populations: populations,
      derivedPopulations: try noting("populations") { try derivedPopulations(networks, ensemble) } ?? [],
      trainingLoss: loss,
      tightness: tightness, sets: try zip(sets, comparison.pairs(sets)).map { $0.figures(pairs: $1) },
      distances: try others.compactMap { other in
        try noting("distances from \(other.title)") { try comparison.distances(trained, other) }
      },
      overlaps: try Self.overlaps(sets, turning: turning, execution.threads, noting: noting), diagnosis: diagnosis,
      notes: notes)
  }

  private func tests(
    _ networks: TrainedNetworks, _ chunks: [NeuronChunk]?, _ seed: UInt64, _ threads: Int
  ) throws -> MaximumEntropyReport {
    if let chunks {
      return try MaximumEntropyReport(gainModulated: chunks, rotations: rotations, seed: seed, threads: threads)
    }
    guard let oneLayer = try networks.oneLayer(networks.positions), let stimuli = try networks.model.stimulusList()
    else {
      preconditionFailure("nonlinear networks without a list of stimuli are refused")
    }
    return try MaximumEntropyReport(
      oneLayer: oneLayer, stimuli: stimuli, rotations: rotations, seed: seed, threads: threads)
  }

  /// The shares of neurons that are active in the same contexts; nil for linear networks.
  private func derivedPopulations(_ networks: TrainedNetworks, _ ensemble: [[Double]]?) throws -> [DerivedPopulation]? {
    let contexts = networks.model.task.contexts
    guard contexts <= Self.mostPatternContexts, let stimuli = try networks.model.stimulusList(),
      let own = try networks.oneLayer(networks.positions)
    else { return nil }
    func shares(_ networks: [OneLayerNetwork]) throws -> [Estimate] {
      try PopulationStatistics(networks.map { try $0.patterns(at: stimuli) }, task: folder.experiment.learningTask())
        .patternShare
    }
    let found = try shares(own)
    let predicted = try ensemble.flatMap { try networks.oneLayer($0) }.map(shares)
    return found.indices.map { index in
      let digits = (0..<contexts).map { index >> (contexts - 1 - $0) & 1 == 1 ? "1" : "0" }
      return DerivedPopulation(pattern: digits.joined(), share: found[index], predicted: predicted?[index])
    }
  }

  /// The experiment at the networks' width, with as many kept networks as are compared.
  private func spec(_ networks: TrainedNetworks) throws -> Experiment {
    let changes: [(path: [String], value: JSONValue)] = [
      (["network"], networks.experiment.network.json), (["record", "weights"], .integer(TrainedNetworks.mostNetworks)),
    ]
    return try folder.experiment(with: changes)
  }

  /// The mean loss on the task's own stimuli; nil where it is not recorded.
  private static func trainingLoss(_ positions: [[Double]], _ ensemble: some SampledEnsemble) throws -> Estimate? {
    let density = try ensemble.density()
    let observables = ensemble.observables(of: density)
    let losses = positions.compactMap { observables.values(at: $0, of: density)["loss"] }
    guard losses.count == positions.count else { return nil }
    let moments = RunningMoments(losses)
    let error = (moments.squaredDeviations / Double(losses.count - 1) / Double(losses.count)).squareRoot()
    return Estimate(value: moments.mean, standardError: losses.count > 1 ? error : nil)
  }

  /// By sampling; by β N ⟨L⟩ = K D/2 where the loss is so small that nothing else matters.
  private func tightness(
    _ loss: Double, _ networks: TrainedNetworks, _ execution: Execution
  ) throws -> MatchedTightness? {
    guard loss > 0 else { throw StudyError("their loss is 0, which no finite tightness has") }
    let model = networks.model
    let numbers = Double(model.task.contexts * model.task.features)
    let limit = numbers / (2 * Double(model.hiddenNeurons) * loss)
    if model.respondsLinearly, limit > 1e4 { return MatchedTightness(value: limit, standardError: nil) }
    let prior = try Self.priorLoss(model)
    guard loss < prior else {
      throw StudyError(
        "their loss is \(NumberText.significant(loss, digits: 3)), and networks of the experiment's prior already have "
          + NumberText.significant(prior, digits: 3))
    }
    guard loss * Self.widestSearch > prior else {
      throw StudyError(
        "their loss is \(NumberText.significant(loss, digits: 3)), too far below the \(NumberText.significant(prior, digits: 3)) of the "
          + "experiment's prior to be searched for")
    }
    let wanted = try TrainedNetworks.experiment(
      networks.experiment, ensemble: ["kind": "gibbs", "expectedLoss": .number(loss)], folder)
    guard let found = try execution.modelSolution(wanted)?.tightness else { return nil }
    return MatchedTightness(value: found.value, standardError: found.standardError)
  }

  /// The mean loss of some networks of the prior, of which an experiment at tightness 0 is.
  private static func priorLoss(_ experiment: Experiment) throws -> Double {
    func loss(_ ensemble: some SampledEnsemble) throws -> Double {
      let density = try ensemble.density()
      let observables = ensemble.observables(of: density)
      var stream = try RandomStream(
        StreamKey(seed: experiment.sampler.seed, chain: 0, purpose: .trainedTests),
        generator: RandomStream.vectorGenerator)
      let losses = (0..<200).map { _ in observables.values(at: density.drawPrior(using: &stream), of: density)["loss"]!
      }
      return RunningMoments(losses).mean
    }
    return try loss(experiment.networkEnsemble())
  }

  /// The root mean square of each coordinate, by which distances are measured.
  private static func units(_ set: NetworkSet) -> [Double] {
    let clouds = set.clouds
    var sums = [Double](repeating: 0, count: clouds[0].columns)
    for cloud in clouds { for i in 0..<cloud.rows { for k in sums.indices { sums[k] += cloud[i, k] * cloud[i, k] } } }
    let rows = Double(clouds.reduce(0) { $0 + $1.rows })
    return sums.map { $0 > 0 ? ($0 / rows).squareRoot() : 1 }
  }

  /// How alike networks are: within each set of several, and between the first and each other one.
  private static func overlaps(
    _ sets: [NetworkSet], turning: Int, _ threads: Int,
    noting: (_ what: String, _ work: () throws -> NetworkOverlaps?) throws -> NetworkOverlaps?
  ) throws -> [(name: String, value: NetworkOverlaps)] {
    let units = units(sets[0])
    let clouds = sets.map { set in
      set.clouds.map { cloud in
        var cloud = cloud
        for i in 0..<cloud.rows { for k in units.indices { cloud[i, k] /= units[k] } }
        return cloud
      }
    }
    // A pair takes a time that grows with the cube of the neurons: 0.4 s at 1000.
    let neurons = Double(clouds[0][0].rows)
    let pairs = Int(min(Double(MatchedDistances.maximumPairs), max(1, 5e10 / (neurons * neurons * neurons))))
    var found: [(name: String, value: NetworkOverlaps)] = []
    for (set, cloud) in zip(sets, clouds) where cloud.count > 1 {
      let value = try noting("overlaps of \(set.title)") {
        NetworkOverlaps(try MatchedDistances(within: cloud, turning: turning, maximumPairs: pairs, threads: threads))
      }
      if let value { found.append((set.name, value)) }
    }
    for (set, cloud) in zip(sets, clouds).dropFirst() {
      let value = try noting("overlaps with \(set.title)") {
        NetworkOverlaps(
          try MatchedDistances(
            between: clouds[0], and: cloud, turning: turning, maximumPairs: pairs, threads: threads))
      }
      if let value { found.append(("\(sets[0].name)-\(set.name)", value)) }
    }
    return found
  }
}
