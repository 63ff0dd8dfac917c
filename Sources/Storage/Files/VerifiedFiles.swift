// Which files were found to be what was written, so that no file is hashed twice for nothing.

import Synchronization

/// Files whose bytes this process has found right, and what the system said of them then.
///
/// A file that was changed since is another one: its size, its times or its place on the disk differ, and it is verified anew.
package final class VerifiedFiles: Sendable {
  /// What the system says of a file, and changes with every change of it.
  struct Stamp: Sendable, Equatable {
    fileprivate let device: UInt64
    fileprivate let inode: UInt64
    fileprivate let bytes: Int
    /// Seconds and nanoseconds of the last change of contents and of anything else.
    fileprivate let times: [Int]

    /// Whether a change from now on is sure to show: the times of files move in steps.
    fileprivate var isSettled: Bool { Int(time(nil)) - max(times[0], times[2]) >= 2 }
  }

  private let files = Mutex<[String: Stamp]>([:])
  private let hashes = Mutex(0)

  package init() {}

  /// How many times a file was verified.
  package var verifications: Int { hashes.withLock { $0 } }

  /// What the system says of a file now.
  ///
  /// - Throws: ``StorageError/system(action:path:code:)``.
  func stamp(of path: String) throws -> Stamp {
    var status = stat()
    guard stat(path, &status) == 0 else { throw Posix.failure("read", path) }
    #if os(Linux)
      let (modified, changed) = (status.st_mtim, status.st_ctim)
    #else
      let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
    #endif
    return Stamp(
      device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(truncatingIfNeeded: status.st_ino),
      bytes: Int(status.st_size),
      times: [Int(modified.tv_sec), Int(modified.tv_nsec), Int(changed.tv_sec), Int(changed.tv_nsec)])
  }

  /// Whether the file of this stamp was found right.
  func holds(_ path: String, _ stamp: Stamp) -> Bool { files.withLock { $0[path] == stamp } }

  /// Notes that a file was found right, its stamp taken before it was read.
  func add(_ path: String, _ stamp: Stamp) {
    hashes.withLock { $0 += 1 }
    if stamp.isSettled { files.withLock { $0[path] = stamp } }
  }
}
