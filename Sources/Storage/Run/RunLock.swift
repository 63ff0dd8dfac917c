// The right to write into a run: one holder at a time, given back by the operating system even when the holder is killed.

import Foundation
import JSON

/// The right to write into a run, held until this object is gone.
package final class RunLock: Sendable {
  /// The run.
  package let run: RunDirectory
  private let descriptor: Int32

  /// Takes the lock.
  ///
  /// - Parameter place: where the directory is now, which differs from `run.path` while it is being made.
  /// - Throws: ``StorageError``.
  init(_ run: RunDirectory, at place: String) throws {
    let path = "\(place)/lock"
    let descriptor = Posix.retrying { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
    guard descriptor >= 0 else { throw Posix.failure("open", path) }
    guard Posix.retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 else {
      let code = errno
      close(descriptor)
      guard code == EWOULDBLOCK else { throw StorageError.system(action: "lock", path: path, code: code) }
      let holder = ((try? Posix.text(of: path)) ?? "").trimmingCharacters(in: .newlines)
      throw StorageError.locked(path: run.path, holder: holder.isEmpty ? "another process" : holder)
    }
    self.run = run
    self.descriptor = descriptor
    let holder = Array("process \(getpid()) on \(ProcessInfo.processInfo.hostName)\n".utf8)
    ftruncate(descriptor, 0)
    _ = holder.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  deinit {
    // Closing alone would leave the lock with a child process that is about to start another program.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Notes what this process is about to do, or has done, in `sessions.jsonl`.
  package func note(_ members: [JSONValue.Member]) throws {
    try Posix.append(line: JSONValue.object(members).text(.compact), to: run.file("sessions.jsonl"))
  }
}
