// Runs the chains of a run on a few threads; what a chain yields does not depend on how many.

import Dispatch
import Sampling
import Synchronization

/// What became of one chain.
package struct ChainOutcome: Sendable {
  /// How a chain's work ended.
  package enum End: Sendable {
    /// All draws that were wanted are on disk.
    case complete
    /// Stopped on request; everything up to here is on disk.
    case stopped
    /// Failed; everything up to its last segment is on disk.
    case failed(any Error)
  }

  /// The chain's number.
  package let chain: Int
  /// Draws after warm-up that are on disk.
  package let draws: Int
  /// Warm-up draws that are on disk.
  package let warmupDraws: Int
  package let end: End
  /// Whether its weights stood still in every draw after warm-up.
  package let isStuck: Bool

  package init(chain: Int, draws: Int, warmupDraws: Int, end: End, isStuck: Bool = false) {
    self.isStuck = isStuck
    self.chain = chain
    self.draws = draws
    self.warmupDraws = warmupDraws
    self.end = end
  }
}

/// A chain's failure, with the chain named.
package struct ChainError: Error, Sendable, CustomStringConvertible {
  /// The chain's number.
  package let chain: Int
  /// What went wrong.
  package let reason: any Error

  package init(chain: Int, reason: any Error) {
    self.chain = chain
    self.reason = reason
  }

  package var description: String { "chain \(chain): \(reason)" }
}

/// Runs chains on worker threads.
///
/// Chains take turns a segment at a time, so that with fewer threads than chains all chains grow evenly and a run that is
/// stopped early has chains of similar length.
package struct RunExecutor: Sendable {
  /// The run to write into.
  package let lock: RunLock
  /// When segments end.
  package let settings: SegmentSettings
  /// Worker threads.
  package let threads: Int
  /// Which of the run's chains, counted from 0, are this process's.
  package let share: @Sendable (Int) -> Bool

  /// - Precondition: `threads > 0`.
  package init(
    _ lock: RunLock, settings: SegmentSettings = SegmentSettings(), threads: Int,
    share: @escaping @Sendable (Int) -> Bool = { _ in true }
  ) {
    precondition(threads > 0, "chains need at least one thread")
    self.share = share
    self.lock = lock
    self.settings = settings
    self.threads = threads
  }

  /// Verifies what is on disk of each chain and takes all chains to `draws` draws after warm-up.
  ///
  /// Returns when every chain is complete, stopped or failed. A failing chain does not stop the others. Once a stop is asked for,
  /// a chain that is ``patience`` into a draw without end is left there: its draws up to the last segment are on disk.
  ///
  /// - Parameters:
  ///   - draws: draws wanted of each chain after warm-up, those of earlier sessions included.
  ///   - stop: looked at between any two draws.
  ///   - progress: a table of the run's chains.
  ///   - makeSource: makes the source of a chain's draws, at its beginning, on a worker thread.
  /// - Returns: a report for each chain of this process's share, in order.
  /// - Throws: ``StorageError`` if what is on disk cannot be continued; nothing is sampled then.
  package func run<Source: DrawSource & SendableMetatype & ~Copyable>(
    draws: Int, stop: StopFlag, progress: ProgressTable, makeSource: @escaping @Sendable (Int) throws -> Source
  ) throws -> [ChainOutcome] {
    try NetCDFFile.requireLibrary(toWrite: lock.run.path)
    let reader = RunReader(lock.run)
    let rows = Dictionary(progress.chains.map { ($0.chain, $0) }) { first, _ in first }
    let tasks = try reader.chains.enumerated().filter { share($0.offset) }.map { _, chain in
      let row = rows[chain] ?? ChainProgress(chain: chain)
      let position = try reader.position(ofChain: chain) { earlier in
        guard let history = row.history else { return }
        history.begin(earlier.header.schema.scalarNames)
        history.add(try earlier.observables())
      }
      return ChainTask<Source>(position: position, progress: row)
    }
    let queue = TaskQueue(tasks)
    let group = DispatchGroup()
    for number in 0..<min(threads, tasks.count) {
      group.enter()
      let thread = WorkerThread { [unowned lock, settings] in
        while let task = queue.take() {
          let wantsMore = task.work(upTo: draws, stop: stop, lock: lock, settings: settings, makeSource: makeSource)
          if wantsMore { queue.putBack(task) }
        }
        group.leave()
      }
      guard let thread else {
        group.leave()
        // Fewer threads do the same work.
        guard number > 0 else {
          throw StorageError.system(action: "start", path: "a thread for chains", code: EAGAIN)
        }
        break
      }
      thread.detach()
    }
    // The threads do not own the lock: a finished one that is still being torn down must not keep the run locked.
    withExtendedLifetime(lock) { wait(for: group, queue, stop) }
    return tasks.map(\.outcome)
  }

  /// How long a chain may take to the end of its draw once a stop is asked for, in seconds, while no other ends.
  private static let patience = 5.0

  /// Waits until the threads have ended, or until those that are left hang in the middle of a draw after a stop.
  private func wait(for group: DispatchGroup, _ queue: TaskQueue<some Sendable>, _ stop: StopFlag) {
    var (seen, since) = (0, ContinuousClock.now)
    while group.wait(timeout: .now() + 0.1) == .timedOut {
      let taken = queue.taken
      if !stop.isRaised || taken != seen { (seen, since) = (taken, .now) }
      if ContinuousClock.now - since > .seconds(Self.patience), stop.leave() {
        queue.close()
        return
      }
    }
  }
}

/// Chains that wait for a thread.
private final class TaskQueue<Task: Sendable>: Sendable {
  private struct Waiting {
    /// The chains in the order of their turns; those before `next` have had theirs.
    var tasks: [Task]
    var next = 0
    /// Turns that were given.
    var taken = 0
  }

  private let waiting: Mutex<Waiting>

  init(_ tasks: [Task]) { waiting = Mutex(Waiting(tasks: tasks)) }

  /// How many turns were given so far.
  var taken: Int { waiting.withLock { $0.taken } }

  /// The chain that has waited longest. None waits only if there is a thread for every chain that is left.
  func take() -> Task? {
    waiting.withLock { waiting in
      guard waiting.next < waiting.tasks.count else { return nil }
      defer {
        waiting.next += 1
        waiting.taken += 1
      }
      return waiting.tasks[waiting.next]
    }
  }

  func putBack(_ task: Task) {
    waiting.withLock { waiting in
      // Half of the list is done with: it is let go, at a cost of O(1) a turn.
      if waiting.next > waiting.tasks.count / 2 {
        waiting.tasks.removeFirst(waiting.next)
        waiting.next = 0
      }
      waiting.tasks.append(task)
    }
  }

  /// Gives no more turns.
  func close() { waiting.withLock { $0.next = $0.tasks.count } }
}

/// One chain's work. Held by one thread at a time: the queue hands it from one to the next.
private final class ChainTask<Source: DrawSource & ~Copyable>: @unchecked Sendable {
  private let position: ChainPosition
  private let progress: ChainProgress
  private var movement: ChainMovement
  private var recorder: ChainRecorder<Source>?
  /// Read while a chain that was left is still at work.
  private let result: Mutex<ChainOutcome>
  private(set) var outcome: ChainOutcome {
    get { result.withLock { $0 } }
    set { result.withLock { $0 = newValue } }
  }

  init(position: ChainPosition, progress: ChainProgress) {
    self.position = position
    self.progress = progress
    movement = position.movement
    result = Mutex(Self.outcome(position, nil, .stopped, movement))
  }

  private static func outcome(
    _ position: ChainPosition, _ counts: (draws: Int, warmup: Int)?, _ end: ChainOutcome.End,
    _ movement: ChainMovement
  ) -> ChainOutcome {
    ChainOutcome(
      chain: position.chain, draws: counts?.draws ?? position.draws[.draws]!,
      warmupDraws: counts?.warmup ?? position.draws[.warmup]!, end: end, isStuck: movement.isStuck)
  }

  /// Makes one segment. Returns whether the chain wants another turn.
  func work(
    upTo draws: Int, stop: StopFlag, lock: RunLock, settings: SegmentSettings,
    makeSource: @Sendable (Int) throws -> Source
  ) -> Bool {
    var counts: (draws: Int, warmup: Int)?
    guard !stop.isRaised || recorder != nil else { return false }
    do {
      if recorder == nil {
        recorder = try ChainRecorder(
          makeSource(position.chain), from: position, lock: lock, settings: settings, progress: progress)
      }
      progress.activity = .running
      counts = (recorder!.draws, recorder!.warmupDraws)
      if !recorder!.isComplete(draws) { try recorder!.recordSegment(upTo: draws, stop: stop) }
      counts = (recorder!.draws, recorder!.warmupDraws)
      movement = recorder!.movement
      let isComplete = recorder!.isComplete(draws)
      outcome = Self.outcome(position, counts, isComplete ? .complete : .stopped, movement)
      guard isComplete || stop.isRaised else { return true }
      progress.activity = isComplete ? .complete : .stopped
    } catch {
      outcome = Self.outcome(position, counts, .failed(ChainError(chain: position.chain, reason: error)), movement)
      progress.activity = .failed
    }
    recorder = nil
    return false
  }
}
