// A lock on a file, given back by the operating system even when the holder is killed, and the holder's name in it.

/// The lock of a file, held until this object is gone.
package final class FileLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock; nil if another process keeps it.
  ///
  /// - Throws: ``StorageError``.
  package init?(_ path: String) throws {
    let (descriptor, _) = try Posix.openOwn(path)
    guard Self.takes(descriptor) else {
      let code = errno
      close(descriptor)
      guard code == EWOULDBLOCK else { throw StorageError.system(action: "lock", path: path, code: code) }
      return nil
    }
    self.descriptor = descriptor
    // Everything is set: from here on an error gives the lock back.
    let holder = Array("process \(getpid()) on \(ProcessInfo.processInfo.hostName)\n".utf8)
    guard ftruncate(descriptor, 0) == 0,
      holder.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) }) == holder.count
    else { throw Posix.failure("write", path) }
  }

  /// Takes the lock of an open file, unless another process keeps it; one that only looks has it for a moment.
  private static func takes(_ descriptor: Int32) -> Bool {
    for attempt in 0..<5 {
      if Posix.retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 { return true }
      guard errno == EWOULDBLOCK else { return false }
      if attempt < 4 { usleep(5000) }
    }
    errno = EWOULDBLOCK
    return false
  }

  deinit {
    // Closing alone would leave the lock with a child process that is about to start another program.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Whether some process holds the lock of a file now.
  ///
  /// Asked by the attempt to share the lock for a moment, which a holder that begins in that moment waits out.
  package static func isHeld(_ path: String) -> Bool {
    let descriptor = Posix.retrying { open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    guard Posix.retrying({ flock(descriptor, LOCK_SH | LOCK_NB) }) == 0 else { return errno == EWOULDBLOCK }
    flock(descriptor, LOCK_UN)
    return false
  }

  /// Who holds the lock, or held it last, as the file says; nil if it says nothing.
  package static func holder(_ path: String) -> String? {
    let line = ((try? Posix.text(of: path)) ?? "").prefix { !$0.isNewline }
    return line.isEmpty ? nil : String(line)
  }
}
