// Where text goes: a file descriptor that may be closed, slow or full.

import JSON
import Sampling
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
  private let descriptor: Int32
  private let isColoured: Bool
  private let firstFailure = Mutex<Int32?>(nil)

  /// - Parameter isColoured: whether the sequences of ``TextStyle`` are its own, and not part of somebody's name for a file.
  init(_ descriptor: Int32, isColoured: Bool = false) {
    self.descriptor = descriptor
    self.isColoured = isColoured
  }

  var failure: Int32? { firstFailure.withLock { $0 } }

  /// Hidden characters are spelt out, whoever wrote them, but for line ends, and the colours of ``TextStyle`` where it has any.
  func write(_ text: String) {
    let shown =
      isColoured ? TextStyle.spellingOutHidden(text) : text.withoutHiddenCharacters(keeping: ["\n"])
    let bytes = Array(shown.utf8)
    firstFailure.withLock { failure in
      var start = 0
      while failure == nil, start < bytes.count {
        let count = bytes[start...].withUnsafeBytes { Numerics.write(descriptor, $0.baseAddress!, $0.count) }
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
