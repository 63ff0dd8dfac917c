// Turns signals into a request to stop; a second signal ends the process at once.

import Dispatch
import Foundation
import Storage

/// Watches SIGINT, SIGTERM, SIGUSR1 and SIGHUP (a terminal that closes) while chains run.
///
/// The first signal asks the chains to stop after their current draw and to write what they have; a second one leaves at
/// once with 128 + its number, losing at most the segments in memory. A SIGHUP that is ignored already (nohup) stays so.
final class SignalWatch {
  private let watched: [Int32]
  private let sources: [any DispatchSourceSignal]

  init(_ stop: StopFlag) {
    let queue = DispatchQueue(label: "signals")
    // Not `stop` itself: a time budget that is used up must not make the first signal count as the second.
    let first = StopFlag()
    watched = [SIGINT, SIGTERM, SIGUSR1] + (Self.isIgnored(SIGHUP) ? [] : [SIGHUP])
    sources = watched.map { number in
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
    for number in watched { signal(number, SIG_DFL) }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    let handler = signal(number, SIG_IGN)
    let isIgnored = unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    if !isIgnored { signal(number, handler) }
    return isIgnored
  }
}
