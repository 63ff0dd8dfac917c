// How many pieces of a long work are done, told now and then.

import Synchronization

/// Counts pieces of work, whichever threads do them, and says every few seconds how many there are.
final class DoneCount: Sendable {
  private static let pause = Duration.seconds(3)

  private let state = Mutex((count: 0, said: ContinuousClock.now))

  /// Counts another piece; the number so far if it is time to tell it.
  func addAnother() -> Int? {
    state.withLock { state in
      state.count += 1
      guard .now - state.said > Self.pause else { return nil }
      state.said = .now
      return state.count
    }
  }
}
