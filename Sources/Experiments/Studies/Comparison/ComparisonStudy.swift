// compare: maximum entropy against gradient descent, regime by regime.

import JSON
import Networks
import Sampling

/// The comparison of drawn and trained networks.
package struct ComparisonStudy: Study {
  package static let name = "compare"
  package static let tables = ["compare.csv", "recurrent.csv"]
  package let folder: StudyFolder
  let contexts: [Int]
  let weightScales: [Double]
  let settings: TrainingSettings

  package init(_ folder: StudyFolder) throws {
    self.folder = folder
    contexts = folder.numbers("contexts").map { Int($0) }
    weightScales = folder.numbers("weightScales")
    settings = TrainingSettings(folder.options["training"] ?? .null)
    try validate()
  }

  /// The gains of the closed form of a neuron's law; nil where there is none.
  private var gains: GainReference? { folder.experiment.closedFormGains }

  /// Whether the spec's ensemble is another than those of independent neurons.
  private var drawsRuns: Bool { gains == nil || folder.experiment.ensemble != .product }

  private func validate() throws {
    let experiment = folder.experiment
    let model = experiment.network.model
    // A task without outputs is refused for that reason first.
    if !model.isInTime { _ = try experiment.learningTask() }
    guard model.hasOneHiddenLayer || model.isInTime else {
      throw StudyError(
        "network.kind: neurons of a \"deep\" network have no cloud of their own; compare \"twoLayer\" or \"gainModulatedLinear\" networks"
      )
    }
    if let wanted = contexts.first, experiment.task.task.keys(contexts: wanted) == nil {
      throw StudyError(
        model.isInTime
          ? "--contexts: the task's trials say how many there are; other numbers of contexts need \"kind\": \"contextDecision\""
          : "--contexts: the task's target is given; other numbers of contexts need \"kind\": \"inputSelection\"",
        .usage
      )
    }
    if model.isInTime, model.neurons > NeuronMatching.maximumNeurons {
      throw StudyError(
        "network.neurons: found \(model.neurons); allowed: at most \(NeuronMatching.maximumNeurons), because neurons of two networks are matched"
      )
    }
    if gains != nil, let large = (contexts + [experiment.task.contexts]).max(), large > GradientFlow.maximumContexts {
      throw StudyError(
        "found \(large) contexts; allowed: at most \(GradientFlow.maximumContexts), because all populations are compared"
      )
    }
    if drawsRuns, experiment.record.weights == .atMost(0) {
      throw StudyError(
        "record.weights: whole networks are compared, and 0 keeps none of the spec's ensemble; say a larger number")
    }
    guard settings.networks >= 4 else {
      throw StudyError("--networks: found \(settings.networks); allowed: at least 4, for error bars", .usage)
    }
    for place in places {
      _ = try NetworkTraining(folder, prefix: Self.name(place), settings: settings, of: self.experiment(place))
    }
  }

  /// The regimes: numbers of contexts, and weight scales.
  private var places: [(contexts: Int, scale: Double)] {
    let counts = contexts.isEmpty ? [folder.experiment.task.contexts] : contexts
    return counts.flatMap { count in weightScales.map { (contexts: count, scale: $0) } }
  }

  package static func options(contexts: [Int], weightScales: [Double], settings: TrainingSettings) -> JSONValue {
    ["contexts": .integers(contexts), "weightScales": .numbers(weightScales), "training": settings.json]
  }

  package func answer(_ execution: Execution) throws -> ComparisonReport {
    let places = places
    // Whatever can be refused is refused before the first regime is worked on.
    for place in places { _ = try law(experiment(place)) }
    let parts: [ComparedRegime] = try folder.parts(places.map(Self.name), execution) { index, execution in
      let place = places[index]
      let scale = NumberText.significant(place.scale, digits: 3)
      execution.say("K = \(place.contexts), scale \(scale): regime \(index + 1) of \(places.count)")
      return try compare(Self.name(place), experiment(place), execution)
    }
    let regimes = zip(places, parts).map {
      ComparisonReport.Regime(contexts: $0.contexts, weightScale: $0.scale, found: $1)
    }
    return ComparisonReport(
      experiment: folder.experiment, settings: settings, regimes: regimes, isClosedForm: gains != nil)
  }

  private static func name(_ place: (contexts: Int, scale: Double)) -> String {
    "K\(place.contexts)-scale\(place.scale)"
  }

  /// The spec at a number of contexts and a weight scale.
  private func experiment(_ place: (contexts: Int, scale: Double)) throws -> Experiment {
    var changes: [(path: [String], value: JSONValue)] = [
      (["weights", "output"], .number(place.scale)), (["weights", "input"], .number(place.scale)),
    ]
    changes += folder.experiment.task.task.keys(contexts: place.contexts) ?? []
    return try folder.experiment(with: changes)
  }

  /// The law of independent neurons at the initial scale, the prior's from which training starts; nil without closed form.
  private func law(_ experiment: Experiment) throws -> MaxEntropySolution? {
    guard let gains else { return nil }
    return try MaxEntropyProblem(
      task: experiment.learningTask(), gains: gains, outputScale: experiment.weights.output,
      inputScale: experiment.weights.input
    ).solve()
  }

  private func compare(_ name: String, _ experiment: Experiment, _ execution: Execution) throws -> ComparedRegime {
    let training = try NetworkTraining(folder, prefix: "\(name)-trained", settings: settings, of: experiment)
    let model = training.experiment
    let records = try training.networks(execution)
    func set(_ name: String, _ title: String, _ positions: [[Double]]) throws -> NetworkSet {
      try NetworkSet(name, title, positions, model, threads: execution.threads)
    }
    let trained = try set("trained", settings.words, records.map(\.position))
    let comparison = SetComparison(model: model, threads: execution.threads)
    var diagnosis = RunDiagnosis(training: records, lossBound: settings.lossBound)
    var others: [NetworkSet] = []
    var flow: ComparedFlow?
    var notes: [String] = []
    var matchedLoss: Double?
    if let initial = try law(model) {
      flow = try self.flow(model, initial)
      if flow == nil {
        notes.append("gradient flow of infinitely wide networks: it needs gains that are drawn, 0 or 1")
      }
      if let matched = try? comparison.matchedLaw(trained) {
        others.append(try comparison.draw("matched", "maximum entropy, matched moments", matched, settings.networks, 1))
      } else {
        notes.append("maximum entropy, matched moments: no law has the trained networks' second moments")
      }
      others.append(try comparison.draw("initial", "maximum entropy, initial scale", initial, settings.networks, 2))
      matchedLoss = initial.productLossTimesN.map { $0 / Double(trained.chunks![0].neurons) }
    } else if trained.recurrent == nil {
      notes.append("c_1, <rho> and KL: they need gains that are given, or 0 and 1")
    }
    if drawsRuns {
      do {
        let run = try folder.run(name, experiment, execution)
        diagnosis = try RunDiagnosis(run).adding(diagnosis.findings)
        others.append(
          try set("ensemble", "the spec's ensemble", run.keptPositions(atMost: settings.networks)))
        matchedLoss = RunningMoments((try run.draws.scalar("loss") ?? []).joined()).mean
      } catch let error where error is MaxEntropyError || error is ConstraintError {
        // The scale was the study's choice, not the spec's: the regime goes on without.
        notes.append("the spec's ensemble: there is none at this scale (\(error))")
      }
    }
    if let loss = matchedLoss, loss > settings.lossBound {
      var early = settings
      early.lossBound = loss
      let stopped = try NetworkTraining(folder, prefix: "\(name)-loss-matched", settings: early, of: experiment)
      others.append(
        try set(
          "lossMatched", "\(settings.words), to the ensemble's loss", stopped.networks(execution).map(\.position)))
    }
    let sets = try zip([trained] + others, comparison.pairs([trained] + others)).map {
      $0.figures(pairs: $1)
    }
    return ComparedRegime(
      diagnosis: diagnosis, flow: flow, notes: notes, sets: sets,
      distances: try others.map { try comparison.distances(trained, $0) })
  }

  /// Correlations of gradient flow with both laws (THEORY section 7).
  private func flow(_ model: Experiment, _ initial: MaxEntropySolution) throws -> ComparedFlow? {
    guard let probability = model.network.model.drawnGainProbability, let flow = try model.gradientFlow()
    else { return nil }
    let result = try flow.run(untilLoss: 1e-12)
    let matched = try result.matchedMaximumEntropy(activeProbability: probability)
    return ComparedFlow(
      correlationMatched: try result.correlation(with: matched),
      correlationInitial: try result.correlation(with: initial), meanStructure: try result.meanStructure(),
      meanStructureMatched: matched.meanStructure, meanStructureInitial: initial.meanStructure,
      readoutShare: result.readoutShare, readoutShareMatched: matched.readoutShare)
  }
}
