// A table that a spec names by path: the path as written, where it is, and what it holds.

import Sampling
import Storage

/// A table, CSV or .npy, that an experiment refers to, with its contents.
package struct DataFile: Sendable, Equatable {
  /// Where a data file is.
  package struct Location: Sendable, Equatable {
    /// The path as the spec has it; the resolved spec keeps it so.
    let path: String
    /// The path to open.
    let absolutePath: String

    /// Resolves `path` against the spec's folder, unless it is absolute.
    init(path: String, folder: String) {
      self.path = path
      let base = URL(fileURLWithPath: folder, isDirectory: true)
      absolutePath = URL(fileURLWithPath: path, relativeTo: base).standardizedFileURL.path
    }

    private init(path: String, absolutePath: String) {
      self.path = path
      self.absolutePath = absolutePath
    }

    /// Where a file is in the folder that this is the location of.
    func file(_ name: String) -> Location {
      Location(path: path.hasSuffix("/") ? path + name : "\(path)/\(name)", absolutePath: "\(absolutePath)/\(name)")
    }
  }

  package let location: Location
  let table: Matrix
}
