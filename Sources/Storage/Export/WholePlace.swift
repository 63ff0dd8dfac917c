// A place of the user's own for a file or a folder that is there whole or not at all, and never replaces another's.

/// Where an export goes.
package struct WholePlace {
  private let path: String
  private let own: [String]?
  private let option: String
  private let isOwnFile: (String) throws -> Bool

  /// - Parameters:
  ///   - own: what the export consists of if it is a folder, as ``Posix/requireOwn(_:_:)`` wants it: a folder that holds anything
  ///     else is never replaced; nil for a file, in place of a folder never.
  ///   - option: by which the user chose it, for messages.
  ///   - isOwnFile: whether a file there is this program's.
  package init(
    _ path: String, own: [String]?, option: String = "--out", isOwnFile: @escaping (String) throws -> Bool
  ) {
    self.path = path
    self.own = own
    self.option = option
    self.isOwnFile = isOwnFile
  }

  /// Refuses a place that cannot be written to, before any work is done.
  ///
  /// - Throws: ``StorageError``.
  package func requireFree(replacing: Bool) throws { _ = try replaced(replacing) }

  /// What is there now and may be replaced; nil for nothing.
  private func replaced(_ replacing: Bool) throws -> Posix.Kind? {
    let old = try Posix.kind(of: path, following: false)
    guard replacing || old == nil else {
      throw StorageError.exists(
        path: path, reason: "is there already; replace it (--force) or choose another place (\(option))")
    }
    if old == .directory {
      guard let own else {
        throw StorageError.exists(
          path: path, reason: "is a folder, which a file does not replace; choose another place (\(option))")
      }
      try Posix.requireOwn(path, own)
    } else if let old, try old != .file || !isOwnFile(path) {
      throw StorageError.exists(
        path: path, reason: "is there already and is no export of this program, which --force does not replace")
    }
    let parent = Posix.parent(of: path)
    guard try parent.isEmpty || Posix.exists(parent) else {
      throw StorageError.system(action: "write", path: path, code: ENOENT)
    }
    return old
  }

  /// Lets `body` make the file or folder at a path beside the place, and moves it there in one step.
  ///
  /// - Throws: ``StorageError``; what `body` throws. On failure nothing is left.
  package func write(replacing: Bool, _ body: (String) throws -> Void) throws {
    let old = try replaced(replacing)
    let work = try WorkFolder(beside: path)
    defer { withExtendedLifetime(work) {} }
    let made = "\(work.path)/new"
    try body(made)
    // Out of the way in one step: what is removed piece by piece must not look like the whole.
    if old == .directory || (old != nil && own != nil) { try Posix.rename(path, to: "\(work.path)/old") }
    try Posix.rename(made, to: path)
    let parent = Posix.parent(of: path)
    try Posix.synchronize(directory: parent.isEmpty ? "." : parent)
  }
}
