// Opens and reads input files whole, with one clear message for each way that this can fail.

import Sampling
import Storage

/// Reading of whole input files.
package enum InputFile {
  /// Larger specs are refused: 64 MiB.
  static let largestSpec = 64 << 20
  /// Larger tables are refused: 1 GiB.
  static let largestTable = 1 << 30

  /// The bytes of a regular file.
  ///
  /// Pipes and devices are refused without waiting for them: one that nobody writes into never ends, nor does /dev/zero.
  ///
  /// - Throws: ``SpecError`` for a missing or unreadable file, for what is no regular file, or more than `limit` bytes.
  static func read(_ path: String, shownAs name: String, limit: Int) throws(SpecError) -> [UInt8] {
    func failure(_ message: String) -> SpecError { SpecError(file: name, place: .file, message: message) }
    let tooLarge = failure("is larger than the \(limit >> 20) MiB allowed here")
    guard !path.unicodeScalars.contains("\0") else { throw failure("a path cannot contain the character U+0000") }
    // Opening a pipe waits for its other end otherwise.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      let looked = path == name ? "" : " (looked for \(path))"
      throw failure(code == ENOENT ? "there is no such file\(looked)" : "cannot be opened: \(reason(code))\(looked)")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("cannot be read: \(reason(errno))") }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw failure("this is a folder, not a file")
    default: throw failure("this is not a regular file but a pipe, a device or a socket; write it into a file first")
    }
    guard status.st_size <= limit else { throw tooLarge }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(status.st_size))
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = chunk.withUnsafeMutableBytes { Numerics.read(descriptor, $0.baseAddress!, $0.count) }
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure("cannot be read: \(reason(errno))")
      }
      bytes.append(contentsOf: chunk[..<count])
      // A file may grow while it is read, and those of /proc have no size.
      guard bytes.count <= limit else { throw tooLarge }
    }
  }

  /// The names of what is in a folder, sorted; nil for what is no folder, or not there.
  ///
  /// - Throws: ``SpecError`` for a folder that may not be looked into.
  static func names(inFolder path: String, shownAs name: String) throws(SpecError) -> [String]? {
    guard (try? Posix.kind(of: path, following: true)) == .directory else { return nil }
    do { return try Posix.names(in: path) } catch StorageError.system(_, _, let code) {
      throw SpecError(name, "this folder cannot be listed: \(reason(code))")
    } catch { throw SpecError(name, "this folder cannot be listed: \(error)") }
  }

  /// The bytes of standard input, which can be read once only, as a spec.
  static let standardInput: Result<[UInt8], SpecError> = Result { () throws(SpecError) in
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    func failure(_ message: String) -> SpecError {
      SpecError(file: Self.standardInputName, place: .file, message: message)
    }
    while true {
      let count = chunk.withUnsafeMutableBytes { Numerics.read(0, $0.baseAddress!, $0.count) }
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure("cannot be read: \(reason(errno))")
      }
      bytes.append(contentsOf: chunk[..<count])
      guard bytes.count <= largestSpec else {
        throw failure("is larger than the \(largestSpec >> 20) MiB allowed here")
      }
    }
  }

  /// The path that stands for standard input.
  package static let standardInputPath = "-"
  /// In messages; an experiment without a name is called by it, as by a file's.
  static let standardInputName = "standard input"

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }
}
