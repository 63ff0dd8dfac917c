// Independent pieces of work on several threads, with the first failure by number.

import Dispatch
import Synchronization

/// Does `body` for 0 ..< count on at most `threads` threads.
///
/// - Throws: the error of the smallest number that failed.
func onThreads(_ threads: Int, _ count: Int, _ body: @Sendable (Int) throws -> Void) throws {
  let next = Atomic(0)
  let failure = Mutex<(number: Int, error: any Error)?>(nil)
  DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      do { try body(index) } catch {
        failure.withLock { known in if (known?.number ?? .max) > index { known = (index, error) } }
      }
    }
  }
  if let error = failure.withLock({ $0?.error }) { throw error }
}
