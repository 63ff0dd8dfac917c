// phase-diagram: the closed form over numbers of contexts and weight scales, with sampled points over it.

import JSON
import Networks
import Sampling

/// The phase diagram of an experiment's ensemble.
struct PhaseDiagramStudy: Study {
  static let name = "phase-diagram"
  /// Sampled points have at most so many contexts: all gain patterns are counted.
  static let mostSampledContexts = 8

  let folder: StudyFolder
  let contexts: [Int]
  let weightScales: [Double]
  /// Sampled weight scales for each number of contexts; 0 for none.
  let sampled: Int

  init(_ folder: StudyFolder) throws {
    self.folder = folder
    contexts = folder.numbers("contexts").map { Int($0) }
    weightScales = folder.numbers("weightScales")
    sampled = Int(folder.options["sampled"]?.realNumber ?? 0)
    try validate()
  }

  /// π; nil for networks without binary gains.
  private var binaryProbability: Double? {
    guard case .inputSelection = folder.experiment.task,
      case .gainModulatedLinear(_, .binary(let probability)) = folder.experiment.network
    else { return nil }
    return probability
  }

  private var activeProbability: Double { binaryProbability ?? 0.5 }

  private func validate() throws {
    guard binaryProbability != nil else {
      throw StudyError(
        "a phase diagram needs \"task\": {\"kind\": \"inputSelection\"} and a gainModulatedLinear network with binary gains, "
          + "whose closed form is known for any number of contexts")
    }
    if sampled > 0, !contexts.contains(where: { $0 <= Self.mostSampledContexts }) {
      throw StudyError(
        "--sampled: points of at most \(Self.mostSampledContexts) contexts are sampled, and --contexts has none", .usage
      )
    }
  }

  static func options(contexts: [Int], weightScales: [Double], sampled: Int) -> JSONValue {
    ["contexts": .integers(contexts), "weightScales": .numbers(weightScales), "sampled": .integer(sampled)]
  }

  func answer(_ context: CommandContext) throws -> any StudyReport {
    let convention: WeightConvention = folder.experiment.weights.convention == .prior ? .prior : .moment
    let diagram = PhaseDiagram(convention: convention, activeProbability: activeProbability)
    let points = try diagram.points(
      contexts: contexts, weightScales: weightScales, threads: context.threads)
    let (low, high) = (weightScales.first!, weightScales.last!)
    let structure = try contexts.map { count in
      (count, low < high ? try diagram.structureCrossover(contexts: count, from: low, to: high) : nil)
    }
    let specialised = try weightScales.map { scale in
      (scale, try diagram.contextCrossover(weightScale: scale, maximum: 512))
    }
    return PhaseDiagramReport(
      experiment: folder.experiment, convention: convention, activeProbability: activeProbability, points: points,
      structureCrossovers: structure, contextCrossovers: specialised, sampled: try sampledPoints(points, context))
  }

  /// Where points are sampled, evenly over the scales at which the ensemble exists.
  private func sampledPoints(_ points: [PhasePoint], _ context: CommandContext) throws -> [PhaseDiagramReport.Sampled] {
    guard sampled > 0 else { return [] }
    var places: [(contexts: Int, scale: Double)] = []
    for count in contexts where count <= Self.mostSampledContexts {
      let scales = points.filter { $0.contexts == count && $0.order != nil }.map(\.weightScale)
      let number = min(sampled, scales.count)
      for k in 0..<number { places.append((count, scales[number == 1 ? 0 : k * (scales.count - 1) / (number - 1)])) }
    }
    let all = places
    let parts = try folder.parts(all.map(Self.name), context) { index, context in
      let place = all[index]
      let scale = NumberText.significant(place.scale, digits: 3)
      context.say("K = \(place.contexts), scale \(scale): \(index + 1) of \(all.count) sampled points")
      return try sample(Self.name(place), place.contexts, place.scale, context)
    }
    return zip(all, parts).map { PhaseDiagramReport.Sampled(contexts: $0.contexts, weightScale: $0.scale, $1) }
  }

  private static func name(_ place: (contexts: Int, scale: Double)) -> String {
    "K\(place.contexts)-scale\(place.scale)"
  }

  private func sample(_ name: String, _ contexts: Int, _ scale: Double, _ context: CommandContext) throws -> JSONValue {
    let experiment = try folder.experiment(with: [
      (["task", "contexts"], .integer(contexts)), (["weights", "output"], .number(scale)),
      (["weights", "input"], .number(scale)),
    ])
    let run = try folder.run(name, experiment, context)
    guard let networks = try run.neuronChunks(atMost: 2000) else { preconditionFailure("a closed form has neurons") }
    let statistics = try PopulationStatistics(
      networks, task: try experiment.learningTask(), gains: .independent(activeProbability: activeProbability))
    let active = networks.map { network in
      network.gain.reduce(0, +) / Double(network.neurons)
    }
    let moments = RunningMoments(active)
    let error = (moments.squaredDeviations / Double(max(1, active.count - 1)) / Double(active.count)).squareRoot()
    return [
      "specialisedShare": .estimate(statistics.readoutShare?[1]), "meanStructure": .estimate(statistics.meanStructure),
      "patternKL": .estimate(
        Estimate(
          value: statistics.patternKL.value - statistics.patternKLBias,
          standardError: statistics.patternKL.standardError)),
      "meanActiveContexts": .estimate(Estimate(value: moments.mean, standardError: error)),
      "networks": .integer(networks.count),
    ]
  }
}
