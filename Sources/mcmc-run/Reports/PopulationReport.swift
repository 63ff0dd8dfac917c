// What `evaluate` says of populations: which there are, whether they are found without being assumed, and what they do.

import Foundation
import JSON
import Networks
import Sampling

/// Population statistics of a run's kept networks.
struct PopulationReport: Sendable {
  /// Neurons, pooled over networks, that the slower statistics look at.
  private static let clusteredNeurons = 400
  private static let pairedNeurons = 150
  private static let mixtureNeurons = 1200
  /// Kept networks, and neurons of all of them, that are looked at.
  private static let mostNetworks = 200
  private static let mostNeurons = 400_000
  private static let mostClusters = 8
  /// Contexts up to which all patterns are counted.
  private static let mostPatternContexts = 6

  /// Accuracy of networks whose neurons were redrawn from a mixture.
  struct Resampled: Sendable {
    let components: Int
    let bic: Double
    let accuracy: Estimate
  }

  let networks: Int
  /// Against the law's weights; nil if there is no closed form.
  let occupancy: PatternOccupancy?
  /// Whether neurons are independent, so that the occupancy's intervals hold.
  let isIndependent: Bool
  let clusters: ClusterCount?
  let pairs: [(variant: String, test: EllipticalPairs)]
  let mixtures: [Resampled]
  /// Contexts, and the shares of neurons that vary in the first only, in the second only, in both; nil for one context.
  let taskVariance: [(contexts: (Int, Int), first: Double, second: Double, both: Double)]
  /// Right choices on Mante-like stimuli, over networks.
  let accuracy: (all: Estimate?, congruent: Estimate?, incongruent: Estimate?)
  /// What could not be computed, and why.
  let notes: [String]

  /// nil for deep networks, whose neurons are in several layers; for runs that kept no network; and for networks of more than
  /// 400,000 neurons, which would not fit beside the rest.
  ///
  /// - Throws: ``StorageError``, ``GSLError``.
  init?(_ run: LoadedRun) throws {
    let width = run.experiment.hiddenNeurons
    guard width <= Self.mostNeurons, try run.keptNetworks() > 0,
      let neurons = try HiddenNeurons(run, atMost: min(Self.mostNetworks, max(1, Self.mostNeurons / width)))
    else { return nil }
    let experiment = run.experiment
    let task = try experiment.learningTask()
    var stream = try RandomStream(
      StreamKey(seed: experiment.evaluation.seed, chain: 1, purpose: .evaluation),
      generator: experiment.sampler.generator)
    var notes: [String] = []
    networks = neurons.clouds.count
    isIndependent = experiment.ensemble == .product
    occupancy = try Self.occupancy(run)
    let gains = try NeuronCloud(networks: neurons.gains).points.thinned(to: Self.clusteredNeurons)
    let most = task.contexts < 3 ? 1 << task.contexts + 2 : Self.mostClusters
    do {
      clusters = try ClusterCount(gains, maximum: min(most, gains.rows), references: 20, starts: 5, using: &stream)
    } catch let error as StatisticsError {
      clusters = nil
      notes.append("clusters of gains: \(error)")
    }
    let weights = try NeuronCloud(networks: neurons.weights).points
    let sample = weights.thinned(to: Self.pairedNeurons)
    var tests: [(variant: String, test: EllipticalPairs)] = []
    for (name, variant) in [("A", EllipticalPairs.Variant.whitened), ("B", .elliptical)] {
      do {
        tests.append((name, try EllipticalPairs(sample, variant: variant, using: &stream)))
      } catch let error as StatisticsError {
        notes.append("ePAIRS \(name): \(error)")
      }
    }
    pairs = tests
    let stimuli = try Self.stimuli(experiment)
    var mixtures: [Resampled] = []
    let cloud = try NeuronCloud(networks: neurons.clouds).points.thinned(to: Self.mixtureNeurons)
    for components in 1...min(1 << min(task.contexts, 3), Self.mostClusters) {
      do {
        let mixture = try GaussianMixture(cloud, components: components, starts: 3, using: &stream)
        let scores = try (0..<20).map { _ in
          let redrawn = mixture.redraw(using: &stream)
          return try ContextChoices(outputs: neurons.outputs(redrawn, stimuli), stimuli: stimuli, task: task).accuracy
            ?? .nan
        }
        mixtures.append(Resampled(components: components, bic: mixture.bic, accuracy: Self.mean(scores)))
      } catch let error as StatisticsError {
        notes.append("a mixture of \(components): \(error)")
      }
    }
    self.mixtures = mixtures
    taskVariance = try Self.taskVariance(neurons, stimuli.thinned(to: 216), task)
    let choices = try neurons.clouds.map {
      try ContextChoices(outputs: neurons.outputs($0, stimuli), stimuli: stimuli, task: task)
    }
    func mean(_ value: (ContextChoices) -> Double?) -> Estimate? {
      let values = choices.compactMap(value)
      return values.isEmpty ? nil : Self.mean(values)
    }
    accuracy = (mean(\.accuracy), mean(\.congruentAccuracy), mean(\.incongruentAccuracy))
    self.notes = notes
  }

  private static func mean(_ values: [Double]) -> Estimate {
    let moments = RunningMoments(values)
    guard values.count > 1 else { return Estimate(value: moments.mean, standardError: nil) }
    let count = Double(values.count)
    return Estimate(value: moments.mean, standardError: (moments.squaredDeviations / (count - 1) / count).squareRoot())
  }

  /// All combinations of coherences, or held-out stimuli where these are too many.
  private static func stimuli(_ experiment: Experiment) throws -> Matrix {
    experiment.task.features <= 4
      ? try ManteStimuli.all(features: experiment.task.features) : try experiment.heldOutStimuli()
  }

  private static func occupancy(_ run: LoadedRun) throws -> PatternOccupancy? {
    guard let ensemble = run.ensemble as? GainModulatedLinearEnsemble, ensemble.task.contexts <= mostPatternContexts,
      case .independent = ensemble.gains,
      let chunks = try run.neuronChunks(atMost: min(mostNetworks, max(1, mostNeurons / ensemble.neurons)))
    else { return nil }
    return try PatternOccupancy(of: chunks, law: NeuronLaw(try ensemble.solve()))
  }

  /// The fractional task variance (Yang et al. 2019) of every pair of contexts up to four contexts, otherwise of the first two.
  private static func taskVariance(
    _ neurons: HiddenNeurons, _ stimuli: Matrix, _ task: LearningTask
  ) throws -> [(contexts: (Int, Int), first: Double, second: Double, both: Double)] {
    guard task.contexts >= 2 else { return [] }
    let last = task.contexts <= 4 ? task.contexts : 2
    let cloud = try NeuronCloud(networks: neurons.clouds).points.thinned(to: mixtureNeurons)
    let activities = (0..<last).map { neurons.activities(cloud, stimuli, $0) }
    return try (0..<last).flatMap { a in
      try (a + 1..<last).map { b in
        let fractions = try FractionalTaskVariance.perNeuron(activities[a], activities[b]).compactMap { $0 }
        let scale = 1 / Double(max(1, fractions.count))
        let first = scale * Double(fractions.count { $0 > 0.5 })
        let second = scale * Double(fractions.count { $0 < -0.5 })
        return ((a, b), first, second, scale * Double(fractions.count) - first - second)
      }
    }
  }

  private static func pattern(_ index: Int, of count: Int) -> String {
    let digits = String(index, radix: 2)
    return String(repeating: "0", count: max(0, (count - 1).nonzeroBitCount - digits.count)) + digits
  }

  var json: JSONValue {
    [
      "networks": .integer(networks),
      "occupancy": occupancy.map { occupancy in
        [
          "level": .number(occupancy.level), "neurons": .integer(occupancy.neurons),
          "independentNeurons": .bool(isIndependent), "consistent": .bool(occupancy.isConsistent),
          "patterns": .array(
            occupancy.entries.enumerated().map { index, entry in
              [
                "pattern": .string(Self.pattern(index, of: occupancy.entries.count)), "count": .integer(entry.count),
                "share": .number(entry.share), "low": .number(entry.interval.lowerBound),
                "high": .number(entry.interval.upperBound), "expected": .number(entry.expected),
              ]
            }),
        ]
      } ?? .null,
      "clusters": clusters.map { clusters in
        [
          "byGap": .integer(clusters.byGap), "bySilhouette": clusters.bySilhouette.map { .integer($0) } ?? .null,
          "candidates": .array(
            clusters.candidates.map {
              [
                "clusters": .integer($0.clusters), "gap": .number($0.gap), "gapError": .number($0.gapError),
                "silhouette": .number($0.silhouette),
              ]
            }),
        ]
      } ?? .null,
      "ePAIRS": .object(
        pairs.map { ($0.variant, ["effect": .number($0.test.effect), "pValue": .number($0.test.pValue)]) }),
      "mixtures": .array(
        mixtures.map {
          ["components": .integer($0.components), "bic": .number($0.bic), "accuracy": .estimate($0.accuracy)]
        }),
      "taskVariance": .array(
        taskVariance.map {
          [
            "contexts": .integers([$0.contexts.0, $0.contexts.1]), "first": .number($0.first),
            "second": .number($0.second),
            "both": .number($0.both),
          ]
        }),
      "accuracy": [
        "all": .estimate(accuracy.all), "congruent": .estimate(accuracy.congruent),
        "incongruent": .estimate(accuracy.incongruent),
      ],
      "notes": .array(notes.map { .string($0) }),
    ]
  }

  func text(_ style: TextStyle) -> String {
    func short(_ value: Double) -> String { NumberText.significant(value, digits: 3) }
    var text = "\nPopulations in \(networks) kept networks\n\n"
    if let occupancy {
      var table = TextTable([("gain pattern", .left), ("share", .right), ("95 % interval", .right), ("theory", .right)])
      for (index, entry) in occupancy.entries.enumerated() {
        table.add([
          .init(Self.pattern(index, of: occupancy.entries.count)), .init(String(format: "%.4f", entry.share)),
          .init(String(format: "%.4f to %.4f", entry.interval.lowerBound, entry.interval.upperBound)),
          .init(String(format: "%.4f", entry.expected)),
        ])
      }
      text += table.text(style)
      text +=
        isIndependent
        ? "All intervals together hold with 95 %; theory is \(occupancy.isConsistent ? "in all of them" : style.bad("not in all of them")).\n\n"
        : "Intervals as of independent neurons, theory as N grows: neurons of a network drawn whole are neither.\n\n"
    }
    var table = TextTable([("", .left), ("", .left)])
    if let clusters {
      let best = clusters.bySilhouette.map { best in
        "; by silhouette \(best) (\(short(clusters.candidates[best - 1].silhouette ?? .nan)))"
      }
      table.add(["clusters of gain vectors", .init("by gap \(clusters.byGap)\(best ?? "")")])
    }
    for pair in pairs {
      table.add([
        .init("ePAIRS, variant \(pair.variant)"),
        .init("effect \(short(pair.test.effect)), p \(short(pair.test.pValue))"),
      ])
    }
    for mixture in mixtures {
      table.add([
        .init("accuracy, redrawn from \(mixture.components) Gaussian\(mixture.components == 1 ? "" : "s")"),
        .init(NumberText.estimate(mixture.accuracy)),
      ])
    }
    for entry in taskVariance {
      table.add([
        .init("task variance, contexts \(entry.contexts.0) and \(entry.contexts.1)"),
        .init(
          "\(short(entry.first)) only in the first, \(short(entry.second)) only in the second, \(short(entry.both)) in both"
        ),
      ])
    }
    for (name, value) in [
      ("all ", accuracy.all), ("congruent ", accuracy.congruent), ("incongruent ", accuracy.incongruent),
    ] {
      guard let value else { continue }
      table.add([.init("accuracy, \(name)stimuli"), .init(NumberText.estimate(value))])
    }
    text += table.text(style)
    for note in notes { text += "not computed: \(note)\n" }
    return text
  }
}
