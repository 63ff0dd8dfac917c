// Turns signals into a request to stop; a second signal ends the process at once.

import Dispatch
import Sampling
import Synchronization

/// Watches SIGINT, SIGTERM, SIGUSR1 and SIGHUP (a terminal that closes) while there is something to keep.
///
/// The first signal asks the work to stop at its next possibility and to write what it has; a second one leaves at
/// once with 128 + its number, losing at most the segments in memory. A SIGHUP that is ignored already (nohup) stays so.
final class SignalWatch: Sendable {
  /// A signal that is watched, and what it meant before.
  private struct Watched: @unchecked Sendable {
    let number: Int32
    let handler: (@convention(c) (Int32) -> Void)?
    let source: any DispatchSourceSignal
  }

  private let stop: StopFlag
  private let watched = Mutex<[Watched]>([])

  init(_ stop: StopFlag) { self.stop = stop }

  /// Begins to watch, unless it has begun.
  func begin() {
    let queue = DispatchQueue(label: "signals")
    // Not `stop` itself: a time budget that is used up must not make the first signal count as the second.
    let first = StopFlag()
    watched.withLock { watched in
      guard watched.isEmpty else { return }
      watched = ([SIGINT, SIGTERM, SIGUSR1] + (LastWords.isIgnored(SIGHUP) ? [] : [SIGHUP])).map { number in
        let handler = signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler { @Sendable [stop] in
          if first.isRaised {
            LastWords.say(of: number)
            _exit(128 + number)
          }
          first.raise(.signal(number))
          stop.raise(.signal(number))
        }
        source.resume()
        return Watched(number: number, handler: handler, source: source)
      }
    }
  }

  /// Gives the signals back the meaning that they had.
  func end() {
    watched.withLock { watched in
      for one in watched {
        one.source.cancel()
        signal(one.number, one.handler)
      }
      watched = []
    }
  }
}
