// Recurrent networks of one origin: what they do on trials, what they look like, and what is kept of that.

import JSON
import Networks
import Numerics
import Sampling

/// Recurrent networks to compare.
struct RecurrentSet {
  let architecture: RecurrentArchitecture
  /// Their neurons as points (w, I, B).
  let clouds: [Matrix]
  let trials: TrialReport
  private let density: RecurrentDensity
  private let positions: [[Double]]
  /// Of J/√N of each network; NaN where the iteration does not converge.
  private let spectralRadii: [Double]

  /// - Throws: what keeps the trials from being made; `StatisticsError` for too many neurons.
  init(_ positions: [[Double]], _ ensemble: RecurrentEnsemble, _ experiment: Experiment, threads: Int) throws {
    let density = ensemble.density()
    architecture = ensemble.architecture
    self.density = density
    self.positions = positions
    clouds = positions.map { density.neuronCloud(at: $0) }
    trials = try TrialReport([positions], ensemble, experiment, threads: threads)
    spectralRadii = parallelMap(positions.count, threads: threads) { index in
      density.recurrentEigenvalues(at: positions[index]).map { hypot($0.real, $0.imaginary) }.max() ?? .nan
    }
  }

  /// How alike these networks and others are. Network i is put beside number i + 1 of the others: with its own number trained networks
  /// have a common start.
  ///
  /// - Throws: `StatisticsError` for too many neurons.
  func overlaps(with others: RecurrentSet) throws -> RecurrentOverlaps? {
    let count = min(positions.count, others.positions.count, RecurrentOverlaps.mostPairs)
    return try RecurrentOverlaps(
      (0..<count).map { (positions[$0], others.positions[($0 + 1) % others.positions.count]) }, of: density)
  }

  var figures: ComparedSet.Recurrent {
    func statistic(_ value: NetworkStatistic) -> Estimate? {
      guard value.mean.isFinite else { return nil }
      return Estimate(value: value.mean, standardError: value.standardError.isFinite ? value.standardError : nil)
    }
    let blocks = density.layout.blocks
    func meanSquare(_ block: Int, over count: Int) -> Double {
      positions.reduce(0) { $0 + $1[blocks[block].range].reduce(0) { $0 + $1 * $1 } } / Double(count * positions.count)
    }
    return ComparedSet.Recurrent(
      trials: trials.trials, areHeldOut: trials.areHeldOut,
      contexts: trials.contexts.map {
        ComparedSet.Recurrent.Context(
          context: $0.context, accuracy: $0.accuracy.flatMap(statistic),
          meanSquaredError: statistic($0.meanSquaredError))
      },
      recurrentSecondMoment: meanSquare(1, over: blocks[1].count),
      contextSecondMoment: meanSquare(3, over: architecture.neurons),
      effectiveRank: statistic(trials.effectiveRank), spectralRadius: statistic(NetworkStatistic([spectralRadii])),
      trajectoryDimension: statistic(trials.trajectoryDimension),
      patternShare: (trials.populations ?? []).compactMap { statistic($0.share) }, overlap: trials.overlap)
  }
}

extension ComparedSet {
  /// What recurrent networks have besides.
  package struct Recurrent: Sendable {
    /// What they do on the trials of one context.
    package struct Context: Sendable {
      package let context: Int
      /// The share of right choices; nil where trials ask for none.
      package let accuracy: Estimate?
      package let meanSquaredError: Estimate?

      var json: JSONValue {
        [
          "context": .integer(context), "accuracy": .estimate(accuracy),
          "meanSquaredError": .estimate(meanSquaredError),
        ]
      }
    }

    /// Trials on which loss and accuracy were found.
    let trials: Int
    let areHeldOut: Bool
    /// Context by context, as far as they have trials.
    package let contexts: [Context]
    /// Mean J², and the mean of |B_i|² over neurons.
    package let recurrentSecondMoment, contextSecondMoment: Double
    package let effectiveRank, spectralRadius, trajectoryDimension: Estimate?
    /// The share of neurons with each gain pattern, ascending; empty where there are no such patterns.
    package let patternShare: [Estimate]
    /// Of pairs within the set; nil for a single network.
    package let overlap: RecurrentOverlaps?

    /// Where the networks were judged, in words.
    package var words: String {
      "\(trials) \(areHeldOut ? "held-out trials" : "trials of the task, which has no others")"
    }

    var members: [(String, JSONValue)] {
      [
        ("trials", .integer(trials)), ("trialsFrom", .string(areHeldOut ? "heldOut" : "task")),
        ("contexts", .array(contexts.map(\.json))), ("recurrentSecondMoment", .number(recurrentSecondMoment)),
        ("contextSecondMoment", .number(contextSecondMoment)), ("effectiveRank", .estimate(effectiveRank)),
        ("spectralRadius", .estimate(spectralRadius)), ("trajectoryDimension", .estimate(trajectoryDimension)),
        ("patternShare", .array(patternShare.map { .estimate($0) })), ("overlap", overlap?.json ?? .null),
      ]
    }
  }
}

extension ComparedSet {
  /// All figures of recurrent networks, as tables have them; none of other networks.
  var recurrentFigures: [(name: String, value: Estimate?)] {
    guard let recurrent else { return [] }
    func plain(_ value: Double?) -> Estimate? { value.map { Estimate(value: $0, standardError: nil) } }
    let overlap = recurrent.overlap
    return [
      ("loss", loss), ("accuracy", signAccuracy), ("output_second_moment", plain(outputSecondMoment)),
      ("recurrent_second_moment", plain(recurrent.recurrentSecondMoment)),
      ("input_second_moment", plain(inputSecondMoment)),
      ("context_second_moment", plain(recurrent.contextSecondMoment)), ("effective_rank", recurrent.effectiveRank),
      ("spectral_radius", recurrent.spectralRadius), ("trajectory_dimension", recurrent.trajectoryDimension),
      ("overlap", plain(overlap?.outer)), ("unmatched_overlap", plain(overlap?.unmatchedOuter)),
      ("recurrent_overlap", plain(overlap?.recurrent)),
      ("unmatched_recurrent_overlap", plain(overlap?.unmatchedRecurrent)),
    ] + recurrent.patterns.map { ("pattern_share_\($0.pattern)", $0.share) }
      + recurrent.contexts.flatMap {
        [
          ("accuracy_context_\($0.context)", $0.accuracy),
          ("mean_squared_error_context_\($0.context)", $0.meanSquaredError),
        ]
      }
  }
}

extension ComparedSet.Recurrent {
  /// The shares by the patterns' digits, that of context 0 leading.
  package var patterns: [(pattern: String, share: Estimate)] {
    // 2^K shares.
    let contexts = patternShare.count.trailingZeroBitCount
    return patternShare.enumerated().map { index, share in
      (GainPattern(index: index, contexts: contexts).bits.map(String.init).joined(), share)
    }
  }

  /// Reads what ``members`` wrote.
  init(_ part: StudyPart) throws {
    trials = try part.integer("trials")
    areHeldOut = try part.text("trialsFrom") == "heldOut"
    // The first studies of recurrent networks did not keep them.
    contexts = try part.has("contexts") ? part.list("contexts").map { try Context($0) } : []
    recurrentSecondMoment = try part.numberOrNaN("recurrentSecondMoment")
    contextSecondMoment = try part.numberOrNaN("contextSecondMoment")
    effectiveRank = try part.estimate("effectiveRank")
    spectralRadius = try part.estimate("spectralRadius")
    trajectoryDimension = try part.estimate("trajectoryDimension")
    patternShare = try part.list("patternShare").map { try $0.estimate() }
    overlap = try part.part("overlap").map { try RecurrentOverlaps($0) }
  }
}

extension ComparedSet.Recurrent.Context {
  /// Reads what ``json`` wrote.
  fileprivate init(_ part: StudyPart) throws {
    context = try part.integer("context")
    accuracy = try part.estimate("accuracy")
    meanSquaredError = try part.estimate("meanSquaredError")
  }
}

extension RecurrentOverlaps {
  /// Reads what ``json`` wrote.
  init(_ part: StudyPart) throws {
    self.init(
      pairs: try part.integer("pairs"), outer: try part.numberOrNaN("outer"),
      unmatchedOuter: try part.numberOrNaN("unmatchedOuter"), recurrent: try part.numberOrNaN("recurrent"),
      unmatchedRecurrent: try part.numberOrNaN("unmatchedRecurrent"))
  }
}
