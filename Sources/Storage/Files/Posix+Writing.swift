// Writing files so that they are there whole or not at all, and never through a link.

extension Posix {
  /// Opens a new file for writing. What had its name before, a link included, is taken away and not written through.
  static func openNew(_ path: String) throws -> Int32 {
    unlink(path)
    let descriptor = retrying { open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666) }
    guard descriptor >= 0 else { throw failure("write", path) }
    return descriptor
  }

  /// Opens a file of the program's own to be changed, or makes it.
  ///
  /// - Returns: the descriptor, which the caller closes, and the file's length in bytes.
  /// - Throws: ``StorageError``: `isLink` for a symbolic link, `notAFile`, `system`.
  static func openOwn(_ path: String, _ flags: Int32 = 0) throws -> (descriptor: Int32, bytes: Int) {
    let all = flags | O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    let descriptor = retrying { open(path, all, 0o666) }
    guard descriptor >= 0 else {
      guard errno == ELOOP else { throw failure("write", path) }
      throw StorageError.isLink(path: path)
    }
    do {
      return (descriptor, try bytes(inFile: descriptor, path))
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Waits until a file's contents have reached the disk.
  package static func synchronize(file path: String) throws {
    let (descriptor, _) = try openForReading(path)
    defer { close(descriptor) }
    guard retrying({ fsync(descriptor) }) == 0 else { throw failure("synchronize", path) }
  }

  /// Writes all bytes to an open file.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      let written = retrying { Numerics.write(descriptor, piece.baseAddress!, piece.count) }
      guard written > 0 else { throw failure("write", path) }
      rest = rest.dropFirst(written)
    }
  }

  /// Writes a new file and waits until it has reached the disk; on failure nothing is left behind.
  static func write(_ bytes: UnsafeRawBufferPointer, toNew path: String) throws {
    try withNewFile(path) { write in try write(bytes) }
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
    let descriptor = try openNew(path)
    defer { close(descriptor) }
    do {
      try body { try write($0, to: descriptor, path: path) }
      guard retrying({ fsync(descriptor) }) == 0 else { throw failure("write", path) }
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Writes a text file so that it is there whole or not at all.
  ///
  /// - Parameter temporary: its name meanwhile, in the same directory.
  package static func writeAtomically(_ text: String, to path: String, by temporary: String? = nil) throws {
    var text = text
    try text.withUTF8 { try writeAtomically(UnsafeRawBufferPointer($0), to: path, by: temporary) }
  }

  /// The same of bytes.
  package static func writeAtomically(
    _ bytes: UnsafeRawBufferPointer, to path: String, by temporary: String? = nil
  ) throws {
    let temporary = temporary ?? path + ".tmp"
    try write(bytes, toNew: temporary)
    do {
      try rename(temporary, to: path)
    } catch {
      unlink(temporary)
      throw error
    }
    let parent = parent(of: path)
    try synchronize(directory: parent.isEmpty ? "." : parent)
  }

  /// Appends a line to a text file and waits until it has reached the disk. A line that a crash cut short is ended first.
  static func append(line: String, to path: String) throws {
    let (descriptor, end) = try openOwn(path, O_APPEND)
    defer { close(descriptor) }
    var last: UInt8 = 10
    if end > 0 {
      guard retrying({ pread(descriptor, &last, 1, off_t(end - 1)) }) == 1 else { throw failure("read", path) }
    }
    let bytes = Array(((last == 10 ? "" : "\n") + line + "\n").utf8)
    try bytes.withUnsafeBytes { try write($0, to: descriptor, path: path) }
    guard retrying({ fsync(descriptor) }) == 0 else { throw failure("write", path) }
  }
}
