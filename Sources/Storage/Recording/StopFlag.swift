// How running chains are asked to stop: one number that anyone may set and every chain looks at between draws.

import Synchronization

/// A request to stop, safe to make from a signal's queue, a timer, or another thread.
package final class StopFlag: Sendable {
  private let reason = Atomic<Int32>(0)

  package init() {}

  /// Asks all chains to stop after their current draw. The first reason stays.
  ///
  /// - Parameter reason: what for, as the caller numbers it (a signal's number, say); not 0.
  package func raise(_ reason: Int32) {
    _ = self.reason.compareExchange(expected: 0, desired: reason, ordering: .relaxed)
  }

  /// The first reason given; 0 if nobody asked.
  package var raised: Int32 { reason.load(ordering: .relaxed) }
}
