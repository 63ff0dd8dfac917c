// Files by way of the operating system: every failure with its path and reason, every write complete or absent.

import Foundation

/// File operations that say what failed, where and why.
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

  /// Whether something is at `path`.
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether a directory is at `path`.
  package static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The length of a file in bytes.
  static func size(of path: String) throws -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { throw failure("read", path) }
    return Int(status.st_size)
  }

  /// The names in a directory, sorted, without `.` and `..`.
  static func names(in path: String) throws -> [String] {
    guard let directory = opendir(path) else { throw failure("list", path) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Makes a directory; one that is there already is fine.
  static func makeDirectory(_ path: String) throws {
    guard mkdir(path, 0o777) == 0 || (errno == EEXIST && isDirectory(path)) else {
      throw failure("make the directory", path)
    }
  }

  /// Makes a directory and those above it.
  package static func makeDirectories(_ path: String) throws {
    guard !isDirectory(path) else { return }
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
  static func rename(_ old: String, to new: String) throws {
    guard Foundation.rename(old, new) == 0 else { throw failure("put in place", new) }
  }

  /// Waits until what was done to the names in a directory has reached the disk.
  static func synchronize(directory path: String) throws {
    try withDescriptor(path, O_RDONLY | O_CLOEXEC, "open") { descriptor in
      guard retrying({ fsync(descriptor) }) == 0 else { throw failure("synchronize", path) }
    }
  }

  /// Waits until a file's contents have reached the disk.
  static func synchronize(file path: String) throws {
    try withDescriptor(path, O_RDWR | O_CLOEXEC, "open") { descriptor in
      guard retrying({ fsync(descriptor) }) == 0 else { throw failure("synchronize", path) }
    }
  }

  /// Opens, does, closes.
  private static func withDescriptor<Result>(
    _ path: String, _ flags: Int32, _ action: String, _ body: (Int32) throws -> Result
  ) throws -> Result {
    let descriptor = retrying { open(path, flags, 0o666) }
    guard descriptor >= 0 else { throw failure(action, path) }
    defer { close(descriptor) }
    return try body(descriptor)
  }

  /// Writes a new file and waits until it has reached the disk; on failure nothing is left behind.
  static func write(_ bytes: UnsafeRawBufferPointer, toNew path: String) throws {
    try withNewFile(path) { write in try write(bytes) }
  }

  /// Writes all bytes to an open file.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      let written = retrying { Foundation.write(descriptor, piece.baseAddress!, piece.count) }
      guard written > 0 else { throw failure("write", path) }
      rest = rest.dropFirst(written)
    }
  }

  /// Copies a file and waits until the copy has reached the disk.
  static func copy(_ path: String, to new: String) throws {
    try withNewFile(new) { write in
      try read(path) { try write($0) }
    }
  }

  /// Writes a new file piece by piece and waits until it has reached the disk; on failure nothing is left behind.
  static func withNewFile(_ path: String, _ body: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void)
    throws
  {
    do {
      try withDescriptor(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, "write") { descriptor in
        try body { try write($0, to: descriptor, path: path) }
        guard retrying({ fsync(descriptor) }) == 0 else { throw failure("write", path) }
      }
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Writes a text file so that it is there whole or not at all.
  package static func writeAtomically(_ text: String, to path: String) throws {
    let temporary = path + ".tmp"
    var text = text
    try text.withUTF8 { try write(UnsafeRawBufferPointer($0), toNew: temporary) }
    try rename(temporary, to: path)
    let parent = parent(of: path)
    try synchronize(directory: parent.isEmpty ? "." : parent)
  }

  /// Appends a line to a text file and waits until it has reached the disk. A line that a crash cut short is ended first.
  static func append(line: String, to path: String) throws {
    try withDescriptor(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, "write") { descriptor in
      var last: UInt8 = 10
      let end = lseek(descriptor, 0, SEEK_END)
      if end > 0 { _ = pread(descriptor, &last, 1, end - 1) }
      let bytes = Array(((last == 10 ? "" : "\n") + line + "\n").utf8)
      try bytes.withUnsafeBytes { try write($0, to: descriptor, path: path) }
      guard retrying({ fsync(descriptor) }) == 0 else { throw failure("write", path) }
    }
  }

  /// The text of a file.
  package static func text(of path: String) throws -> String {
    let bytes = try contents(of: path)
    defer { bytes.deallocate() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw StorageError.damaged(path: path, reason: "it is not UTF-8 text")
    }
    return text
  }

  /// All bytes of a file, in memory that the caller frees.
  static func contents(of path: String) throws -> UnsafeMutableRawBufferPointer {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: try size(of: path), alignment: 16)
    do {
      var filled = 0
      try read(path, pieceBytes: bytes.count) { piece in
        guard filled + piece.count <= bytes.count else { return }
        UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]).copyMemory(from: piece)
        filled += piece.count
      }
      guard filled == bytes.count else {
        throw StorageError.damaged(path: path, reason: "its length changed while it was read")
      }
      return bytes
    } catch {
      bytes.deallocate()
      throw error
    }
  }

  /// Reads a file from start to end, a piece at a time.
  static func read(_ path: String, pieceBytes: Int = 1 << 20, _ take: (UnsafeRawBufferPointer) throws -> Void) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(pieceBytes, 1), alignment: 16)
    defer { buffer.deallocate() }
    try withDescriptor(path, O_RDONLY | O_CLOEXEC, "read") { descriptor in
      while true {
        let count = retrying { Foundation.read(descriptor, buffer.baseAddress!, buffer.count) }
        guard count >= 0 else { throw failure("read", path) }
        guard count > 0 else { return }
        try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
  }
}
