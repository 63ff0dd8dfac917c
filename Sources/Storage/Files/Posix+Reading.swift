// Reading files whole or piece by piece: regular files only, so that nothing waits for a pipe or reads a device without end.

extension Posix {
  /// Larger texts are refused: 1 GiB.
  package static let largestText = 1 << 30

  /// Opens a regular file for reading; never waits.
  ///
  /// - Returns: the descriptor, which the caller closes, and the file's length in bytes.
  /// - Throws: ``StorageError/notAFile(path:kind:)`` for a pipe, device, socket or folder; `system`.
  package static func openForReading(_ path: String) throws -> (descriptor: Int32, bytes: Int) {
    // Without O_NONBLOCK a pipe that nobody writes to would be waited for here, before it can be told from a file.
    let descriptor = retrying { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
    guard descriptor >= 0 else {
      // A socket cannot be opened at all.
      guard errno == ENXIO else { throw failure("read", path) }
      throw StorageError.notAFile(path: path, kind: .socket)
    }
    do {
      return (descriptor, try bytes(inFile: descriptor, path))
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// The length of an open file in bytes.
  ///
  /// - Throws: ``StorageError/notAFile(path:kind:)`` if it is no regular file; `system`.
  static func bytes(inFile descriptor: Int32, _ path: String) throws -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("look at", path) }
    let kind = Kind(status.st_mode)
    guard kind == .file else { throw StorageError.notAFile(path: path, kind: kind) }
    return Int(status.st_size)
  }

  /// The length of a regular file in bytes.
  static func size(of path: String) throws -> Int {
    let (descriptor, bytes) = try openForReading(path)
    close(descriptor)
    return bytes
  }

  /// The text of a file.
  ///
  /// - Throws: ``StorageError``: `damaged` if it is not UTF-8 or longer than ``largestText``; `notAFile`, `system`.
  package static func text(of path: String) throws -> String {
    let bytes = try contents(of: path, limit: largestText)
    defer { bytes.deallocate() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw StorageError.damaged(path: path, reason: "it is not UTF-8 text")
    }
    return text
  }

  /// All bytes of a file, in memory that the caller frees.
  static func contents(of path: String, limit: Int) throws -> UnsafeMutableRawBufferPointer {
    let (descriptor, size) = try openForReading(path)
    defer { close(descriptor) }
    guard size <= limit else {
      throw StorageError.damaged(path: path, reason: "it is larger than the \(limit >> 20) MiB allowed here")
    }
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    do {
      var filled = 0
      try read(descriptor, path, pieceBytes: min(size + 1, 1 << 20)) { piece in
        guard filled + piece.count <= size else { throw changedLength(path) }
        UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]).copyMemory(from: piece)
        filled += piece.count
      }
      guard filled == size else { throw changedLength(path) }
      return bytes
    } catch {
      bytes.deallocate()
      throw error
    }
  }

  private static func changedLength(_ path: String) -> StorageError {
    .damaged(path: path, reason: "its length changed while it was read")
  }

  /// Reads a file from start to end, a piece at a time.
  static func read(_ path: String, _ take: (UnsafeRawBufferPointer) throws -> Void) throws {
    let (descriptor, _) = try openForReading(path)
    defer { close(descriptor) }
    try read(descriptor, path, pieceBytes: 1 << 20, take)
  }

  /// The first bytes of a file, a megabyte at most: by these it tells what it is.
  package static func head(of path: String) throws -> Data {
    let (descriptor, _) = try openForReading(path)
    defer { close(descriptor) }
    var head = Data(count: 1 << 20)
    let count = head.withUnsafeMutableBytes { buffer in
      retrying { Numerics.read(descriptor, buffer.baseAddress!, buffer.count) }
    }
    guard count >= 0 else { throw failure("read", path) }
    return head.prefix(count)
  }

  private static func read(
    _ descriptor: Int32, _ path: String, pieceBytes: Int, _ take: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = retrying { Numerics.read(descriptor, buffer.baseAddress!, buffer.count) }
      guard count >= 0 else { throw failure("read", path) }
      guard count > 0 else { return }
      try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
