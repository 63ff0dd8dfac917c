// Populations among a run's kept networks: which there are, whether they are found without being assumed, and what they do.

import JSON
import Networks
import Sampling

/// Population statistics of a run's kept networks.
public struct PopulationReport: Sendable {
  /// Neurons, pooled over networks, that the slower statistics look at.
  private static let clusteredNeurons = 400
  private static let pairedNeurons = 150
  private static let mixtureNeurons = 1200
  /// Coordinates of a neuron up to which mixtures are fitted: a round takes as many times their square as there are neurons and components.
  private static let mostMixtureCoordinates = 24
  /// Neurons whose activities are in memory at a time.
  private static let varianceNeurons = 1000
  /// Kept networks, and neurons of all of them, that are looked at.
  private static let mostNetworks = 200
  private static let mostNeurons = 400_000
  private static let mostClusters = 18
  /// Different gain vectors up to which each can be a cluster: 2^K populations, K ≤ 6.
  private static let mostGainVectors = 64
  private static let mostComponents = 8
  /// Contexts up to which all patterns are counted.
  private static let mostPatternContexts = 6

  /// Accuracy of networks whose neurons were redrawn from a mixture.
  package struct Resampled: Sendable {
    package let components: Int
    let bic: Double
    package let accuracy: Estimate
  }

  package let networks: Int
  /// Against the law's weights; nil if there is no closed form.
  package let occupancy: PatternOccupancy?
  /// Whether neurons are independent, so that the occupancy's intervals hold.
  package let isIndependent: Bool
  package let clusters: ClusterCount?
  /// Different gain vectors among all neurons, where gains are given, or 0 and 1; nil for continuous ones.
  package let gainVectors: Int?
  package let pairs: [(variant: String, test: EllipticalPairs)]
  package let mixtures: [Resampled]
  /// Contexts, and the shares of neurons that vary in the first only, in the second only, in both; nil for one context.
  package let taskVariance: [(contexts: (Int, Int), first: Double, second: Double, both: Double)]
  /// Right choices on Mante-like stimuli, over networks.
  package let accuracy: (all: Estimate?, congruent: Estimate?, incongruent: Estimate?)
  /// How alike networks of different chains are; nil where there is one chain, or neurons are too many to be matched.
  package let overlap: ChainOverlap?
  /// What could not be computed, and why.
  package let notes: [String]

  /// nil for deep networks, whose neurons are in several layers; for runs that kept no network; and for networks of more than
  /// 400,000 neurons, which would not fit beside the rest.
  ///
  /// - Throws: `StorageError`, ``GSLError``.
  public init?(_ run: LoadedRun, threads: Int) throws {
    let width = run.experiment.hiddenNeurons
    let most = min(Self.mostNetworks, max(1, Self.mostNeurons / max(1, width)))
    guard width <= Self.mostNeurons, try run.keptNetworks() > 0, let neurons = try HiddenNeurons(run, atMost: most)
    else { return nil }
    let experiment = run.experiment
    let task = try experiment.judgedTask()
    var stream = try RandomStream(
      StreamKey(seed: experiment.evaluation.seed, chain: 1, purpose: .evaluation),
      generator: experiment.sampler.generator)
    var notes: [String] = []
    networks = neurons.clouds.count
    isIndependent = experiment.ensemble == .product
    occupancy = try Self.occupancy(run)
    let gains = try Self.gains(run, neurons, using: &stream)
    gainVectors = run.ensemble.hasDiscreteGains ? gains.counts.count : nil
    let areFew = gains.hasRepeats && gains.counts.count <= Self.mostGainVectors
    let vectors =
      areFew || gains.counts.count <= Self.clusteredNeurons
      ? gains : gains.sample(Self.clusteredNeurons, using: &stream)
    do {
      clusters = try ClusterCount(
        vectors, maximum: areFew ? Self.mostGainVectors : Self.mostClusters, references: 20, starts: 5,
        threads: threads, using: &stream)
    } catch let error as StatisticsError {
      clusters = nil
      notes.append("clusters of gains: \(error)")
    }
    let sample = neurons.selection(atMost: Self.pairedNeurons, using: &stream).rows(of: neurons.weights)
    var tests: [(variant: String, test: EllipticalPairs)] = []
    for (name, variant) in [("A", EllipticalPairs.Variant.whitened), ("B", .elliptical)] {
      do {
        tests.append((name, try EllipticalPairs(sample, variant: variant, threads: threads, using: &stream)))
      } catch let error as StatisticsError {
        notes.append("ePAIRS \(name): \(error)")
      }
    }
    pairs = tests
    let stimuli = try Self.stimuli(experiment)
    var mixtures: [Resampled] = []
    let cloud = neurons.selection(atMost: Self.mixtureNeurons, using: &stream).rows(of: neurons.clouds)
    let isFitted = cloud.columns <= Self.mostMixtureCoordinates
    if !isFitted {
      notes.append(
        "mixtures of populations: \(cloud.columns) coordinates per neuron are too many for covariances of their own; allowed: "
          + "\(Self.mostMixtureCoordinates)")
    }
    for components in 1...min(1 << min(task.contexts, 3), Self.mostComponents) where isFitted {
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
    taskVariance = try Self.taskVariance(neurons, stimuli.thinned(to: 216), task, threads: threads)
    let choices = try neurons.clouds.map {
      try ContextChoices(outputs: neurons.outputs($0, stimuli), stimuli: stimuli, task: task)
    }
    func mean(_ value: (ContextChoices) -> Double?) -> Estimate? {
      let values = choices.compactMap(value)
      return values.isEmpty ? nil : Self.mean(values)
    }
    overlap = try ChainOverlap(neurons, counts: run.keptCounts(atMost: most), threads: threads)
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
    // Nothing is known of the law of imported networks.
    guard !run.directory.isImported, let gains = run.experiment.closedFormGains, case .independent = gains,
      run.ensemble.task.contexts <= mostPatternContexts,
      let chunks = try run.neuronChunks(atMost: min(mostNetworks, max(1, mostNeurons / run.ensemble.neurons)))
    else { return nil }
    return try run.ensemble.neuronLaw().map { try PatternOccupancy(of: chunks, law: $0) }
  }

  /// The fractional task variance (Yang et al. 2019) of every pair of contexts up to four contexts, otherwise of the first two.
  private static func taskVariance(
    _ neurons: HiddenNeurons, _ stimuli: Matrix, _ task: LearningTask, threads: Int
  ) throws -> [(contexts: (Int, Int), first: Double, second: Double, both: Double)] {
    guard task.contexts >= 2 else { return [] }
    let last = task.contexts <= 4 ? task.contexts : 2
    let pairs = (0..<last).flatMap { a in (a + 1..<last).map { (a, $0) } }
    // All neurons of all networks, a few at a time: activities are [stimulus, neuron].
    let pieces = neurons.clouds.flatMap { cloud in
      stride(from: 0, to: cloud.rows, by: varianceNeurons).map { (cloud, $0..<min(cloud.rows, $0 + varianceNeurons)) }
    }
    let activities = neurons.activities
    let counts = try parallelMap(pieces.count, threads: threads) { index -> [[Int]] in
      let (cloud, rows) = pieces[index]
      let part = Matrix(
        rows: rows.count, columns: cloud.columns,
        elements: Array(cloud.elements[rows.lowerBound * cloud.columns..<rows.upperBound * cloud.columns]))
      let active = (0..<last).map { activities(part, stimuli, $0) }
      return try pairs.map { pair in
        let fractions = try FractionalTaskVariance.perNeuron(active[pair.0], active[pair.1]).compactMap { $0 }
        let (first, second) = (fractions.count { $0 > 0.5 }, fractions.count { $0 < -0.5 })
        return [first, second, fractions.count - first - second]
      }
    }
    return pairs.indices.map { pair in
      let sums = (0..<3).map { part in counts.reduce(0) { $0 + $1[pair][part] } }
      let scale = 1 / Double(max(1, sums.reduce(0, +)))
      return (pairs[pair], scale * Double(sums[0]), scale * Double(sums[1]), scale * Double(sums[2]))
    }
  }

  /// The gain vectors of all neurons, or of a sample where they are continuous. Given ones that neurons share are there once per
  /// neuron and draw, since every draw has them again.
  private static func gains(
    _ run: LoadedRun, _ neurons: HiddenNeurons, using stream: inout RandomStream
  ) throws -> DistinctPoints {
    if let given = neurons.given {
      let once = DistinctPoints(given)
      let areShared = given.elements.allSatisfy { $0 == 0 || $0 == 1 } || given.rows >= 2 * once.counts.count
      return areShared ? DistinctPoints(given, copies: max(2, run.draws.draws)) : once
    }
    guard run.ensemble.hasDiscreteGains else {
      return DistinctPoints(neurons.selection(atMost: clusteredNeurons, using: &stream).rows(of: neurons.gains))
    }
    return DistinctPoints(try NeuronCloud(networks: neurons.gains).points)
  }

  package static func pattern(_ index: Int, of count: Int) -> String {
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
          "gainVectors": gainVectors.map { .integer($0) } ?? .null, "atLimit": .bool(clusters.isAtLimit),
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
      "overlap": overlap?.json ?? .null,
      "notes": .array(notes.map { .string($0) }),
    ]
  }
}

extension Matrix {
  /// At most `count` rows, evenly spread.
  fileprivate func thinned(to count: Int) -> Matrix {
    guard rows > count else { return self }
    return Matrix((0..<count).map { row($0 * rows / count) })
  }
}
