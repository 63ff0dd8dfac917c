// Where text goes: a file descriptor that may be closed, slow or full, or memory in tests.

import Foundation
import Synchronization

/// A destination of text that never fails loudly: what went wrong is asked for at the end.
protocol TextSink: Sendable {
  /// Writes all of `text`, or nothing more once a write has failed.
  func write(_ text: String)
  /// The `errno` of the first failed write; nil if none failed.
  var failure: Int32? { get }
}

/// Standard output, standard error, or any open descriptor; each call's text is written without another's in between.
final class FileDescriptorSink: TextSink {
  static let standardOutput = FileDescriptorSink(1)
  static let standardError = FileDescriptorSink(2)

  private let descriptor: Int32
  private let firstFailure = Mutex<Int32?>(nil)

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  var failure: Int32? { firstFailure.withLock { $0 } }

  /// Hidden characters are spelt out, whoever wrote them, but for line ends and the colours of ``TextStyle``.
  func write(_ text: String) {
    let bytes = Array(TextStyle.spellingOutHidden(text).utf8)
    firstFailure.withLock { failure in
      var start = 0
      while failure == nil, start < bytes.count {
        let count = bytes[start...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress!, $0.count) }
        if count >= 0 {
          start += count
        } else if errno == EAGAIN {
          waitUntilWritable()
        } else if errno != EINTR {
          failure = errno
        }
      }
    }
  }

  /// For descriptors that another program has made non-blocking.
  private func waitUntilWritable() {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    _ = poll(&request, 1, 1000)
  }
}

/// Text kept in memory.
final class MemorySink: TextSink {
  private let content = Mutex("")

  var text: String { content.withLock { $0 } }
  var failure: Int32? { nil }
  func write(_ text: String) { content.withLock { $0 += text } }
}
