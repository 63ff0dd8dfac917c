// Everything that can go wrong between a run and the disk, said in one sentence each.

/// What is wrong with a run, a segment, or the disk beneath them.
package enum StorageError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The operating system refused: what was tried, on which path, `errno`.
  case system(action: String, path: String, code: Int32)
  /// libnetcdf refused: what was tried, on which path, its own words.
  case netCDF(action: String, path: String, reason: String)
  /// There is no libnetcdf on this machine, or none that can be loaded: what was tried, the system's words.
  case noNetCDF(action: String, path: String, reason: String)
  /// A directory that holds no run.
  case notARun(path: String, reason: String)
  /// There is a run (or something else) where a new one should go.
  case exists(path: String, reason: String)
  /// Something in a folder that the program would remove, and did not write.
  case foreign(path: String, folder: String)
  /// A symbolic link where the program would write.
  case isLink(path: String)
  /// Something else where a regular file should be.
  case notAFile(path: String, kind: Posix.Kind)
  /// Another process is writing into the run.
  case locked(path: String, holder: String)
  /// A segment or file of the run that is not what was written.
  case damaged(path: String, reason: String)
  /// The run cannot be continued or merged, because it is of something else: every difference, a sentence each.
  case mismatch(path: String, differences: [String])
  /// A source of draws that broke its contract.
  case contract(String)
  /// An export that cannot be made as asked.
  case export(String)

  package var description: String {
    switch self {
    case .system(let action, let path, let code): "cannot \(action) \(path): \(String(cString: strerror(code)))"
    case .netCDF(let action, let path, let reason): "cannot \(action) \(path): \(reason)"
    case .noNetCDF(let action, let path, let reason):
      "cannot \(action) \(path): libnetcdf, which this takes, cannot be loaded: install it (Debian: libnetcdf-dev, or libnetcdf19 "
        + "alone; Homebrew: netcdf) and try again (\(reason))"
    case .notARun(let path, let reason): "\(path) is not a run: \(reason)"
    case .exists(let path, let reason): "\(path) \(reason)"
    case .foreign(let path, let folder):
      "\(path) is not a file that this program writes; nothing in \(folder) was removed: take it away, or choose another place"
    case .isLink(let path): "\(path) is a symbolic link, which this program does not write through; remove it"
    case .notAFile(let path, let kind): "\(path) is not a regular file, but \(kind.rawValue)"
    case .locked(let path, let holder):
      "\(path) is being written by \(holder); wait for it, or choose another directory"
    case .damaged(let path, let reason): "\(path) is damaged: \(reason)"
    case .mismatch(let path, let differences): "\(path) is of something else: \(differences.joined(separator: "; "))"
    case .contract(let reason): reason
    case .export(let reason): reason
    }
  }

  /// Whether the disk or the operating system is to blame, rather than what was asked or found.
  package var isInputOutput: Bool {
    switch self {
    case .system, .netCDF, .noNetCDF: true
    case .notARun, .exists, .foreign, .isLink, .notAFile, .locked, .damaged, .mismatch, .contract, .export: false
    }
  }
}
