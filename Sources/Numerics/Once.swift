// A value that is computed once, by whoever asks first.

import Synchronization

/// What a computation yields, kept; copies of whatever holds it share it.
///
/// Threads that ask while it is computed wait for it. A failure is kept too.
package final class Once<Value: Sendable>: Sendable {
  private let outcome = Mutex<Result<Value, any Error>?>(nil)

  package init() {}

  /// The value; `compute` runs only the first time.
  package func callAsFunction(_ compute: () throws -> Value) throws -> Value {
    try outcome.withLock { outcome in
      if outcome == nil { outcome = Result { try compute() } }
      return try outcome!.get()
    }
  }
}
