// The right to write into a run: one holder at a time, given back by the operating system even when the holder is killed.

import JSON

/// The right to write into a run, held until this object is gone.
package final class RunLock: Sendable {
  /// The run.
  package let run: RunDirectory
  /// nil for a process that writes in the name of another one, which holds the lock.
  private let descriptor: Int32?

  /// The right of a process to write into a run that another process of the same job has locked.
  package init(sharing run: RunDirectory) {
    self.run = run
    descriptor = nil
  }

  /// Takes the lock.
  ///
  /// - Parameter place: where the directory is now, which differs from `run.path` while it is being made.
  /// - Throws: ``StorageError``.
  init(_ run: RunDirectory, at place: String) throws {
    let path = "\(place)/lock"
    let (descriptor, _) = try Posix.openOwn(path)
    guard Self.takes(descriptor) else {
      let code = errno
      close(descriptor)
      guard code == EWOULDBLOCK else { throw StorageError.system(action: "lock", path: path, code: code) }
      let holder = String(((try? Posix.text(of: path)) ?? "").prefix { !$0.isNewline })
      throw StorageError.locked(path: run.path, holder: holder.isEmpty ? "another process" : holder)
    }
    self.run = run
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
    guard let descriptor else { return }
    // Closing alone would leave the lock with a child process that is about to start another program.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Whether some process is writing into a run now.
  ///
  /// Asked by the attempt to share the lock for a moment, which a writer that begins in that moment waits out.
  package static func isHeld(of run: RunDirectory) -> Bool {
    let descriptor = Posix.retrying { open(run.file("lock"), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    guard Posix.retrying({ flock(descriptor, LOCK_SH | LOCK_NB) }) == 0 else { return errno == EWOULDBLOCK }
    flock(descriptor, LOCK_UN)
    return false
  }

  /// Who holds the lock of a run, as the lock's file says.
  package static func holder(of run: RunDirectory) -> String? { try? Posix.text(of: run.file("lock")) }

  /// Notes what this process is about to do, or has done, in `sessions.jsonl`.
  package func note(_ members: [JSONValue.Member]) throws {
    let line = JSONValue.Member("line", .integer(try run.sessions().count))
    try Posix.append(line: SealedJSON.line([line] + members), to: run.file("sessions.jsonl"))
  }
}
