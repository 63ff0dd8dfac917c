// Files by way of the operating system: every failure with its path and reason, every write complete or absent.

/// File operations that say what failed, where and why.
///
/// Reading follows symbolic links and takes regular files alone; writing follows no link at the end of a path.
package enum Posix {
  /// The error of the call that just failed. Call at once: `errno` does not keep.
  static func failure(_ action: String, _ path: String) -> StorageError {
    .system(action: action, path: path, code: errno)
  }

  /// Repeats a call for as long as a signal interrupts it.
  static func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
      let result = call()
      if result != -1 || errno != EINTR { return result }
    }
  }

  // MARK: - What is there

  /// What a name stands for.
  package enum Kind: String, Sendable {
    case file = "a regular file"
    case directory = "a folder"
    case link = "a symbolic link"
    case pipe = "a named pipe"
    case socket = "a socket"
    case device = "a device"

    init(_ mode: mode_t) {
      switch mode & S_IFMT {
      case S_IFREG: self = .file
      case S_IFDIR: self = .directory
      case S_IFLNK: self = .link
      case S_IFIFO: self = .pipe
      case S_IFSOCK: self = .socket
      default: self = .device
      }
    }
  }

  /// What is at `path`; nil if nothing is.
  ///
  /// - Parameter following: whether a link stands for what it points to.
  /// - Throws: ``StorageError/system(action:path:code:)`` where that cannot be told, which is not the same as nothing.
  package static func kind(of path: String, following: Bool) throws -> Kind? {
    var status = stat()
    guard (following ? stat(path, &status) : lstat(path, &status)) == 0 else {
      guard errno == ENOENT || errno == ENOTDIR else { throw failure("look at", path) }
      return nil
    }
    return Kind(status.st_mode)
  }

  /// When a file was last written, in seconds since 1970.
  package static func modificationTime(of path: String) throws -> Double {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw failure("look at", path) }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// Whether something is at `path`.
  package static func exists(_ path: String) throws -> Bool { try kind(of: path, following: true) != nil }

  /// Whether a directory is at `path`.
  package static func isDirectory(_ path: String) throws -> Bool { try kind(of: path, following: true) == .directory }

  /// The names in a directory, sorted, without `.` and `..`.
  package static func names(in path: String) throws -> [String] {
    guard let directory = opendir(path) else { throw failure("list", path) }
    defer { closedir(directory) }
    var names: [String] = []
    while true {
      // A failure and the end look the same but for this.
      errno = 0
      guard let entry = readdir(directory) else {
        guard errno == 0 else { throw failure("list", path) }
        return names.sorted()
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
  }

  // MARK: - Directories

  /// Makes a directory; one that is there already is fine, a link to one is not.
  package static func makeDirectory(_ path: String) throws {
    guard mkdir(path, 0o777) != 0 else { return }
    let code = errno
    guard code == EEXIST else { throw StorageError.system(action: "make the directory", path: path, code: code) }
    switch try kind(of: path, following: false) {
    case .directory: return
    case .link: throw StorageError.isLink(path: path)
    default: throw StorageError.system(action: "make the directory", path: path, code: code)
    }
  }

  /// Makes a directory and those above it; the ones that are there already may be links.
  package static func makeDirectories(_ path: String) throws {
    guard try !isDirectory(path) else { return }
    let parent = parent(of: path)
    if !parent.isEmpty, parent != path { try makeDirectories(parent) }
    try makeDirectory(path)
  }

  /// The directory that a path is in; empty for a bare name.
  ///
  /// Foundation's `deletingLastPathComponent` traps on a bare name of one character.
  package static func parent(of path: String) -> String {
    let path = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Gives a file another name in one step.
  package static func rename(_ old: String, to new: String) throws {
    guard Numerics.rename(old, new) == 0 else { throw failure("put in place", new) }
  }

  /// Waits until what was done to the names in a directory has reached the disk.
  static func synchronize(directory path: String) throws {
    let descriptor = retrying { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    guard retrying({ fsync(descriptor) }) == 0 else { throw failure("synchronize", path) }
  }
}
