// phase-diagram: the closed form over numbers of contexts and weight scales, tightnesses or probabilities of gains, with sampled points over it.

import JSON
import Networks
import Sampling

/// The phase diagram of an experiment's ensemble.
package struct PhaseDiagramStudy: Study {
  package static let name = "phase-diagram"
  package static let tables = ["phase-diagram.csv", "phase-diagram-sampled.csv"]
  /// Sampled points have at most so many contexts: all gain patterns are counted.
  static let mostSampledContexts = 8
  /// Contexts up to which crossovers are looked for: all patterns, where the stimuli are not isotropic.
  private static let mostContexts = (isotropic: 512, other: 8)

  package let folder: StudyFolder
  let contexts: [Int]
  let axis: PhaseAxis
  /// Sampled values of the second axis for each number of contexts; 0 for none.
  let sampled: Int

  package init(_ folder: StudyFolder) throws {
    self.folder = folder
    contexts = folder.numbers("contexts").map { Int($0) }
    axis = PhaseAxis(folder.options)
    sampled = Int(folder.options["sampled"]?.realNumber ?? 0)
    try validate()
  }

  /// π; nil for networks without binary gains.
  private var binaryProbability: Double? {
    folder.experiment.task.isSymmetric ? folder.experiment.network.model.drawnGainProbability : nil
  }

  private var activeProbability: Double { binaryProbability ?? 0.5 }

  /// Whether the tightness is found by sampling, at each point.
  private var isAtLoss: Bool { if case .gibbsAtLoss = folder.experiment.ensemble { true } else { false } }

  /// Whether the stimuli are isotropic, or play no part in the theory of independent neurons.
  private var isIsotropic: Bool {
    if folder.experiment.ensemble == .product { return true }
    if case .gaussian(nil) = folder.experiment.stimuli { return true }
    return false
  }

  /// The number of features that the spec's stimuli belong to; nil if they are made for any number.
  private var givenFeatures: Int? {
    switch folder.experiment.stimuli {
    case .gaussian(nil), .sampled: nil
    case .gaussian, .file: folder.experiment.task.features
    }
  }

  private func validate() throws {
    guard binaryProbability != nil else {
      throw StudyError(
        "a phase diagram needs \"task\": {\"kind\": \"inputSelection\"} and a gainModulatedLinear network with binary gains, "
          + "whose closed form is known for any number of contexts")
    }
    if axis.kind == .tightness {
      guard case .gibbs = folder.experiment.ensemble else {
        throw StudyError(
          "\(axis.option): the spec's ensemble has no tightness; say \"ensemble\": {\"kind\": \"gibbs\", \"tightness\": 10}",
          .usage)
      }
    }
    if sampled > 0, !contexts.contains(where: { $0 <= Self.mostSampledContexts }) {
      throw StudyError(
        "--sampled: points of at most \(Self.mostSampledContexts) contexts are sampled, and --contexts has none", .usage
      )
    }
    if sampled > 0, folder.experiment.record.weights == .atMost(0) {
      throw StudyError(
        "record.weights: order parameters are measured on whole networks, and 0 keeps none; say a larger number, or no --sampled"
      )
    }
    if let features = givenFeatures, folder.experiment.ensemble != .product || sampled > 0,
      let other = contexts.first(where: { $0 != features })
    {
      throw StudyError(
        "--contexts: found \(other), but the spec's stimuli have \(features) features, one a context; allowed: \(features)",
        .usage)
    }
  }

  package static func options(contexts: [Int], axis: PhaseAxis, sampled: Int) -> JSONValue {
    .object([("contexts", .integers(contexts))] + axis.members + [("sampled", .integer(sampled))])
  }

  package func answer(_ execution: Execution) throws -> PhaseDiagramReport {
    let experiment = folder.experiment
    let convention: WeightConvention = experiment.weights.convention == .prior ? .prior : .moment
    let diagram =
      experiment.ensemble == .product && axis.kind == .weightScale
      ? PhaseDiagram(convention: convention, activeProbability: activeProbability)
      : PhaseDiagram { contexts, value in
        try self.experiment(contexts, value).closedFormEnsemble()?.theory()
      }
    let points =
      isAtLoss
      ? try searchedPoints(execution)
      : try diagram.points(
        contexts: contexts, values: axis.values, threads: execution.threads)
    let (low, high) = (axis.values.first!, axis.values.last!)
    let most = isIsotropic ? Self.mostContexts.isotropic : Self.mostContexts.other
    let searched = isAtLoss ? [] : contexts.filter { $0 <= most }
    let structure = try searched.map { count in
      (count, low < high ? try diagram.structureCrossover(contexts: count, from: low, to: high) : nil)
    }
    let specialised =
      try isAtLoss || givenFeatures != nil && !isIsotropic
      ? []
      : axis.values.map { value in (value, try diagram.contextCrossover(value: value, maximum: most)) }
    return PhaseDiagramReport(
      experiment: experiment, convention: convention, activeProbability: activeProbability, points: points, axis: axis,
      structureCrossovers: structure, contextCrossovers: specialised, mostContexts: most,
      sampled: try sampledPoints(points, execution))
  }

  private static let contextAxis = SweepAxis(
    keys: ["task.contexts"], values: [], isLogarithmic: false, option: "--contexts")

  /// The spec at another number of contexts and another value of the second axis.
  private func experiment(_ contexts: Int, _ value: Double) throws -> Experiment {
    try folder.experiment(at: [Double(contexts), value], of: [Self.contextAxis, axis.sweep])
  }

  /// The grid of an ensemble whose tightness is found by sampling: at each point the closed form at the tightness that gives the loss.
  private func searchedPoints(_ execution: Execution) throws -> [PhasePoint] {
    let places = contexts.flatMap { count in axis.values.map { (contexts: count, value: $0) } }
    let parts: [SearchedPoint] = try folder.parts(places.map { "theory-" + name($0) }, execution) {
      index, execution in
      let place = places[index]
      execution.say(
        "K = \(place.contexts), \(axis.words(place.value)): point \(index + 1) of \(places.count)"
      )
      guard case .tightness(let found, _, let solution) = try execution.solve(experiment(place.contexts, place.value))
      else { preconditionFailure("a loss is given") }
      return SearchedPoint(
        tightness: found.tightness, standardError: found.standardError,
        order: solution.flatMap { OrderParameters($0) })
    }
    return zip(places, parts).map {
      PhasePoint(contexts: $0.contexts, value: $0.value, isFeasible: true, order: $1.order)
    }
  }

  /// Where points are sampled, evenly over the values at which the ensemble exists.
  private func sampledPoints(_ points: [PhasePoint], _ execution: Execution) throws -> [PhaseDiagramReport.Sampled] {
    guard sampled > 0 else { return [] }
    var places: [(contexts: Int, value: Double)] = []
    for count in contexts where count <= Self.mostSampledContexts {
      let values = points.filter { $0.contexts == count && $0.isFeasible }.map(\.value)
      let number = min(sampled, values.count)
      for k in 0..<number { places.append((count, values[number == 1 ? 0 : k * (values.count - 1) / (number - 1)])) }
    }
    let all = places
    let parts: [SampledPoint] = try folder.parts(all.map(name), execution) { index, execution in
      let place = all[index]
      execution.say("K = \(place.contexts), \(axis.words(place.value)): \(index + 1) of \(all.count) sampled points")
      return try sample(name(place), place.contexts, place.value, execution)
    }
    return zip(all, parts).map {
      PhaseDiagramReport.Sampled(contexts: $0.contexts, value: $0.value, axis: axis, found: $1)
    }
  }

  private func name(_ place: (contexts: Int, value: Double)) -> String {
    "K\(place.contexts)-\(axis.shortTitle)\(place.value)"
  }

  private func sample(_ name: String, _ contexts: Int, _ value: Double, _ execution: Execution) throws -> SampledPoint {
    let experiment = try experiment(contexts, value)
    let run = try folder.run(name, experiment, execution)
    guard let networks = try run.neuronChunks(atMost: 2000) else { preconditionFailure("a closed form has neurons") }
    let statistics = try PopulationStatistics(
      networks, task: try experiment.learningTask(),
      gains: .independent(activeProbability: axis.kind == .activeProbability ? value : activeProbability))
    var values: [String: Estimate] = [
      "meanStructure": statistics.meanStructure,
      "patternKL": Estimate(
        value: statistics.patternKL.value - statistics.patternKLBias,
        standardError: statistics.patternKL.standardError),
    ]
    values["specialisedShare"] = statistics.readoutShare?[1]
    values["meanActiveContexts"] = try Self.activeContexts(run, contexts)
    return SampledPoint(values: values, networks: networks.count, diagnosis: try RunDiagnosis(run))
  }

  /// The mean number of contexts that a neuron is active in, from every draw, with a Monte Carlo error.
  private static func activeContexts(_ run: LoadedRun, _ contexts: Int) throws -> Estimate? {
    let fractions = try (0...contexts).compactMap { try run.draws.scalar("active_fraction[\($0)]") }
    guard fractions.count == contexts + 1 else { return nil }
    let series = fractions[0].indices.map { chain in
      fractions[0][chain].indices.map { draw in
        (1...contexts).reduce(0.0) { $0 + Double($1) * fractions[$1][chain][draw] }
      }
    }
    let error = Diagnostics.mcseMean(series)
    return Estimate(value: RunningMoments(series.joined()).mean, standardError: error.isFinite ? error : nil)
  }
}
