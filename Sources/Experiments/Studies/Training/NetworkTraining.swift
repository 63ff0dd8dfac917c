// Networks of an experiment trained by gradient descent, each kept when it is done.

import JSON
import Networks
import Sampling
import Storage

/// How networks are trained, as the command line says it.
package struct TrainingSettings: Sendable, Equatable {
  /// The rules by their names.
  package enum Rule: String, Sendable, CaseIterable {
    case fullBatch = "full-batch"
    case sgd, adam
  }

  package var rule = Rule.fullBatch
  package var networks = 100
  /// nil for all stimuli at once.
  package var batchSize: Int?
  /// nil: found from the curvature.
  package var learningRate: Double?
  package var lossBound = 1e-6
  package var steps = 100_000

  package var json: JSONValue {
    [
      "rule": .string(rule.rawValue), "networks": .integer(networks),
      "batchSize": batchSize.map { .integer($0) } ?? .null,
      "learningRate": .number(learningRate), "lossBound": .number(lossBound), "steps": .integer(steps),
    ]
  }

  package init() {}

  /// What trains, in words.
  package var words: String { rule == .adam ? "Adam" : "gradient descent" }

  /// Reads what ``json`` wrote; what is missing has its default.
  init(_ json: JSONValue) {
    func integer(_ key: String) -> Int? { json[key]?.realNumber.map { Int($0) } }
    self.init()
    rule = Rule.allCases.first { json["rule"] == .string($0.rawValue) } ?? .fullBatch
    networks = integer("networks") ?? 100
    batchSize = integer("batchSize")
    learningRate = json["learningRate"]?.realNumber
    lossBound = json["lossBound"]?.realNumber ?? 1e-6
    steps = integer("steps") ?? 100_000
  }

  var options: TrainingOptions {
    TrainingOptions(
      rule: rule == .adam ? .adam() : .gradientDescent, learningRate: learningRate.map { .fixed($0) } ?? .automatic,
      lossBound: lossBound, maximumSteps: steps)
  }
}

/// A trained network, as it is kept.
package struct TrainedRecord: StudyPartContent {
  package let loss: Double
  let steps: Int
  let time: Double
  package let stop: String
  /// |θ − θ_0|/|θ_0|.
  let relativeNormChange: Double
  let position: [Double]
  let observables: [String: Double]
  package let lossCurve: [LossPoint]

  init(_ network: TrainedNetwork, observables: [String: Double]) throws {
    loss = network.loss
    steps = network.steps
    time = network.time
    stop = network.stop.rawValue
    relativeNormChange = try RichLazy.relativeNormChange(from: network.start, to: network.end)
    position = network.end
    self.observables = observables
    lossCurve = network.lossCurve
  }

  package init(_ part: StudyPart) throws {
    loss = try part.numberOrNaN("loss")
    steps = try part.integer("steps")
    time = try part.numberOrNaN("time")
    stop = try part.text("stop")
    relativeNormChange = try part.numberOrNaN("relativeNormChange")
    position = try part.numbers("position")
    let named = try part.part("observables")?.members() ?? []
    // What is no number was written as null, and stays out.
    observables = Dictionary(
      named.compactMap { name, value in value.json.realNumber.map { (name, $0) } }, uniquingKeysWith: { $1 })
    let curve = part.part("lossCurve")
    let (times, losses) = (try curve?.numbersOrNaN("time") ?? [], try curve?.numbersOrNaN("loss") ?? [])
    lossCurve = zip(times, losses).map { LossPoint(time: $0, loss: $1) }
  }

  package var json: JSONValue {
    [
      "loss": .number(loss), "steps": .integer(steps), "time": .number(time), "stop": .string(stop),
      "relativeNormChange": .number(relativeNormChange),
      "observables": .object(observables.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) }),
      "lossCurve": ["time": .numbers(lossCurve.map(\.time)), "loss": .numbers(lossCurve.map(\.loss))],
      "position": .numbers(position),
    ]
  }
}

/// The training of a model's networks, from draws of its prior.
package struct NetworkTraining {
  let folder: StudyFolder
  /// Of the parts' names.
  let prefix: String
  let settings: TrainingSettings
  /// The model, whatever ensemble the spec makes of it, bound to its task by the loss.
  let experiment: Experiment

  init(_ folder: StudyFolder, prefix: String, settings: TrainingSettings, of experiment: Experiment) throws {
    self.folder = folder
    self.prefix = prefix
    self.settings = settings
    if let reason = experiment.untrainable { throw UnsupportedExperiment("network", reason) }
    self.experiment = try folder.experiment(
      with: [
        (path: ["task"], value: experiment.task.json), (["network"], experiment.network.json),
        (["weights"], experiment.weights.json), (["weights", "convention"], "prior"),
        (["ensemble"], ["kind": "gibbs", "tightness": 1]), (["sampler", "kind"], "auto"),
        (["sampler", "stepSize"], .null), (["sampler", "leapfrogSteps"], .null),
        (["sampler", "trajectory"], .null), (["sampler", "targetAcceptance"], .null),
      ])
  }

  /// The networks by their numbers; those that are missing are trained.
  ///
  /// - Throws: ``StudyStopped``; ``TrainingError`` of the first network that diverged.
  func networks(_ execution: Execution) throws -> [TrainedRecord] {
    let names = (0..<settings.networks).map { "\(prefix)-\($0)" }
    return try train(names, experiment.networkEnsemble(), execution)
  }

  private func train(
    _ names: [String], _ ensemble: some SampledEnsemble, _ execution: Execution
  ) throws -> [TrainedRecord] {
    let density = try ensemble.density()
    let training = try GradientDescent(density, options: settings.options, batches: try batches(ensemble))
    let observables = try experiment.extended(ensemble.observables(of: density), at: density.layout)
    let seed = experiment.sampler.seed
    let prefix = prefix
    // Networks that were trained here.
    let done = DoneCount()
    let isNested = execution.isWithinPart
    let dimension = density.layout.dimension
    let records: [TrainedRecord] = try folder.parts(names, execution, threads: execution.threads) { number, execution in
      let isInterrupted = { @Sendable () -> Bool in execution.isStopped }
      let network = try training.trainNetworks(1, first: number, seed: seed, threads: 1, isInterrupted: isInterrupted)[
        0]
      guard network.stop != .interrupted else { return nil }
      // The parts of a study are told as such.
      if isNested, let news = done.addAnother() {
        execution.say("\(prefix): \(news) networks trained, of \(names.count) in all")
      }
      return try TrainedRecord(network, observables: observables.values(at: network.end, of: density))
    }
    for (name, record) in zip(names, records) where record.position.count != dimension {
      throw folder.malformed(name, "position is not a list of \(dimension) numbers")
    }
    return records
  }

  /// Batches of the stimuli; nil for all at once.
  private func batches<Ensemble: SampledEnsemble>(_ ensemble: Ensemble) throws -> MiniBatches<Ensemble.Density>? {
    guard let size = settings.batchSize, let stimuli = try experiment.stimulusList() else { return nil }
    if let batches = try ensemble.miniBatches(of: stimuli, batchSize: size) { return batches }
    throw StudyError("--batch-size: networks of this kind are trained on all stimuli at once", .usage)
  }
}
