// Named arrays in NumPy's format of several, in memory and on disk.

import Sampling

/// The bytes of .npz files: what `numpy.savez` writes, and `numpy.load` and ``ArrayFile`` read, bit for bit.
///
/// ```swift
/// let bytes = try NPZFile.bytes([("inputs", [2, 3], [1, 2, 3, 4, 5, 6], .real)], by: "example")
/// ```
package enum NPZFile {
  /// An array to be written: its name, shape, numbers (last axis fastest) and how they are written.
  package typealias Entry = (name: String, shape: [Int], values: [Double], type: TransitionFigure.Kind)

  /// An archive of arrays in memory. O(bytes).
  ///
  /// - Throws: ``StorageError/export(_:)`` beyond 4 GiB, and for a number that should be whole and is not.
  package static func bytes(_ arrays: [Entry], by program: String) throws -> [UInt8] {
    final class Bytes { var all: [UInt8] = [] }
    let bytes = Bytes()
    var archive = ZipWriter(by: program) { bytes.all += $0 }
    for array in arrays {
      let header = NPYFile.header(shape: array.shape, type: array.type)
      try archive.add("\(array.name).npy") { take in
        try header.withUnsafeBytes(take)
        // A piece at a time, so that the bytes are never all there beside the numbers.
        var start = 0
        while start < array.values.count {
          let part = array.values[start..<min(start + (1 << 16), array.values.count)]
          try NPYFile.encoded(Array(part), array.type, name: array.name).withUnsafeBytes(take)
          start = part.endIndex
        }
      }
    }
    try archive.finish()
    return bytes.all
  }

  /// Packs the .npy files of a folder's folders into an archive, in the order of their names: `posterior/loss.npy` and so on.
  static func pack(folder: String, to path: String, by program: String) throws {
    let file = try OutputFile(path)
    var archive = ZipWriter(by: program) { try file.append($0) }
    for group in try Posix.names(in: folder).sorted() {
      for name in try Posix.names(in: "\(folder)/\(group)").sorted() {
        try archive.add("\(group)/\(name)") { take in try Posix.read("\(folder)/\(group)/\(name)", take) }
      }
    }
    try archive.finish()
    try file.close()
  }

  /// Whether a file is an archive that a program made by this type.
  package static func isMade(_ path: String, by program: String) throws -> Bool {
    ZipWriter.isMade([UInt8](try Posix.head(of: path).prefix(1 << 12)), by: program)
  }
}
