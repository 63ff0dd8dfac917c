// Pieces of work from a queue that ranks share, on several threads, with the first failure by number.

import Sampling
import Synchronization

/// Does `body` for every piece of a queue that comes to this process, on so many threads.
///
/// - Throws: the error of the smallest number that failed.
func onThreads(_ threads: Int, _ queue: WorkQueue, _ body: @Sendable (Int) throws -> Void) throws {
  let failure = Mutex<(number: Int, error: any Error)?>(nil)
  _ = parallelMap(threads, threads: threads) { _ in
    while let index = queue.next() {
      do { try body(index) } catch {
        failure.withLock { known in if (known?.number ?? .max) > index { known = (index, error) } }
      }
    }
  }
  if let error = failure.withLock({ $0?.error }) { throw error }
}
