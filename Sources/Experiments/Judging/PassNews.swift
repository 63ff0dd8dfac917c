// Says now and then how far a pass over networks and stimuli has come.

import Sampling
import Synchronization

/// News of work whose share done is known, a sentence every few seconds.
final class PassNews: Sendable {
  private static let pause = Duration.seconds(5)

  private let say: @Sendable (String) -> Void
  private let state = Mutex((what: "", next: ContinuousClock.now + PassNews.pause))

  init(_ execution: Execution) { say = execution.say }

  /// Begins another pass.
  func begin(_ what: String) {
    state.withLock { $0 = (what, .now + Self.pause) }
  }

  /// - Parameter done: the share of the pass, 0 ... 1.
  func tell(_ done: Double) {
    let news: String? = state.withLock { state in
      guard ContinuousClock.now >= state.next else { return nil }
      state.next = .now + Self.pause
      return "\(state.what): \(Int(100 * min(1, done))) %"
    }
    if let news { say(news) }
  }
}
