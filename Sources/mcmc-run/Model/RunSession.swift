// One process's work on a run: makes it, samples into it, and notes what it did.

import Dispatch
import Foundation
import JSON
import Networks
import Sampling
import Storage

/// How a session of sampling ended.
struct SessionResult: Sendable {
  let run: RunDirectory
  let choice: SamplerChoice
  let outcomes: [ChainOutcome]
  let seconds: Double
  /// The signal that stopped it, or ``StopReason/timeBudget``; 0 if nothing did.
  let stopReason: Int32

  /// Whether every chain has all its draws.
  var isComplete: Bool {
    outcomes.allSatisfy { if case .complete = $0.end { true } else { false } }
  }

  /// Throws the first chain's failure, if any chain failed.
  func throwFailure() throws {
    for outcome in outcomes {
      if case .failed(let reason) = outcome.end { throw ChainError(chain: outcome.chain, reason: reason) }
    }
  }
}

/// Samples an experiment into a run directory.
struct RunSession {
  let experiment: Experiment
  let context: CommandContext

  /// Makes the run directory and samples until it is complete, stopped or failed.
  ///
  /// The distribution is solved for before anything is written, so that what cannot be sampled leaves nothing behind.
  ///
  /// - Parameter whenReady: called before the first draw, once nothing can be refused any more.
  func sample(at path: String, whenReady: () -> Void = {}) throws -> SessionResult {
    let assembly = try SamplerAssembly(experiment)
    if assembly.choice.kind == .exact { _ = try assembly.ensemble.solve() }
    let lock = try RunDirectory.create(
      description(assembly.choice), at: path, replacing: context.arguments[StandardOptions.force])
    try RunInputs(experiment).copy(into: lock.run.path)
    whenReady()
    return try work(assembly, lock)
  }

  private func work(_ assembly: SamplerAssembly, _ lock: RunLock) throws -> SessionResult {
    let started = Date()
    let clock = ContinuousClock.now
    let stop = StopFlag()
    let signals = SignalWatch(stop)
    defer { signals.cancel() }
    let progress = ProgressTable(chains: lock.run.description.chains, draws: experiment.sampler.draws)
    let reporter =
      context.isQuiet
      ? nil : ProgressReporter(progress, style: context.terminal.isLive ? .terminal : .plain)
    defer { reporter?.stop() }
    let executor = RunExecutor(lock, threads: context.threads)
    let outcomes = try assembly.run(executor, draws: experiment.sampler.draws, stop: stop, progress: progress)
    let elapsed = clock.duration(to: .now).components
    let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    try lock.note([
      .init("started", .string(started.formatted(.iso8601))), .init("ended", .string(Date().formatted(.iso8601))),
      .init("seconds", .number(seconds)), .init("threads", .integer(context.threads)),
      .init("program_version", .string(Program.currentVersion)),
    ])
    return SessionResult(
      run: lock.run, choice: assembly.choice, outcomes: outcomes, seconds: seconds, stopReason: stop.raised)
  }

  /// What the run is made of. Its identity leaves out which chains are in it, so that parts can be merged.
  private func description(_ choice: SamplerChoice) throws -> RunDescription {
    let inputs = RunInputs(experiment)
    let resolved = inputs.relocated.text() + "\n"
    let identity = RunIdentity(
      [
        RunFact("experiment", inputs.relocated.replacingChains().text()),
        RunFact("sampler", choice.kind.rawValue),
        RunFact("generator", experiment.sampler.generator),
        RunFact("GSL version", GSL.version),
      ] + inputs.facts)
    let recording: NetworkRecording =
      switch experiment.record.weights {
      case .all: .all
      case .atMost(let count): .evenlyThinned(count, planned: experiment.sampler.draws)
      }
    return RunDescription(
      experiment: resolved, identity: identity, chains: Array(experiment.sampler.chains.range), recording: recording,
      about: [
        .init("program_version", .string(Program.currentVersion)),
        .init("sampler", ["kind": .string(choice.kind.rawValue), "reason": .string(choice.reason)]),
        .init("gsl_version", .string(GSL.version)), .init("generator", .string(experiment.sampler.generator)),
        .init("seed", .integer(Int(experiment.sampler.seed))),
        .init("machine", .string(ProcessInfo.processInfo.hostName)),
        .init("system", .string(ProcessInfo.processInfo.operatingSystemVersionString)),
        .init("created", .string(Date().formatted(.iso8601))),
      ])
  }
}

extension JSONValue {
  /// The experiment without its chains.
  fileprivate func replacingChains() -> JSONValue {
    guard case .object(var members) = content else { return self }
    for index in members.indices where members[index].key == "sampler" {
      if case .object(let sampler) = members[index].value.content {
        members[index].value = .object(sampler.filter { $0.key != "chains" })
      }
    }
    return .object(members)
  }
}
