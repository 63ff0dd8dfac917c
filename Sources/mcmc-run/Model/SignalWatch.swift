// Turns signals into a request to stop; a second signal ends the process at once.

import Dispatch
import Foundation
import Storage

/// Watches SIGINT, SIGTERM and SIGUSR1 while chains run.
///
/// The first signal asks the chains to stop after their current draw and to write what they have; a second one leaves at
/// once with 128 + its number, losing at most the segments in memory.
final class SignalWatch {
  private static let watched = [SIGINT, SIGTERM, SIGUSR1]
  private let sources: [any DispatchSourceSignal]

  init(_ stop: StopFlag) {
    let queue = DispatchQueue(label: "signals")
    // Not `stop` itself: a time budget that is used up must not make the first signal count as the second.
    let first = StopFlag()
    sources = Self.watched.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { @Sendable in
        if first.raised != 0 { _exit(128 + number) }
        first.raise(number)
        stop.raise(number)
      }
      source.resume()
      return source
    }
  }

  /// Gives the signals back their usual meaning.
  func cancel() {
    for source in sources { source.cancel() }
    for number in Self.watched { signal(number, SIG_DFL) }
  }
}
