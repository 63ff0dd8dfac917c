// compare: maximum entropy against gradient descent, regime by regime.

import Foundation
import JSON
import Networks
import Sampling

/// The comparison of drawn and trained networks.
struct ComparisonStudy: Study {
  static let name = "compare"
  static let tables = ["compare.csv"]
  /// Networks whose neurons' distances are taken: the work grows with the square.
  private static let cloudNetworks = 40

  let folder: StudyFolder
  let contexts: [Int]
  let weightScales: [Double]
  let settings: TrainingSettings

  init(_ folder: StudyFolder) throws {
    self.folder = folder
    contexts = folder.numbers("contexts").map { Int($0) }
    weightScales = folder.numbers("weightScales")
    settings = TrainingSettings(folder.options["training"] ?? .null)
    try validate()
  }

  /// Whether the law of a neuron is known: binary gains.
  private var isClosedForm: Bool {
    if case .gainModulatedLinear(_, .binary) = folder.experiment.network { true } else { false }
  }

  private func validate() throws {
    let experiment = folder.experiment
    if case .deep = experiment.network {
      throw StudyError(
        "network.kind: neurons of a \"deep\" network have no cloud of their own; compare \"twoLayer\" or \"gainModulatedLinear\" networks"
      )
    }
    if !contexts.isEmpty, case .linearReadout = experiment.task {
      throw StudyError(
        "--contexts: the task's target is given; other numbers of contexts need \"kind\": \"inputSelection\"", .usage)
    }
    if isClosedForm, let large = (contexts + [experiment.task.contexts]).max(), large > GradientFlow.maximumContexts {
      throw StudyError(
        "found \(large) contexts; allowed: at most \(GradientFlow.maximumContexts), because all populations are compared"
      )
    }
    guard settings.networks >= 4 else {
      throw StudyError("--networks: found \(settings.networks); allowed: at least 4, for error bars", .usage)
    }
  }

  static func options(contexts: [Int], weightScales: [Double], settings: TrainingSettings) -> JSONValue {
    ["contexts": .integers(contexts), "weightScales": .numbers(weightScales), "training": settings.json]
  }

  func answer(_ context: CommandContext) throws -> any StudyReport {
    let counts = contexts.isEmpty ? [folder.experiment.task.contexts] : contexts
    let places = counts.flatMap { count in weightScales.map { (contexts: count, scale: $0) } }
    let parts = try folder.parts(places.map(Self.name), context) { index, context in
      let place = places[index]
      let scale = NumberText.significant(place.scale, digits: 3)
      context.say("K = \(place.contexts), scale \(scale): regime \(index + 1) of \(places.count)")
      return try compare(Self.name(place), contexts: place.contexts, scale: place.scale, context)
    }
    let regimes = zip(places, parts).map {
      ComparisonReport.Regime(contexts: $0.contexts, weightScale: $0.scale, json: $1.json)
    }
    return ComparisonReport(
      experiment: folder.experiment, settings: settings, regimes: regimes, isClosedForm: isClosedForm)
  }

  private static func name(_ place: (contexts: Int, scale: Double)) -> String {
    "K\(place.contexts)-scale\(place.scale)"
  }

  private func compare(_ name: String, contexts: Int, scale: Double, _ context: CommandContext) throws -> JSONValue {
    var changes: [(path: [String], value: JSONValue)] = [
      (["weights", "output"], .number(scale)), (["weights", "input"], .number(scale)),
    ]
    if case .inputSelection = folder.experiment.task { changes.append((["task", "contexts"], .integer(contexts))) }
    let experiment = try folder.experiment(with: changes)
    let training = try NetworkTraining(folder, prefix: "\(name)-trained", settings: settings, of: experiment)
    let model = training.experiment
    let trained = try NetworkSet("trained", "gradient descent", training.networks(context).map(\.position), model)
    var others: [NetworkSet] = []
    var flow: JSONValue = .null
    var notes: [String] = []
    var matchedLoss: Double?
    if isClosedForm {
      let laws = try closedForm(trained, model)
      flow = try self.flow(model, laws.initial)
      if let matched = laws.matched {
        others.append(try draw("matched", "maximum entropy, matched moments", matched, 1, model))
      } else {
        notes.append("no maximum-entropy law has the trained networks' second moments")
      }
      others.append(try draw("initial", "maximum entropy, initial scale", laws.initial, 2, model))
      matchedLoss = laws.initial.productLossTimesN.map { $0 / Double(trained.chunks![0].neurons) }
    }
    if !isClosedForm || experiment.ensemble != .product {
      let run = try folder.run(name, experiment, context)
      let drawn = try NetworkSet("ensemble", "the spec's ensemble", run.keptPositions(atMost: settings.networks), model)
      others.append(drawn)
      matchedLoss = RunningMoments((run.draws.scalars["loss"] ?? []).joined()).mean
    }
    if let loss = matchedLoss, loss > settings.lossBound {
      var early = settings
      early.lossBound = loss
      let stopped = try NetworkTraining(folder, prefix: "\(name)-loss-matched", settings: early, of: experiment)
      others.append(
        try NetworkSet(
          "lossMatched", "gradient descent, to the ensemble's loss", stopped.networks(context).map(\.position), model))
    }
    return [
      "flow": flow, "notes": .array(notes.map { .string($0) }),
      "sets": .object(
        try ([trained] + others).map { set in
          (set.name, .object([("title", .string(set.title))] + (try set.figures(model))))
        }),
      "distances": .object(try others.map { ($0.name, try distances(trained, $0, model)) }),
      "pairs": .object(try pairs([trained] + others, model)),
    ]
  }

  /// The laws at the trained networks' own second moments (nil if there is none) and at the initial scale.
  private func closedForm(
    _ trained: NetworkSet, _ model: Experiment
  ) throws -> (matched: MaxEntropySolution?, initial: MaxEntropySolution) {
    let task = try model.learningTask()
    guard case .gainModulatedLinear(_, .binary(let probability)) = model.network, let chunks = trained.chunks else {
      preconditionFailure("closed forms are of binary gains")
    }
    let count = chunks.reduce(0.0) { $0 + Double($1.neurons) }
    let output = chunks.reduce(0) { $0 + $1.outputWeight.reduce(0) { $0 + $1 * $1 } } / count
    let input = chunks.reduce(0) { $0 + $1.inputWeights.reduce(0) { $0 + $1 * $1 } } / count
    let matched = try? MaxEntropyProblem(
      task: task, activeProbability: probability, convention: .moment, outputScale: output.squareRoot(),
      inputScale: (input / Double(task.features)).squareRoot()
    ).solve()
    let initial = try MaxEntropyProblem(
      task: task, activeProbability: probability, outputScale: model.weights.output, inputScale: model.weights.input
    ).solve()
    return (matched, initial)
  }

  /// Correlations of gradient flow with both laws (THEORY section 7).
  private func flow(_ model: Experiment, _ initial: MaxEntropySolution) throws -> JSONValue {
    guard case .gainModulatedLinear(_, .binary(let probability)) = model.network, let flow = try model.gradientFlow()
    else {
      return .null
    }
    let result = try flow.run(untilLoss: 1e-12)
    let matched = try result.matchedMaximumEntropy(activeProbability: probability)
    return [
      "correlationMatched": .number(try result.correlation(with: matched)),
      "correlationInitial": .number(try result.correlation(with: initial)),
      "meanStructure": .number(try result.meanStructure()), "meanStructureMatched": .number(matched.meanStructure),
      "meanStructureInitial": .number(initial.meanStructure),
      "readoutShare": result.readoutShare.map { .numbers($0) } ?? .null,
      "readoutShareMatched": matched.readoutShare.map { .numbers($0) } ?? .null,
    ]
  }

  /// Networks of independent neurons of a law.
  private func draw(
    _ name: String, _ title: String, _ solution: MaxEntropySolution, _ number: Int, _ model: Experiment
  ) throws -> NetworkSet {
    guard case .gainModulatedLinear(let neurons, _) = model.network else { preconditionFailure("a law of neurons") }
    let law = NeuronLaw(solution)
    let chunks = try (0..<settings.networks).map { index -> NeuronChunk in
      var stream = try RandomStream(
        StreamKey(seed: model.sampler.seed, chain: number * settings.networks + index, purpose: .exactDraws),
        generator: model.sampler.generator)
      var chunk = law.makeChunk(neurons: neurons)
      law.draw(into: &chunk, using: &stream)
      return chunk
    }
    return try NetworkSet(name, title, chunks, model)
  }

  /// How far the trained networks' neurons are from others'.
  private func distances(_ trained: NetworkSet, _ other: NetworkSet, _ model: Experiment) throws -> JSONValue {
    var stream = try RandomStream(
      StreamKey(seed: model.sampler.seed, chain: 0, purpose: .evaluation), generator: model.sampler.generator)
    let first = try NeuronCloud(networks: Array(trained.clouds.prefix(Self.cloudNetworks)))
    let second = try NeuronCloud(networks: Array(other.clouds.prefix(Self.cloudNetworks)))
    func json(_ distance: CloudDistance) -> JSONValue {
      [
        "value": .number(distance.value), "low": .number(distance.interval.lowerBound),
        "high": .number(distance.interval.upperBound), "level": .number(distance.level),
        "pValue": .number(distance.pValue),
      ]
    }
    var result: [(String, JSONValue)] = [
      ("energy", json(try EnergyDistance.compare(first, second, using: &stream))),
      ("slicedWasserstein", json(try SlicedWasserstein.compare(first, second, using: &stream))),
    ]
    if case .gainModulatedLinear(_, .binary) = model.network, let a = trained.chunks, let b = other.chunks {
      func readout(_ chunks: [NeuronChunk]) throws -> [Double] {
        try PopulationCovariance.observed(in: chunks).flatMap { p in p.covariance.map { p.weight * $0 } }
      }
      result.append(("populationCorrelation", .number(try? Correlation.pearson(try readout(a), try readout(b)))))
    }
    return .object(result)
  }

  /// ePAIRS of each set's neurons, pooled and thinned.
  private func pairs(_ sets: [NetworkSet], _ model: Experiment) throws -> [(String, JSONValue)] {
    try sets.map { set in
      var stream = try RandomStream(
        StreamKey(seed: model.sampler.seed, chain: 1, purpose: .evaluation), generator: model.sampler.generator)
      let weights = set.chunks.map { $0.map(\.weightCloud) } ?? set.clouds
      let points = try NeuronCloud(networks: weights).points.thinned(to: 300)
      let test = try? EllipticalPairs(points, variant: .whitened, nulls: 200, using: &stream)
      return (set.name, test.map { ["effect": .number($0.effect), "pValue": .number($0.pValue)] } ?? .null)
    }
  }
}

extension Matrix {
  /// At most `count` rows, evenly spread.
  func thinned(to count: Int) -> Matrix {
    guard rows > count else { return self }
    return Matrix((0..<count).map { row($0 * rows / count) })
  }
}
