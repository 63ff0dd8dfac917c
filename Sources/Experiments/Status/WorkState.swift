// What a run or a study is doing, in one word.

/// What a run or a study is doing.
package enum WorkState: String, Sendable {
  /// A process is at work on it: it holds the lock, which the operating system takes back when the process ends, however it ends.
  case running
  /// Everything that was asked for is there.
  case complete
  /// It ended before that, or was killed; it can be gone on with.
  case stopped
  /// A chain failed.
  case failed
  /// It was made, and nothing was drawn.
  case notBegun = "not begun"
  /// Its files are not what was written.
  case damaged
}
