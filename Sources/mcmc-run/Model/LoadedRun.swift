// A run read back from disk, as reports need it.

import Foundation
import JSON
import Networks
import Sampling
import Storage

/// A run's experiment and its draws so far.
struct LoadedRun: Sendable {
  let experiment: Experiment
  let draws: DrawTable
  let sampler: SamplerSummary
  /// What the kernels reported after warm-up, by chain.
  let kernels: [ChainStatistics]
  /// Wall-clock seconds of all sessions, warm-up included.
  let samplingSeconds: Double

  /// What made the draws.
  struct SamplerSummary: Sendable, Equatable {
    let kind: String
    let reason: String
    let isBiased: Bool
  }

  /// Reads a run; chains of unequal length (a run that goes on) are cut to the shortest.
  ///
  /// - Throws: ``StorageError`` or ``SpecError``, also for a run without draws.
  init(path: String) throws {
    let directory = try RunDirectory.open(path)
    experiment = try Experiment.read(path: directory.file("experiment.json"))
    let reader = RunReader(directory)
    let counts = try reader.drawCounts()
    let shortest = counts.min() ?? 0
    guard shortest > 0, let schema = try reader.schema() else {
      throw RunWithoutDraws(description: "\(path) has no draws yet in some chain; sample it, or resume it, first")
    }
    let names = schema.scalarNames
    let values = try reader.observables(names)
    var scalars: [String: [[Double]]] = [:]
    for (name, chains) in zip(names, values) { scalars[name] = chains.map { Array($0.prefix(shortest)) } }
    draws = DrawTable(names: names, scalars: scalars, streaming: try reader.streamingStatistics())
    let choice = try SamplerChoice(experiment)
    sampler = SamplerSummary(kind: choice.kind.rawValue, reason: choice.reason, isBiased: choice.kind.isBiased)
    kernels =
      schema.statistics.isEmpty
      ? [] : try Self.kernels(reader, target: choice.kind.targetAcceptanceRate, chains: directory.description.chains)
    samplingSeconds = try directory.sessions().reduce(0) { $0 + ($1["seconds"]?.realNumber ?? 0) }
  }

  private static func kernels(_ reader: RunReader, target: Double?, chains: [Int]) throws -> [ChainStatistics] {
    let names = ["acceptance_rate", "diverging", "non_finite", "moved", "energy"]
    let columns = try reader.statistics(names)
    return chains.sorted().enumerated().map { index, chain in
      // A sampler without an accept step reports the rate that one would have had: no fact about its draws.
      let rates = target == nil ? [] : columns[0][index].filter { !$0.isNaN }
      let energies = columns[4][index].filter { !$0.isNaN }
      return ChainStatistics(
        chain: chain, transitions: columns[3][index].count, moves: columns[3][index].count { $0 != 0 },
        nonFiniteRejections: Int(columns[2][index].reduce(0, +)),
        acceptanceRate: rates.isEmpty ? nil : rates.reduce(0, +) / Double(rates.count), targetAcceptanceRate: target,
        eBFMI: energies.isEmpty ? nil : Diagnostics.eBFMI(energies: [energies]).first)
    }
  }

  /// What the diagnostics find.
  func findings(_ summaries: [ObservableSummary]) throws -> [Finding] {
    var findings = Finding.convergence(of: summaries) + Finding.sampling(kernels)
    if sampler.isBiased { findings.append(try biasFinding()) }
    return findings
  }

  /// The label of a biased sampler, with the identity that its draws violate most.
  private func biasFinding() throws -> Finding {
    let identities = Check(Prediction.gibbsIdentities(try experiment.networkEnsemble().density()), against: draws)
    let worst = identities.results.max { abs($0.z) < abs($1.z) }
    let measured = worst.map {
      "\($0.name) is \(NumberText.plusMinus($0.estimate, $0.standardError)) where exact draws give "
        + NumberText.significant($0.expected, digits: 3)
    }
    return .biasedKernel(sampler.kind, measuredBias: measured)
  }
}

/// A run that has nothing to report on.
struct RunWithoutDraws: ReportableError {
  let description: String
  var exitStatus: CommandStatus { .badInput }
}
