// A folder for things in the making beside the place where they will be, cleared away even after a process was killed.

/// A folder that exists as long as this object does. What killed processes left of theirs is removed by the next.
final class WorkFolder {
  /// Where it is.
  let path: String
  /// Locked, so that others can tell it from one that was left behind.
  private let descriptor: Int32

  /// Makes `<place>.tmp-<UUID>`.
  ///
  /// - Throws: ``StorageError/system(action:path:code:)``.
  init(beside place: String) throws {
    var place = place
    while place.count > 1, place.hasSuffix("/") { place.removeLast() }
    try Self.clear(place)
    path = "\(place).tmp-\(UUID().uuidString)"
    try Posix.makeDirectory(path)
    descriptor = Posix.retrying { [path] in open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else {
      let error = Posix.failure("open", path)
      rmdir(path)
      throw error
    }
    _ = flock(descriptor, LOCK_EX | LOCK_NB)
  }

  deinit {
    Self.remove(path)
    close(descriptor)
  }

  /// Removes what has the form of a work folder's name beside `place` and is nobody's.
  private static func clear(_ place: String) throws {
    let parent = Posix.parent(of: place)
    let prefix = Posix.lastName(of: place) + ".tmp-"
    for name in try Posix.names(in: parent.isEmpty ? "." : parent) where name.hasPrefix(prefix) {
      guard UUID(uuidString: String(name.dropFirst(prefix.count))) != nil else { continue }
      let left = parent.isEmpty ? name : "\(parent)/\(name)"
      let descriptor = Posix.retrying { open(left, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      if Posix.retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 { remove(left) }
    }
  }

  /// Everything in it is the program's own; whatever resists stays, and is tried again by the next.
  private static func remove(_ path: String) { try? Posix.removeOwn(path, ["*", "*/*", "*/*/*"]) }
}
