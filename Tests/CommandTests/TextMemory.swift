// Where tests read what a command wrote.

import Synchronization

@testable import mcmc_run

/// Text kept in memory.
final class TextMemory: TextSink {
  private let content = Mutex("")

  var text: String { content.withLock { $0 } }
  var failure: Int32? { nil }
  func write(_ text: String) { content.withLock { $0 += text } }
}
