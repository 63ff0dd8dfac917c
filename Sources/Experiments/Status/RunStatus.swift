// What a run is doing, told from its files: nothing is locked, and whoever writes is not disturbed.

import JSON
import Sampling
import Storage

/// What a run is doing at one moment.
package struct RunStatus: Sendable {
  /// As the user named it.
  package let path: String
  package private(set) var state: WorkState
  /// What there is to say besides: why it ended, what is damaged.
  package private(set) var remark = ""
  /// Who writes it; nil for nobody.
  package private(set) var holder: String?
  package private(set) var chains: Int?
  /// Draws after warm-up on disk, of all chains.
  package private(set) var draws: Int?
  /// Draws that all chains are to have; nil where a rule decides, or nothing was asked for.
  package private(set) var wanted: Int?
  package private(set) var warmupDraws: Int?
  /// When the last segment was written, in seconds since 1970.
  package private(set) var lastWritten: Double?
  /// Draws a second of the last session, warm-up included, of all chains.
  package private(set) var pace: Double?
  /// The time that is left at that pace; nil where it is not known.
  package private(set) var secondsLeft: Double?

  /// Looks at a run.
  ///
  /// - Parameter now: seconds since 1970.
  /// - Throws: ``StorageError`` for what is no run, or cannot be read; a damaged run has a state.
  package init(of path: String, now: Double) throws {
    self.path = path
    state = .damaged
    do {
      try look(now)
    } catch let error as StorageError {
      guard case .damaged = error else { throw error }
      remark = "\(error)"
    }
  }

  private mutating func look(_ now: Double) throws {
    let run = try RunDirectory.open(path)
    chains = run.description.chains.count
    // Before the files are: what ends in between is told as still at work.
    let isHeld = RunLock.isHeld(of: run)
    let sessions = try run.sessions()
    let last = sessions.last
    let rule = sessions.compactMap { $0["rule"] }.last.map(StoppingRule.init)
    let noted = try Posix.modificationTime(of: run.file("sessions.jsonl"))
    let worked = last?["seconds"]?.realNumber
    let begun = noted - (worked ?? 0)
    let files = try RunReader(run).files(since: begun)
    let drawn = files.reduce(0) { $0 + $1.draws[.draws]! }
    draws = drawn
    warmupDraws = files.reduce(0) { $0 + $1.draws[.warmup]! }
    lastWritten = files.compactMap(\.lastWritten).max()
    let goal = rule.flatMap { $0.isAdaptive ? nil : $0.draws }
    wanted = goal.map { $0 * files.count }
    (state, remark) = Self.state(
      isHeld, last, hasRule: rule != nil,
      isReached: goal.map { goal in files.allSatisfy { $0.draws[.draws]! >= goal } },
      hasDraws: drawn > 0 || warmupDraws! > 0)
    if isHeld { holder = RunLock.holder(of: run) }
    let fresh = files.reduce(0) { $0 + $1.fresh }
    guard let lastWritten, rule != nil, fresh > 0 else { return }
    let seconds = worked ?? (lastWritten - begun)
    guard seconds > 0 else { return }
    let pace = Double(fresh) / seconds
    self.pace = pace
    guard state == .running, let goal else { return }
    let warmup = try Self.warmup(of: run)
    let left = files.reduce(0) { left, chain in
      left + max(0, goal - chain.draws[.draws]!)
        + (chain.draws[.draws] == 0 ? max(0, warmup - chain.draws[.warmup]!) : 0)
    }
    secondsLeft = Pace.secondsLeft(Double(left), done: Double(fresh), in: seconds, since: now - lastWritten)
  }

  private static func state(
    _ isHeld: Bool, _ last: JSONValue?, hasRule: Bool, isReached: Bool?, hasDraws: Bool
  ) -> (WorkState, String) {
    if isHeld { return (.running, "") }
    let hasEnded = last?["ended"] != nil
    if isReached == true || last?["complete"] == .bool(true) || (!hasRule && hasDraws) { return (.complete, "") }
    let reason = StopReason(code: Int32(clamping: last?["stop_reason"]?.wholeNumber ?? 0))
    if hasEnded, reason == nil { return (.failed, "a chain failed") }
    guard hasDraws else { return (.notBegun, last?["started"] != nil ? "killed" : "") }
    return (.stopped, hasEnded ? reason?.words ?? "" : "killed")
  }

  /// Transitions of warm-up that each chain takes.
  private static func warmup(of run: RunDirectory) throws -> Int {
    guard try SamplerChoice(of: run).kind != .exact, try WarmStart(of: run) == nil else { return 0 }
    return try Experiment.read(path: run.file("experiment.json")).sampler.warmup
  }
}

extension StopReason {
  /// In a few words.
  fileprivate var words: String {
    switch self {
    case .timeBudget: "time budget used up"
    case .signal(let number): "signal \(number)"
    case .request: "on request"
    }
  }
}
