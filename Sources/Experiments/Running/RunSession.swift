// One process's work on a run: makes or reopens it, samples into it, and notes what it did.

import Dispatch
import JSON
import Networks
import Sampling
import Storage

/// How a session of sampling ended.
public struct SessionResult: Sendable {
  package let run: RunDirectory
  /// The run's folder as the user named it.
  public let path: String
  package let choice: SamplerChoice
  package let outcomes: [ChainOutcome]
  /// Whether the stopping rule is satisfied by the draws of every chain.
  public let isComplete: Bool
  /// Wall-clock seconds of this session.
  public let seconds: Double
  /// What stopped it; nil if nothing did.
  public let stopReason: StopReason?

  /// Throws the first chain's failure, if any chain failed.
  package func throwFailure() throws {
    if let reason = outcomes.firstFailure { throw SessionFailure(reason, run: path) }
  }
}

/// A chain's failure, and what becomes of its run.
package struct SessionFailure: ExperimentError {
  package let description: String
  package let kind: FailureKind

  init(_ reason: any Error, run: String) {
    let failure = Failure(reason)
    kind = failure.kind
    let isTheDisk = failure.kind == .system
    description =
      failure.message
      + (isTheDisk ? "; what was written before is kept; \(ResumeAdvice.of(run))" : "")
  }
}

extension [ChainOutcome] {
  /// Whether every chain has the draws that were asked for.
  fileprivate var areComplete: Bool { allSatisfy { if case .complete = $0.end { true } else { false } } }

  /// Why the first chain that failed did.
  fileprivate var firstFailure: (any Error)? {
    lazy.compactMap { if case .failed(let reason) = $0.end { reason } else { nil } }.first
  }
}

/// What is asked of a session besides the experiment.
public struct SessionOptions: Sendable {
  /// When there are enough draws, where not the experiment's number decides.
  public var rule = StoppingRule()
  /// The run whose ends the chains start from, without warm-up.
  public var warmStart: String?
  /// The run whose last kept networks the chains start from, with warm-up.
  var startingNetworks: String?
  /// Whether a run that is there gives way to a new one.
  public var isReplacing = false
  /// Whether damaged segments of a run that goes on are set aside, and drawn anew.
  public var setsDamageAside = false
  /// Draws are written at least this often, in seconds; nil for the default (10 s).
  public var segmentSeconds: Double?

  /// The experiment's own number of draws, into a folder where nothing is yet.
  public init() {}
}

/// Samples into a run directory until it is complete, stopped or failed.
package struct RunSession {
  let execution: Execution
  let options: SessionOptions

  package init(_ execution: Execution, _ options: SessionOptions = SessionOptions()) {
    self.execution = execution
    self.options = options
  }

  /// Makes a run and samples into it.
  ///
  /// Whatever can be refused is refused before anything is written, so that a refusal leaves nothing behind.
  ///
  /// - Parameters:
  ///   - solution: what ``Execution/modelSolution(_:)`` found.
  ///   - ensemble: the experiment's, if it was made before.
  ///   - whenReady: called before the first draw, once nothing can be refused any more.
  package func sample(
    _ experiment: Experiment, _ solution: ModelSolution?, ensemble: (any SampledEnsemble)? = nil, at path: String,
    whenReady: () -> Void = {}
  ) throws -> SessionResult {
    try experiment.requireMemoryForChains()
    let choice = SamplerChoice(experiment)
    guard options.warmStart == nil || experiment.sampler.start.areDefault else {
      throw UsageError("--warm-start: the spec says where chains start (sampler.start); allowed: one of the two")
    }
    let warmStart =
      try options.warmStart.map { try WarmStart(from: $0) }
      ?? options.startingNetworks.map { try WarmStart(networksOf: $0) }
    let runner = try runner(experiment, try ensemble ?? experiment.networkEnsemble(solution), choice, warmStart)
    var rule = options.rule
    try rule.require(among: runner.recorded)
    rule.draws = rule.draws ?? experiment.sampler.draws
    let inputs = RunInputs(experiment)
    let description = RunDescription(experiment, solution, choice, warmStart)
    try execution.ranks.agree(
      on: "the experiment", "\(description.identity.digest) \(description.chains) \(rule.json.text(.compact)) \(path)")
    execution.willKeep()
    let lock = try execution.ranks.sharedLock(at: path) {
      try RunDirectory.create(description, at: path, replacing: options.isReplacing) { folder in
        try inputs.copy(into: folder)
        try warmStart?.write(into: folder)
        try solution?.write(into: folder)
      }
    }
    whenReady()
    return try work(runner, experiment, choice, lock, path, rule)
  }

  /// Goes on with a run that is there.
  ///
  /// - Throws: ``StorageError``: `mismatch` naming what differs from what the run was made with, `damaged`.
  package func resume(at path: String, functions: RegisteredFunctions = .none) throws -> SessionResult {
    let run = try RunDirectory.open(path)
    try run.requireDrawn("go on with")
    let experiment = try Experiment.read(path: run.file("experiment.json"), functions: functions)
    try experiment.requireMemoryForChains()
    let choice = try SamplerChoice(of: run)
    let warmStart = try WarmStart(of: run)
    let solution = try ModelSolution(of: run)
    try run.requireIdentity(RunDescription(experiment, solution, choice, warmStart).identity)
    execution.willKeep()
    let lock = try execution.ranks.sharedLock(at: path) {
      let lock = try run.lock()
      if options.setsDamageAside {
        for file in try lock.setAsideDamagedSegments() { execution.say("set aside in damaged/: \(file)") }
      }
      return lock
    }
    let runner = try runner(experiment, try experiment.networkEnsemble(solution), choice, warmStart)
    var rule = try rule(for: run, experiment)
    try rule.require(among: runner.recorded)
    if let total = rule.draws, !rule.isAdaptive, let fewest = try RunReader(run).drawCounts().min(), fewest > total {
      if execution.ranks.isFirst {
        execution.say("nothing to draw: \(total) draws per chain are asked for, and there are \(fewest) already")
      }
      rule.draws = fewest
    }
    try execution.ranks.agree(on: "when to stop", rule.json.text(.compact))
    return try work(runner, experiment, choice, lock, path, rule)
  }

  /// The chains of an experiment, with its density made once: an ensemble that does not exist is refused here.
  private func runner(
    _ experiment: Experiment, _ ensemble: any SampledEnsemble, _ choice: SamplerChoice, _ warmStart: WarmStart?
  ) throws -> any ChainRunner {
    func assemble(_ ensemble: some SampledEnsemble) throws -> any ChainRunner {
      _ = try ensemble.density()
      return try SamplerAssembly(experiment, ensemble, choice, warmStart, execution.ranks)
    }
    return try assemble(ensemble)
  }

  /// The rule of a resumed run: the one that is asked for, else that of the session before.
  private func rule(for run: RunDirectory, _ experiment: Experiment) throws -> StoppingRule {
    let before = try run.sessions().compactMap { $0["rule"] }.last.map(StoppingRule.init)
    let stated = options.rule
    guard !stated.isAdaptive || stated.draws == nil else {
      throw UsageError(
        "--draws: a total leaves nothing to decide to --until-ess or --until-mcse; allowed: one of them")
    }
    if stated.isAdaptive || stated.draws != nil { return stated }
    return before ?? StoppingRule(draws: experiment.sampler.draws)
  }

  private func work(
    _ runner: any ChainRunner, _ experiment: Experiment, _ choice: SamplerChoice, _ lock: RunLock, _ path: String,
    _ rule: StoppingRule
  ) throws -> SessionResult {
    let clock = ContinuousClock.now
    let start = Date().formatted(.iso8601)
    if execution.ranks.isFirst {
      try lock.note([
        .init("started", .string(start)), .init("command", .string(execution.command)),
        .init("threads", .integer(execution.threads)),
        .init("ranks", .integer(execution.ranks.count)), .init("rule", rule.json),
      ])
    }
    let (outcomes, isComplete) = try draw(runner, experiment, lock, rule)
    let elapsed = clock.duration(to: .now).components
    let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    let reason = execution.stop.raised
    do {
      if execution.ranks.isFirst {
        try lock.note([
          .init("ended", .string(Date().formatted(.iso8601))), .init("seconds", .number(seconds)),
          .init("stop_reason", .integer(Int(reason?.code ?? 0))), .init("complete", .bool(isComplete)),
        ])
      }
    } catch  where outcomes.firstFailure != nil {
      // A full disk takes no note either: what stopped the chains is the error to report.
    }
    return SessionResult(
      run: lock.run, path: path, choice: choice, outcomes: outcomes, isComplete: isComplete,
      seconds: seconds, stopReason: reason)
  }

  /// Draws in rounds of the experiment's number of draws until the rule is satisfied; tells whether it is.
  private func draw(
    _ runner: any ChainRunner, _ experiment: Experiment, _ lock: RunLock, _ rule: StoppingRule
  ) throws -> (outcomes: [ChainOutcome], isComplete: Bool) {
    let round = experiment.sampler.draws
    var total = rule.isAdaptive ? round : rule.draws ?? round
    var outcomes: [ChainOutcome] = []
    while true {
      outcomes = try draw(runner, lock, total, after: outcomes)
      guard rule.isAdaptive, outcomes.areComplete else { return (outcomes, outcomes.areComplete) }
      // A resumed run may already have more; the rule sees the draws that it would have seen.
      let soFar = try LoadedRun(lock.run, path: lock.run.path, firstDraws: total)
      if try rule.isSatisfied(by: soFar, threads: execution.threads) { return (outcomes, true) }
      total += round
    }
  }

  private func draw(
    _ runner: any ChainRunner, _ lock: RunLock, _ total: Int, after earlier: [ChainOutcome]
  ) throws -> [ChainOutcome] {
    let ranks = execution.ranks
    let own = lock.run.description.chains.enumerated().filter { ranks.isOwn(chainAt: $0.offset) }
    // Each process knows its own chains only; the first one shows how they get on.
    let show = ranks.isFirst && !own.isEmpty ? execution.show : nil
    let progress = ProgressTable(
      chains: own.map(\.element), of: lock.run.description.chains.count, draws: total, isWatched: show != nil)
    for outcome in earlier {
      progress[chain: outcome.chain]?.warmupDraws = outcome.warmupDraws
      progress[chain: outcome.chain]?.draws = outcome.warmupDraws + outcome.draws
      progress[chain: outcome.chain]?.earlierDraws = outcome.warmupDraws + outcome.draws
    }
    let end = show?(progress)
    defer { end?() }
    let executor = RunExecutor(
      lock, settings: segmentSettings, threads: execution.threads, share: { ranks.isOwn(chainAt: $0) })
    return try ranks.all(try runner.run(executor, draws: total, stop: execution.stop, progress: progress))
  }

  private var segmentSettings: SegmentSettings {
    var settings = SegmentSettings()
    if let seconds = options.segmentSeconds { settings.seconds = seconds }
    return settings
  }
}
