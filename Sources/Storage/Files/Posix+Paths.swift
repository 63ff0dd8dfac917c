// Paths as texts.

extension Posix {
  /// The last name in a path; "/" for the root.
  static func lastName(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? (path.isEmpty ? "" : "/")
  }

  /// Where the program itself is, links resolved; nil where the system does not say.
  package static let program: String? = {
    #if canImport(Darwin)
      var room = UInt32(PATH_MAX)
      let name = String(unsafeUninitializedCapacity: Int(room)) { buffer in
        buffer.withMemoryRebound(to: CChar.self) {
          _NSGetExecutablePath($0.baseAddress, &room) == 0 ? strlen($0.baseAddress!) : 0
        }
      }
    #else
      let name = "/proc/self/exe"
    #endif
    let found = realpath(name, nil)
    defer { free(found) }
    return found.map { String(cString: $0) }
  }()

  /// A path without `~`, empty names and `.`; an absolute one without `..` and links either, as far as it exists.
  ///
  /// A relative path keeps its `..`: without looking, nobody knows where a link before it leads.
  static func standardized(_ path: String) -> String {
    let path = withHome(path)
    let names = path.split(separator: "/")
    guard path.hasPrefix("/") else {
      return names.enumerated().filter { $0.offset == 0 || $0.element != "." }.map(\.element).joined(separator: "/")
    }
    var resolved = ""
    for name in names where name != "." {
      if name == ".." {
        resolved = String(resolved[..<(resolved.lastIndex(of: "/") ?? resolved.startIndex)])
      } else {
        let next = "\(resolved)/\(name)"
        let found = realpath(next, nil)
        defer { free(found) }
        resolved = found.map { String(cString: $0) } ?? next
        if resolved == "/" { resolved = "" }
      }
    }
    return resolved.isEmpty ? "/" : resolved
  }

  /// A path with a home folder in place of `~` or `~user`, where there is such a user.
  private static func withHome(_ path: String) -> String {
    guard path.hasPrefix("~") else { return path }
    let user = path.dropFirst().prefix { $0 != "/" }
    let manager = FileManager.default
    let home = user.isEmpty ? manager.homeDirectoryForCurrentUser : manager.homeDirectory(forUser: String(user))
    return home.map { $0.path + path.dropFirst(1 + user.count) } ?? path
  }
}
