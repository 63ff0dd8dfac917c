// The arrays that trials in time consist of: those of one .npz file, or the .npy files of a folder.

import JSON
import Sampling
import Storage

/// Arrays of trials by name, and where each comes from.
struct TrialArrays {
  /// The arrays that are read, by name; the last two may be left out.
  static let names = ["inputs", "targets", "mask", "context"]

  let location: DataFile.Location
  private let isFolder: Bool
  private let arrays: [(name: String, array: StoredArray)]
  /// Of all arrays that are there, whether they are read or not.
  private let found: [String]

  /// The arrays in the bytes of a file.
  ///
  /// - Throws: ``SpecError`` for what is no file of arrays, and for a misspelt array.
  init(_ bytes: [UInt8], _ location: DataFile.Location) throws(SpecError) {
    let name = URL(fileURLWithPath: location.path)
    var found: [String] = []
    do {
      arrays = try ArrayFile.read(
        bytes, stem: name.deletingPathExtension().lastPathComponent, ending: name.pathExtension.lowercased()
      ) { name in
        found.append(name)
        return Self.names.contains(name)
      }
    } catch { throw SpecError(location.path, error.description) }
    self.location = location
    isFolder = false
    // A file that is no archive has its arrays read unasked.
    self.found = found.isEmpty ? arrays.map(\.name) : found
    try requireSpelling()
  }

  /// The arrays in the .npy files of a folder, each called as its file. Other files are not opened.
  ///
  /// - Parameters:
  ///   - files: the names of the files in it.
  ///   - readFile: reads one of them whole.
  /// - Throws: ``SpecError`` that names the file: for what is no .npy file, and for a misspelt one.
  init(
    folder location: DataFile.Location, files: [String],
    _ readFile: (DataFile.Location) throws(SpecError) -> [UInt8]
  ) throws(SpecError) {
    self.location = location
    isFolder = true
    found = files.filter { $0.hasSuffix(Self.ending) }.map { String($0.dropLast(Self.ending.count)) }
    var arrays: [(name: String, array: StoredArray)] = []
    for name in Self.names where found.contains(name) {
      let file = location.file(name + Self.ending)
      let bytes = try readFile(file)
      do { arrays.append((name, try NPYReader.read(bytes[...]))) } catch {
        throw SpecError(file.path, error.description)
      }
    }
    self.arrays = arrays
    try requireSpelling()
  }

  private static let ending = ".npy"

  subscript(name: String) -> StoredArray? { arrays.first { $0.name == name }?.array }

  /// An array that may not be left out.
  ///
  /// - Throws: ``SpecError`` that says what there is.
  func required(_ name: String) throws(SpecError) -> StoredArray {
    if let array = self[name] { return array }
    let names = found.prefix(8).map { JSONWriter.excerpt(label($0)) }.joined(separator: ", ")
    throw SpecError(
      location.path,
      "it has no \(word) \"\(label(name))\" (it has \(names.isEmpty ? "none" : names)); allowed: \(label("inputs")) and "
        + "\(label("targets")) [trial, time, channel], \(label("mask")) (default: ones), \(label("context")) [trial] (default: 0)"
    )
  }

  /// What is wrong with an array, or with nil of them with all together: it names the file that the array is in.
  func fault(_ array: String?, _ message: String) -> SpecError {
    guard isFolder, let array else { return SpecError(location.path, message) }
    return SpecError(location.file(label(array)).path, message)
  }

  /// A misspelt mask would count as ones.
  private func requireSpelling() throws(SpecError) {
    for name in found where !Self.names.contains(name) {
      if let meant = Spelling.nearest(to: name, among: Self.names), !found.contains(meant) {
        throw SpecError(
          location.path,
          "it has \(isFolder ? "a" : "an") \(word) \(JSONWriter.excerpt(label(name))); did you mean \"\(label(meant))\"?"
        )
      }
    }
  }

  private var word: String { isFolder ? "file" : "array" }

  /// What an array is called where it is.
  private func label(_ name: String) -> String { isFolder ? name + Self.ending : name }
}
