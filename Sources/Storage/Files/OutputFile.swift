// A new file that is written from start to end, a megabyte at a time.

/// A file being written.
package final class OutputFile {
  private static let bufferBytes = 1 << 20

  private let path: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []

  /// - Throws: ``StorageError/system(action:path:code:)``.
  package init(_ path: String) throws {
    self.path = path
    descriptor = try Posix.openNew(path)
  }

  deinit { if descriptor >= 0 { Numerics.close(descriptor) } }

  func append(_ bytes: [UInt8]) throws {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.bufferBytes { try flush() }
  }

  package func append(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.bufferBytes { try flush() }
  }

  private func flush() throws {
    try buffer.withUnsafeBytes { try Posix.write($0, to: descriptor, path: path) }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes what is left and waits until it has reached the disk.
  package func close() throws {
    try flush()
    guard Posix.retrying({ fsync(descriptor) }) == 0 else { throw Posix.failure("write", path) }
    Numerics.close(descriptor)
    descriptor = -1
  }
}
