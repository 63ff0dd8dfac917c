// What a run's recurrent networks do on trials, and what they look like.

import JSON
import Networks
import Sampling
import Storage

/// The kept recurrent networks of a run on held-out trials.
package struct TrialReport: Sendable {
  /// How many networks were run through trials.
  package let networks: Int
  package let trials: Int
  /// How many contexts the task has.
  package let allContexts: Int
  /// Whether trials were drawn for this, and bound no network.
  package let areHeldOut: Bool
  package let loss, meanSquaredError: NetworkStatistic
  /// The share of right choices; nil where trials ask for none.
  package let accuracy: NetworkStatistic?
  /// Context by context, as far as they have trials.
  package let contexts: [(context: Int, accuracy: NetworkStatistic?, meanSquaredError: NetworkStatistic)]
  /// The root mean squared error step by step, over trials and networks; nil where nothing is wanted.
  package let errorInTime: [Double?]
  package let effectiveRank, trajectoryDimension: NetworkStatistic
  /// The share of neurons with each gain pattern; nil where there are no such patterns.
  package let populations: [(pattern: String, share: NetworkStatistic)]?
  /// Means over pairs of networks of different chains, or of one chain's first and second half; nil for a single network.
  package let overlap: RecurrentOverlaps?
  /// Why networks are so large that they are not matched; nil where they are.
  package let overlapLeftOut: String?

  /// The report of a run; nil for other models. O(networks · trials · steps · neurons²).
  ///
  /// - Parameter show: shows how it gets on; what it returns ends the show.
  /// - Throws: an error of kind `input` if no networks were kept; ``StorageError``.
  package init?(
    _ run: LoadedRun, threads: Int, show: ((PartsProgress) -> @Sendable () -> Void)? = nil
  ) throws {
    guard let ensemble = run.ensemble as? RecurrentEnsemble else { return nil }
    let reader = RunReader(run.directory)
    var positions: [[[Double]]] = []
    for chain in reader.chains {
      var list: [[Double]] = []
      try reader.forEachNetwork(ofChain: chain) { list.append(try $0.position()) }
      positions.append(list)
    }
    guard let fewest = positions.map(\.count).min(), fewest > 0 else { throw EvaluationError.noNetworks }
    try self.init(positions.map { Array($0.prefix(fewest)) }, ensemble, run.experiment, threads: threads, show: show)
  }

  /// The same of networks [chain][network], as many of each chain.
  ///
  /// - Parameter mostMatched: larger networks are not matched; all else is said of them.
  /// - Throws: what keeps the trials from being made.
  init(
    _ positions: [[[Double]]], _ ensemble: RecurrentEnsemble, _ experiment: Experiment, threads: Int,
    mostMatched: Int = NeuronMatching.maximumNeurons, show: ((PartsProgress) -> @Sendable () -> Void)? = nil
  ) throws {
    guard let task = try experiment.trialTask() else { preconditionFailure("recurrent networks have trials") }
    let batch = task.heldOut ?? task.training
    let density = ensemble.density()
    let flat = Array(positions.joined())
    let perChain = positions[0].count
    let names = flat.indices.map { "network \($0)" }
    let progress = PartsProgress(Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }), done: [], noun: "networks")
    let endShow = show?(progress)
    defer { endShow?() }
    let judged = parallelMap(flat.count, threads: threads) { index in
      progress.begin(names[index])
      defer { progress.end(names[index], isDone: true) }
      return RecurrentFigures(density, at: flat[index], trials: batch)
    }
    func statistic(_ value: (RecurrentFigures) -> Double) -> NetworkStatistic {
      NetworkStatistic(
        positions.indices.map { chain in (0..<perChain).map { value(judged[chain * perChain + $0]) } })
    }
    networks = flat.count
    trials = batch.trials
    allContexts = batch.contexts
    areHeldOut = task.heldOut != nil
    let first = judged[0]
    loss = statistic(\.performance.loss)
    meanSquaredError = statistic(\.performance.all.meanSquaredError)
    accuracy = first.performance.all.accuracy == nil ? nil : statistic { $0.performance.all.accuracy ?? .nan }
    var contexts: [(context: Int, accuracy: NetworkStatistic?, meanSquaredError: NetworkStatistic)] = []
    for (context, figures) in first.performance.contexts.enumerated() {
      guard let figures else { continue }
      contexts.append(
        (
          context, figures.accuracy == nil ? nil : statistic { $0.performance.contexts[context]?.accuracy ?? .nan },
          statistic { $0.performance.contexts[context]?.meanSquaredError ?? .nan }
        ))
    }
    self.contexts = contexts
    errorInTime = TrialPerformance.mean(of: judged.map(\.performance)).all.errorInTime
    effectiveRank = statistic(\.effectiveRank)
    trajectoryDimension = statistic(\.trajectoryDimension)
    populations = first.populations.map { shares in
      shares.indices.map { index in
        (
          GainPattern(index: index, contexts: batch.contexts).bits.map(String.init).joined(),
          statistic { $0.populations?[index] ?? .nan }
        )
      }
    }
    overlapLeftOut = RecurrentOverlaps.leftOut(neurons: density.architecture.neurons, most: mostMatched)
    overlap = try overlapLeftOut == nil ? RecurrentOverlaps(Self.pairs(positions), of: density) : nil
  }

  /// Networks of neighbouring chains, or of a single chain's halves.
  private static func pairs(_ positions: [[[Double]]]) -> [([Double], [Double])] {
    let count = positions[0].count
    guard positions.count > 1 else {
      return (0..<min(count / 2, RecurrentOverlaps.mostPairs)).map { (positions[0][$0], positions[0][count / 2 + $0]) }
    }
    return (0..<min(count, RecurrentOverlaps.mostPairs)).map { k in
      (positions[k % positions.count][k], positions[(k + 1) % positions.count][k])
    }
  }

  /// The figures that networks of all kinds have.
  package var performance: TaskPerformance {
    TaskPerformance(loss: loss, meanSquaredError: meanSquaredError, accuracy: accuracy)
  }

  /// In words, where the networks were judged.
  package var words: String { areHeldOut ? "held-out trials" : "the task's own trials" }

  package var json: JSONValue {
    func statistic(_ value: NetworkStatistic?) -> JSONValue {
      value.map { ["mean": .number($0.mean), "sd": .number($0.sd), "standardError": .number($0.standardError)] }
        ?? .null
    }
    var shares: JSONValue = .null
    if let populations {
      shares = .array(populations.map { ["pattern": .string($0.pattern), "share": statistic($0.share)] })
    }
    return [
      "networks": .integer(networks), "trials": .integer(trials),
      "trialsFrom": .string(areHeldOut ? "heldOut" : "task"), "loss": statistic(loss),
      "meanSquaredError": statistic(meanSquaredError), "accuracy": statistic(accuracy),
      "contexts": .array(
        contexts.map {
          [
            "context": .integer($0.context), "accuracy": statistic($0.accuracy),
            "meanSquaredError": statistic($0.meanSquaredError),
          ]
        }), "errorInTime": .array(errorInTime.map { .number($0) }), "effectiveRank": statistic(effectiveRank),
      "trajectoryDimension": statistic(trajectoryDimension), "populations": shares, "overlap": overlap?.json ?? .null,
      "overlapLeftOut": overlapLeftOut.map { .string($0) } ?? .null,
    ]
  }
}
