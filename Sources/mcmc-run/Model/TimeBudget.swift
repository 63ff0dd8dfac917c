// A stop after some time, for --time-budget.

import Dispatch
import Storage

/// Asks for a stop after some time.
final class TimeBudget {
  private let source: any DispatchSourceTimer

  init(_ seconds: Double, _ stop: StopFlag) {
    source = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "time budget"))
    source.schedule(deadline: .now() + seconds)
    source.setEventHandler { @Sendable in stop.raise(SessionResult.timeBudget) }
    source.resume()
  }

  func cancel() { source.cancel() }
}
