// What drawn recurrent networks of rank one do in time: kernels, choices, leaks, and how many of them are unstable.

import JSON
import Networks
import Sampling

/// Evidence integrated by a run's networks, by the reduced dynamics that are exact at every number of neurons (THEORY section 12).
package struct IntegrationReport: Sendable {
  /// Mean and interval over networks; nil where no network has a number.
  package struct Spread: Sendable {
    package let mean: Double
    package let lower: Double
    package let upper: Double
  }

  /// One context.
  package struct Context: Sendable {
    package let context: Int
    /// λ_c.
    package let loopGain: NetworkStatistic
    /// The share of networks with λ_c ≥ 1.
    package let unstable: Double
    /// 1/(1−λ_c): quantiles over all networks, infinite where these are unstable.
    package let timeConstant: (median: Double, lower: Double, upper: Double)
    /// Σ_{s≠c} B_cs²/Σ_s B_cs²: how much of the drive comes from channels that the context should leave out.
    package let leak: NetworkStatistic?
    /// k(t) at the lags: median and interval over networks, unstable ones included.
    package let kernel: [(median: Double, lower: Double, upper: Double)]
    /// The share of positive choices by the coherence of the context's own channel, of the wanted network and of the drawn ones.
    package let wanted: [Double]
    package let relevant: [Spread]
    /// By the coherence of the next channel, which the context should leave out; nil for a single channel.
    package let irrelevant: [Spread]?
    /// The share of right choices. Its error is that over networks, which all decide the same trials.
    package let accuracy: NetworkStatistic
    /// The standard error of that share that so many trials leave, whatever the number of networks.
    package let trialError: Double
  }

  /// Networks of all chains that were run through the trials.
  package let networks: Int
  package let trials: Int
  package let duration: Double
  package let noise: Double
  /// The share of networks with some λ_c ≥ 1.
  package let unstable: Double
  package let lags: [Double]
  package let contexts: [Context]
  /// How many contexts there are; those beyond the eighth are not run.
  package let allContexts: Int

  package static let coherences = ManteStimuli.coherences
  private static let mostContexts = 8
  private static let mostNetworks = 400
  private static let mostTrials = 1000
  /// Products of inputs, weights and networks in all.
  private static let mostWork = 4e9
  private static let lagCount = 20
  private static let tails = [0.05, 0.95]

  /// The report of a run; nil for other tasks.
  ///
  /// - Throws: ``StorageError``.
  package init?(_ run: LoadedRun, threads: Int) throws {
    guard let task = run.experiment.task.task as? EvidenceIntegrationTask else { return nil }
    let (all, channels) = (task.contexts, task.contexts)
    let shown = min(all, Self.mostContexts)
    let experiment = run.experiment
    var stream = try RandomStream(
      StreamKey(seed: experiment.evaluation.seed, chain: 2, purpose: .evaluation),
      generator: experiment.sampler.generator)
    let trials = EvidenceTrials(
      max(60, min(Self.mostTrials, experiment.evaluation.count, 4_000_000 / (60 * channels))), channels: channels,
      wantedGain: task.loop, using: &stream)
    let perNetwork = Double(shown) * Double(trials.count) * Double(channels) * 60
    let most = max(run.draws.chains, min(Self.mostNetworks, Int(Self.mostWork / perNetwork)))
    let selection = EvenSelection(of: run.draws.drawsPerChain, atMost: max(1, most / run.draws.chains))
    networks = run.draws.chains * selection.count
    self.trials = trials.count
    duration = trials.duration
    noise = trials.noise
    allContexts = all
    let lags = (1...Self.lagCount).map { trials.duration * Double($0) / Double(Self.lagCount) }
    self.lags = lags
    var anyUnstable = [Bool](repeating: false, count: run.draws.draws)
    var place = 0
    try run.draws.forEachBlock(of: (0..<all).map { "readout[\($0),0]" }) { _, block in
      for draw in block[0].indices {
        if block.contains(where: { $0[draw] >= 1 }) { anyUnstable[place] = true }
        place += 1
      }
    }
    unstable = Double(anyUnstable.count { $0 }) / Double(anyUnstable.count)
    contexts = try (0..<shown).map { c in
      try Self.context(c, run, task, trials, selection, lags, threads: threads)
    }
  }

  private static func context(
    _ c: Int, _ run: LoadedRun, _ task: EvidenceIntegrationTask, _ trials: EvidenceTrials, _ selection: EvenSelection,
    _ lags: [Double], threads: Int
  ) throws -> Context {
    let chains = run.draws.chains
    var gains = [[Double]](repeating: [], count: chains)
    var leaks = gains
    var chosen = [[EvidenceTrials.Network]](repeating: [], count: chains)
    var seen = [Int](repeating: 0, count: chains)
    let names = (0...task.contexts).map { "readout[\(c),\($0)]" }
    try run.draws.forEachBlock(of: names) { chain, block in
      for draw in block[0].indices {
        gains[chain].append(block[0][draw])
        var (own, whole) = (0.0, 0.0)
        for s in 0..<task.contexts {
          let square = block[1 + s][draw] * block[1 + s][draw]
          whole += square
          if s == c { own = square }
        }
        leaks[chain].append(whole > 0 ? (whole - own) / whole : 0)
        if selection.place(of: seen[chain]) != nil {
          chosen[chain].append(
            EvidenceTrials.Network(gain: block[0][draw], drives: (0..<task.contexts).map { block[1 + $0][draw] }))
        }
        seen[chain] += 1
      }
    }
    let networks = Array(chosen.joined())
    let other = task.contexts > 1 ? (c + 1) % task.contexts : nil
    let results = parallelMap(networks.count, threads: threads) {
      index -> (own: [Double], other: [Double], right: [Double]) in
      let decisions = trials.decisions(of: networks[index])
      return (
        trials.shares(of: decisions, byCoherenceOf: c),
        other.map { trials.shares(of: decisions, byCoherenceOf: $0) } ?? [],
        decisions.indices.map { trial in
          let wanted = task.drive * trials.coherences[trial * trials.channels + c]
          return decisions[trial] * wanted > 0 ? 1 : decisions[trial] * wanted == 0 ? 0.5 : 0
        }
      )
    }
    var rightByTrial = RunningMoments()
    for trial in 0..<trials.count {
      rightByTrial.add(results.reduce(0) { $0 + $1.right[trial] } / Double(results.count))
    }
    func spread(_ values: [[Double]]) -> [Spread] {
      coherences.indices.map { k in
        let column = values.map { $0[k] }
        let ends = Diagnostics.quantiles([column], at: tails)
        return Spread(mean: RunningMoments(column).mean, lower: ends[0], upper: ends[1])
      }
    }
    var drives = [Double](repeating: 0, count: task.contexts)
    drives[c] = task.drive
    let ideal = trials.decisions(of: EvidenceTrials.Network(gain: task.loop, drives: drives))
    let kernels = lags.map { lag in
      let values = Diagnostics.quantiles(
        [networks.map { IntegrationKernel(gain: $0.gain)(lag) }], at: [0.5] + tails)
      return (median: values[0], lower: values[1], upper: values[2])
    }
    // Times grow with λ up to the pole: quantiles of λ are those of times.
    let quantiles = Diagnostics.quantiles(gains, at: [0.5] + tails)
    let times = quantiles.map { $0 < 1 ? 1 / (1 - $0) : .infinity }
    let count = gains.reduce(0) { $0 + $1.count }
    let per = selection.count
    return Context(
      context: c, loopGain: NetworkStatistic(gains),
      unstable: Double(gains.joined().count { $0 >= 1 }) / Double(count),
      timeConstant: (times[0], times[1], times[2]), leak: task.contexts > 1 ? NetworkStatistic(leaks) : nil,
      kernel: kernels, wanted: trials.shares(of: ideal, byCoherenceOf: c), relevant: spread(results.map(\.own)),
      irrelevant: other == nil ? nil : spread(results.map(\.other)),
      accuracy: NetworkStatistic(
        (0..<chains).map { chain in
          (0..<per).map { results[chain * per + $0].right.reduce(0, +) / Double(trials.count) }
        }), trialError: rightByTrial.standardDeviation / Double(trials.count).squareRoot())
  }

  package var json: JSONValue {
    func statistic(_ value: NetworkStatistic) -> JSONValue {
      ["mean": .number(value.mean), "sd": .number(value.sd), "standardError": .number(value.standardError)]
    }
    func time(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }
    func points(_ spreads: [Spread]) -> JSONValue {
      .array(
        zip(Self.coherences, spreads).map {
          [
            "coherence": .number($0), "positive": .number($1.mean), "lower": .number($1.lower),
            "upper": .number($1.upper),
          ]
        })
    }
    return [
      "networks": .integer(networks), "trials": .integer(trials), "duration": .number(duration),
      "noise": .number(noise), "unstableShare": .number(unstable),
      "contexts": .array(
        contexts.map { context in
          [
            "context": .integer(context.context), "loopGain": statistic(context.loopGain),
            "unstableShare": .number(context.unstable),
            "timeConstant": [
              "median": time(context.timeConstant.median), "lower": time(context.timeConstant.lower),
              "upper": time(context.timeConstant.upper),
            ],
            "leak": context.leak.map(statistic) ?? .null, "accuracy": statistic(context.accuracy),
            "trialError": .number(context.trialError),
            "kernel": .array(
              zip(lags, context.kernel).map {
                [
                  "lag": .number($0), "median": .number($1.median), "lower": .number($1.lower),
                  "upper": .number($1.upper),
                ]
              }),
            "wanted": .numbers(context.wanted), "relevant": points(context.relevant),
            "irrelevant": context.irrelevant.map(points) ?? .null,
          ]
        }),
    ]
  }
}
