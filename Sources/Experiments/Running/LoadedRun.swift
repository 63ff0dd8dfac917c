// A run read back from disk, as reports need it.

import JSON
import Networks
import Sampling
import Storage

/// A run's experiment and its draws so far.
public struct LoadedRun: Sendable {
  package let directory: RunDirectory
  /// What was asked, every default written out.
  public let experiment: Experiment
  /// The ensemble that the networks are drawn from.
  public let ensemble: any SampledEnsemble
  /// The recorded scalars, [chain][draw], and streaming statistics; warm-up excluded.
  public let draws: RunDraws
  package let sampler: SamplerSummary
  /// What the kernels reported after warm-up, by chain.
  let kernels: [ChainStatistics]
  /// Wall-clock seconds of all sessions, warm-up included; nil if one has left no note of its end (killed, or going on).
  public let samplingSeconds: Double?
  /// That the run is being written, was stopped or was killed, and how to go on with it; nil for a finished one.
  public let unfinished: String?
  /// Evaluations of the log density, with or without gradient, after warm-up in all chains; nil for exact draws.
  let evaluations: Int?

  /// What made the draws.
  package struct SamplerSummary: Sendable, Equatable {
    package let kind: String
    package let reason: String
    package let isBiased: Bool
  }

  /// Reads a run; chains of unequal length (a run that goes on) are cut to the shortest.
  ///
  /// Every segment is verified here; scalars are read when they are asked for.
  ///
  /// - Parameters:
  ///   - firstDraws: look only at so many draws of every chain; nil for all.
  ///   - ensemble: the run's, where this process has made it already.
  /// - Throws: `StorageError` or ``SpecError``, also for a run without draws.
  public init(path: String, firstDraws: Int? = nil, ensemble: (any SampledEnsemble)? = nil) throws {
    try self.init(RunDirectory.open(path), path: path, firstDraws: firstDraws, ensemble: ensemble)
  }

  /// Reads a run that is open.
  ///
  /// - Parameter path: as the user named it.
  init(
    _ directory: RunDirectory, path: String, firstDraws: Int? = nil, ensemble: (any SampledEnsemble)? = nil
  ) throws {
    self.directory = directory
    experiment = try Experiment.read(path: directory.file("experiment.json"), functions: .unknown)
    self.ensemble = try ensemble ?? experiment.networkEnsemble(try ModelSolution(of: directory))
    let reader = RunReader(directory)
    let counts = try reader.drawCounts()
    let shortest = min(counts.min() ?? 0, firstDraws ?? .max)
    guard shortest > 0, let schema = try reader.schema() else {
      throw RunWithoutDraws(
        description: "no draws yet in some chain: \(try directory.unfinished(path) ?? path)")
    }
    // Warm-up is not looked at, but a run that has been tampered with is not reported on.
    if firstDraws == nil { for chain in reader.chains { try reader.forEachSegment(ofChain: chain, .warmup) { _ in } } }
    let choice = try SamplerChoice(of: directory)
    draws = RunDraws(
      reader, schema, draws: shortest, streaming: try reader.streamingStatistics(),
      areIndependent: choice.kind == .exact)
    try draws.requireMemory()
    sampler = SamplerSummary(kind: choice.kind.rawValue, reason: choice.reason, isBiased: choice.kind.row.isBiased)
    let tallies = try reader.chains.map { try KernelTally(ofChain: $0, reader, choice.kind) }
    let hasKernel = !schema.statistics.isEmpty
    kernels =
      hasKernel
      ? try Self.kernels(reader, tallies, goal: Self.acceptanceGoal(experiment, self.ensemble, choice)) : []
    samplingSeconds = try directory.samplingSeconds()
    unfinished = try directory.unfinished(path, draws: counts.min())
    evaluations = hasKernel ? try directory.count("n_evaluations", tallies.reduce(0) { $0 + $1.evaluations }) : nil
  }

  private static func acceptanceGoal(
    _ experiment: Experiment, _ ensemble: some SampledEnsemble, _ choice: SamplerChoice
  ) throws -> Double? { try KernelCatalogue(experiment, ensemble, choice).acceptanceGoal() }

  private static func kernels(
    _ reader: RunReader, _ tallies: [KernelTally], goal: Double?
  ) throws -> [ChainStatistics] {
    try zip(reader.chains, tallies).map { chain, tally in
      ChainStatistics(
        chain: chain, transitions: tally.transitions, moves: tally.moves,
        nonFiniteRejections: try reader.run.count("non_finite", tally.nonFinite),
        acceptanceRate: tally.acceptanceRate, targetAcceptanceRate: goal, divergences: tally.divergences,
        treeDepthSaturations: tally.treeDepthSaturations, eBFMI: tally.eBFMI)
    }
  }

  /// What the diagnostics find.
  func findings(_ summaries: [ObservableSummary], threads: Int) throws -> [Finding] {
    let thresholds =
      draws.areIndependent
      ? DiagnosticThresholds.ofIndependentDraws(
        chains: draws.chains, drawsPerChain: draws.drawsPerChain, observables: summaries.count) : DiagnosticThresholds()
    var findings = Finding.convergence(of: summaries, thresholds: thresholds) + Finding.sampling(kernels)
    if let exchange = exchangeFinding() { findings.append(exchange) }
    if let starts = try startFinding(summaries) { findings.append(starts) }
    if sampler.isBiased { findings.append(try biasFinding(threads: threads)) }
    return findings
  }

  /// How well the rungs of a tempering ladder exchange; nil without a ladder.
  private func exchangeFinding() -> Finding? {
    let rates = draws.streaming.compactMap { chain in chain.first { $0.name == "swap_acceptance_rate" }?.values }
    let trips = draws.streaming.compactMap { chain in chain.first { $0.name == "round_trips" }?.values.first }
    guard let smallest = rates.joined().min(), let fewest = trips.min() else { return nil }
    let isGood = smallest >= 0.1 && fewest > 0
    return Finding(
      severity: isGood ? .info : .warning, check: "replica exchange",
      measured: "smallest swap rate \(NumberText.significant(smallest, digits: 2)) of \(rates[0].count) pairs, "
        + "\((0...Int.max).wholeNumber(roundingUp: trips.reduce(0, +))) round trips of replicas in \(trips.count) chains",
      meaning: isGood
        ? "Replicas travel between the hottest and the coldest rung."
        : "Replicas hardly travel along the ladder, so that the cold chain gains little from the hot ones.",
      advice: isGood ? "" : "Run a longer warm-up, so that the ladder can adapt, or choose hmc without tempering.")
  }

  /// The label of a biased sampler, with the exact prediction that its draws violate most.
  private func biasFinding(threads: Int) throws -> Finding {
    let check = try Check(
      ensemble.theory().predictions.filter { $0.status == .exact }, against: draws, threads: threads)
    let worst = check.results.max { abs($0.z) < abs($1.z) }
    let measured = worst.map {
      "\($0.name) is \(NumberText.plusMinus($0.estimate, $0.standardError)) where exact draws give "
        + NumberText.significant($0.expected, digits: 3)
    }
    return .biasedKernel(sampler.kind, measuredBias: measured)
  }
}

extension RunDirectory {
  /// Seconds of all sessions; nil if one has left no note of its end.
  fileprivate func samplingSeconds() throws -> Double? {
    let notes = try sessions()
    let seconds = notes.compactMap { $0["seconds"]?.realNumber }
    return seconds.count == notes.count { $0["started"] != nil } ? seconds.reduce(0, +) : nil
  }

  /// The sum of a statistic that counts something, as a number of things.
  ///
  /// - Throws: ``StorageError/damaged(path:reason:)`` if it is no number of things.
  fileprivate func count(_ name: String, _ sum: Double) throws -> Int {
    guard let count = Int(exactly: sum), count >= 0 else {
      throw StorageError.damaged(path: path, reason: "\(name) should count something, but adds up to \(sum)")
    }
    return count
  }
}

/// A run that has nothing to report on.
package struct RunWithoutDraws: ExperimentError {
  package let description: String
  package var kind: FailureKind { .input }
}
