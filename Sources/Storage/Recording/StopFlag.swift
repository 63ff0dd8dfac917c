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

  /// How many chains are writing; -1 once nothing may be written any more.
  private let writers = Mutex(0)

  /// Does `work`, which writes, unless the chains were left; whether it was done.
  package func writing(_ work: () throws -> Void) rethrows -> Bool {
    let isOpen = writers.withLock { writers in
      guard writers >= 0 else { return false }
      writers += 1
      return true
    }
    guard isOpen else { return false }
    defer { writers.withLock { $0 -= 1 } }
    try work()
    return true
  }

  /// Leaves chains that are in the middle of a draw: what they do from now on is not written.
  ///
  /// - Returns: false, and nothing has changed, while a chain is writing.
  package func leave() -> Bool {
    writers.withLock { writers in
      guard writers <= 0 else { return false }
      writers = -1
      return true
    }
  }

  /// The first reason given; 0 if nobody asked.
  package var raised: Int32 { reason.load(ordering: .relaxed) }
}
