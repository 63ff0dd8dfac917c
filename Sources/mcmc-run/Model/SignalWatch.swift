// Turns signals into a request to stop; a second signal ends the process at once.

import Dispatch
import Foundation
import Storage

/// Watches SIGINT, SIGTERM, SIGUSR1 and SIGHUP (a terminal that closes) while chains run.
///
/// The first signal asks the chains to stop after their current draw and to write what they have; a second one leaves at
/// once with 128 + its number, losing at most the segments in memory. A SIGHUP that is ignored already (nohup) stays so.
final class SignalWatch {
  /// The signals, each with what it meant before.
  private let watched: [(number: Int32, handler: (@convention(c) (Int32) -> Void)?)]
  private let sources: [any DispatchSourceSignal]

  init(_ stop: StopFlag) {
    let queue = DispatchQueue(label: "signals")
    // Not `stop` itself: a time budget that is used up must not make the first signal count as the second.
    let first = StopFlag()
    watched = ([SIGINT, SIGTERM, SIGUSR1] + (LastWords.isIgnored(SIGHUP) ? [] : [SIGHUP])).map {
      ($0, signal($0, SIG_IGN))
    }
    sources = watched.map { number, _ in
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { @Sendable in
        if first.raised != 0 {
          LastWords.say(of: number)
          _exit(128 + number)
        }
        first.raise(number)
        stop.raise(number)
      }
      source.resume()
      return source
    }
  }

  /// Gives the signals back the meaning that they had.
  func cancel() {
    for source in sources { source.cancel() }
    for (number, handler) in watched { signal(number, handler) }
  }
}
