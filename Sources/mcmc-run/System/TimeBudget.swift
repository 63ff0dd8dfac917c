// The time that a command may take, for --time-budget: counted from its first second.

import Dispatch
import Sampling
import Synchronization

/// Ends a command after some time, in the way that fits what it is doing then.
final class TimeBudget: Sendable {
  /// What a command is doing.
  private enum Phase {
    /// Reading, solving, finding starts: nothing is kept of it.
    case preparing
    /// Sampling: what the flag is raised for is kept and can be resumed.
    case sampling(StopFlag)
    /// Reporting on a run that has all its draws.
    case reporting(run: String)
  }

  private let phase = Mutex(Phase.preparing)

  /// Starts the clock.
  ///
  /// - Parameter leave: ends the process, with a message, where there is nothing to stop.
  init(_ seconds: Double, leave: @escaping @Sendable (_ message: String) -> Void) {
    let queue = DispatchQueue(label: "time budget", qos: .userInteractive)
    queue.asyncAfter(deadline: .now() + seconds) { [weak self] in
      guard let self else { return }
      self.phase.withLock { phase in
        switch phase {
        case .preparing:
          leave(
            "--time-budget: the time was over before the first draw, and nothing was kept; reading, solving and starting "
              + "count, so allow more time")
        case .sampling(let stop): stop.raise(.timeBudget)
        case .reporting(let run):
          leave(
            "--time-budget: the time was over before the reports; all draws are made: mcmc-run diagnose \(run), and likewise "
              + "check and evaluate")
        }
      }
    }
  }

  /// From now on the end of the time raises `stop`.
  func stops(_ stop: StopFlag) { phase.withLock { $0 = .sampling(stop) } }

  /// From now on the draws of `run` are complete.
  func isReporting(on run: String) { phase.withLock { $0 = .reporting(run: run) } }
}
