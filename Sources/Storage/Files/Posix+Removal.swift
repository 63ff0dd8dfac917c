// Removing folders that this program made: all of what it wrote, and not a file more.

extension Posix {
  /// Refuses a folder that holds anything but what this program writes there.
  ///
  /// - Parameter patterns: the paths of everything that it writes, from the folder on; `*`, `?` and `[...]` as in a shell, none
  ///   of which stands for a slash. Folders on the way to them are the program's too, links never are.
  /// - Throws: ``StorageError/foreign(path:folder:)`` with the first thing found that is not the program's; `system`.
  package static func requireOwn(_ folder: String, _ patterns: [String]) throws {
    _ = try ownEntries(of: folder, patterns)
  }

  /// Removes a folder in which everything is the program's; a link to one is removed, and the folder stays.
  ///
  /// Nothing is removed if it holds anything else.
  ///
  /// - Throws: as ``requireOwn(_:_:)``.
  package static func removeOwn(_ folder: String, _ patterns: [String]) throws {
    guard try kind(of: folder, following: false) == .directory else { return try remove(folder) }
    // Contents before the folders that they are in.
    for entry in try ownEntries(of: folder, patterns).reversed() {
      let path = "\(folder)/\(entry.path)"
      if entry.kind == .directory { try removeEmpty(path) } else { try remove(path) }
    }
    try removeEmpty(folder)
  }

  /// Removes a file, or a link; what is gone already is fine.
  package static func remove(_ path: String) throws {
    guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove", path) }
  }

  private static func removeEmpty(_ folder: String) throws {
    guard rmdir(folder) == 0 || errno == ENOENT else { throw failure("remove", folder) }
  }

  /// Something below a folder.
  private struct Entry {
    /// From the folder on.
    let path: String
    let kind: Kind

    func isOwn(_ patterns: [String]) -> Bool {
      switch kind {
      case .file: patterns.contains { fnmatch($0, path, FNM_PATHNAME) == 0 }
      case .directory:
        patterns.contains { pattern in
          let depth = path.split(separator: "/").count
          let parts = pattern.split(separator: "/")
          return parts.count > depth && fnmatch(parts.prefix(depth).joined(separator: "/"), path, FNM_PATHNAME) == 0
        }
      case .link, .pipe, .socket, .device: false
      }
    }
  }

  /// Everything below a folder, each folder before what is in it; links are not followed.
  private static func ownEntries(
    of folder: String, _ patterns: [String], below place: String = ""
  ) throws -> [Entry] {
    try names(in: place.isEmpty ? folder : "\(folder)/\(place)").flatMap { name in
      let path = place.isEmpty ? name : "\(place)/\(name)"
      guard let kind = try kind(of: "\(folder)/\(path)", following: false) else { return [Entry]() }
      let entry = Entry(path: path, kind: kind)
      guard entry.isOwn(patterns) else { throw StorageError.foreign(path: "\(folder)/\(path)", folder: folder) }
      return [entry] + (kind == .directory ? try ownEntries(of: folder, patterns, below: path) : [])
    }
  }
}
