// The right to write into a run: one holder at a time, given back by the operating system even when the holder is killed.

import JSON

/// The right to write into a run, held until this object is gone.
package final class RunLock: Sendable {
  /// The run.
  package let run: RunDirectory
  /// nil for a process that writes in the name of another one, which holds the lock.
  private let lock: FileLock?

  /// The right of a process to write into a run that another process of the same job has locked.
  package init(sharing run: RunDirectory) {
    self.run = run
    lock = nil
  }

  /// Takes the lock.
  ///
  /// - Parameter place: where the directory is now, which differs from `run.path` while it is being made.
  /// - Throws: ``StorageError``.
  init(_ run: RunDirectory, at place: String) throws {
    let path = "\(place)/lock"
    guard let lock = try FileLock(path) else {
      throw StorageError.locked(path: run.path, holder: FileLock.holder(path) ?? "another process")
    }
    self.run = run
    self.lock = lock
  }

  /// Whether some process is writing into a run now.
  package static func isHeld(of run: RunDirectory) -> Bool { FileLock.isHeld(run.file("lock")) }

  /// Who holds the lock of a run, as the lock's file says.
  package static func holder(of run: RunDirectory) -> String? { FileLock.holder(run.file("lock")) }

  /// Notes what this process is about to do, or has done, in `sessions.jsonl`.
  package func note(_ members: [JSONValue.Member]) throws {
    let line = JSONValue.Member("line", .integer(try run.sessions().count))
    try Posix.append(line: SealedJSON.line([line] + members), to: run.file("sessions.jsonl"))
  }
}
