// Where networks come from: a file, or the .npy files of a folder together.

import JSON
import Storage

/// A source of networks: files that together hold the arrays of one network or of several.
struct ImportSource: Sendable {
  /// For messages.
  let name: String
  /// The folder that it lies in.
  let folder: String
  let files: [(path: String, sha256: String)]
  let arrays: ImportArrays

  private static let endings = ArrayFile.endings + ["csv", "tsv", "txt"]

  /// The files that some paths mean, in groups that are one source each: folders stand for the files in them that can be read, and the .npy
  /// files of one folder belong together.
  ///
  /// - Throws: ``SpecError`` for a folder without such files; ``StorageError``.
  static func groups(_ paths: [String]) throws -> [[String]] {
    var groups: [[String]] = []
    var arrays: [String: Int] = [:]
    for path in paths {
      for file in try files(path) {
        let folder = Self.folder(of: file)
        if ending(of: file) == "npy" {
          if let group = arrays[folder] {
            guard !groups[group].contains(file) else { continue }
            groups[group].append(file)
            continue
          }
          arrays[folder] = groups.count
        }
        guard !groups.contains([file]) else { continue }
        groups.append([file])
      }
    }
    return groups
  }

  /// The folders in the folders among some paths.
  static func foldersLeftOut(_ paths: [String]) throws -> [String] {
    try paths.filter { (try? Posix.kind(of: $0, following: true)) == .directory }.flatMap { folder in
      try Posix.names(in: folder).sorted().map { "\(folder.hasSuffix("/") ? String(folder.dropLast()) : folder)/\($0)" }
        .filter { (try? Posix.kind(of: $0, following: true)) == .directory }
    }
  }

  private static func files(_ path: String) throws -> [String] {
    guard (try? Posix.kind(of: path, following: true)) == .directory else { return [path] }
    let names = try Posix.names(in: path).filter { !$0.hasPrefix(".") && endings.contains(ending(of: $0)) }.sorted()
    guard !names.isEmpty else {
      throw SpecError(
        file: path, place: .file,
        message:
          "this folder has no files of arrays; allowed: files that end with \(endings.map { ".\($0)" }.joined(separator: ", "))"
      )
    }
    return names.map { "\(path.hasSuffix("/") ? String(path.dropLast()) : path)/\($0)" }
  }

  /// Reads the files of one group.
  ///
  /// - Throws: ``SpecError`` that names the file.
  init(_ paths: [String]) throws(SpecError) {
    var arrays = ImportArrays()
    var files: [(path: String, sha256: String)] = []
    for path in paths {
      let bytes = try InputFile.read(path, shownAs: path, limit: InputFile.largestTable)
      var hash = SHA256()
      hash.update(bytes)
      files.append((path, hash.hexDigest))
      let ending = Self.ending(of: path)
      if ["csv", "tsv", "txt"].contains(ending) {
        for (name, array) in try NeuronTable.read(bytes, file: path) { arrays.add(name, array) }
        continue
      }
      do {
        for (name, array) in try ArrayFile.read(bytes, stem: Self.stem(of: path), ending: ending) {
          arrays.add(name, array)
        }
      } catch {
        throw SpecError(file: path, place: .file, message: error.description)
      }
    }
    self.files = files
    self.arrays = arrays
    folder = Self.folder(of: paths[0])
    name = paths.count > 1 ? folder : paths[0]
  }

  private static func fileName(_ path: String) -> Substring { path.split(separator: "/").last ?? "" }

  private static func folder(of path: String) -> String {
    let folder = path.dropLast(fileName(path).count)
    return folder.isEmpty ? "." : String(folder)
  }

  /// What a file's name ends with behind its last dot, in lower case.
  private static func ending(of path: String) -> String {
    let name = fileName(path)
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  static func stem(of path: String) -> String {
    let name = fileName(path)
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return String(name) }
    return String(name[..<dot])
  }
}
