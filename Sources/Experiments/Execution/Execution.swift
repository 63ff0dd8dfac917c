// How work is carried out: on how many threads and processes, who may stop it, and who is told how it gets on.

import Sampling
import Storage

/// The surroundings of work, which never change what comes out of it. ``StopFlag`` is of `Sampling`.
///
/// ```swift
/// let stop = StopFlag()                                   // stop.raise(.request) from any thread
/// let execution = Execution(threads: 4, stop: stop) { print($0) }
/// ```
public struct Execution: Sendable {
  /// Threads that work at a time.
  public var threads: Int
  /// Raised by whoever wants the work to stop; what is done by then is kept.
  public var stop: StopFlag
  /// Told, a sentence at a time, how work that takes a while gets on.
  public var say: @Sendable (_ message: String) -> Void
  /// Shows how chains get on while they run; what it returns ends the show. nil shows nothing.
  package var show: (@Sendable (ProgressTable) -> @Sendable () -> Void)?
  /// Shows how the parts of a study get on, in place of their chains; what it returns ends the show. nil says it in sentences.
  package var showParts: (@Sendable (PartsProgress) -> @Sendable () -> Void)?
  /// The processes that work together; this one alone unless a launcher started several.
  package var ranks = Ranks.alone
  /// Told before the first thing is written that can be resumed.
  package var willKeep: @Sendable () -> Void = {}
  /// Whether it is a part of a study that is done: what it consists of is no part of the study's own.
  var isWithinPart = false
  /// What a run notes as the command that worked on it.
  package var command = ""

  /// Work on so many threads, which `stop` may end and `say` is told of.
  public init(
    threads: Int = Threads.perProcessor, stop: StopFlag = StopFlag(),
    say: @escaping @Sendable (_ message: String) -> Void = { _ in }
  ) {
    self.threads = threads
    self.stop = stop
    self.say = say
  }

  /// Whether the work has been asked to stop.
  var isStopped: Bool { stop.raised != nil }
}
