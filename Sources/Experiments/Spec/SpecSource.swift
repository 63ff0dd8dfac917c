// A spec's tree together with the file it came from: makes errors that point at the value at fault.

import JSON

/// The tree of an experiment file, where it came from, and how to open the data files that it names.
package struct SpecSource: Sendable {
  /// The file as the user named it, for messages.
  let file: String
  let root: JSONValue
  /// The folder that relative paths start from.
  let folder: String
  /// All sections that such a file can have.
  let sections: [SpecSection]
  /// Reads a data file whole. Replaced in tests that must not touch the disk.
  let readFile: @Sendable (DataFile.Location) throws(SpecError) -> [UInt8]
  /// The names of what is in a folder; nil for what is no folder.
  let folderFiles: @Sendable (DataFile.Location) throws(SpecError) -> [String]?

  /// Opens the table that the key at `path` names and checks its number of columns.
  ///
  /// - Throws: ``SpecError``, at the key if the file cannot be read, else at a line of the file.
  func table(
    _ location: DataFile.Location, at path: JSONPath, columns: NumericTable.Columns? = nil
  ) throws(SpecError) -> DataFile {
    let bytes: [UInt8]
    do { bytes = try readFile(location) } catch { throw self.error(at: path, "\(error.file): \(error.message)") }
    do {
      return DataFile(location: location, table: try NumericTable.read(bytes, file: location.path, columns: columns))
    } catch {
      var error = error
      error.keyPath = path.description
      throw error
    }
  }

  /// The error at `path`, or at the innermost value on the way there that exists.
  func error(at path: JSONPath, _ message: String) -> SpecError {
    error(at: path, origin: root.nearest(to: path).origin, message)
  }

  /// The error at the given origin.
  func error(at path: JSONPath, origin: JSONOrigin, _ message: String) -> SpecError {
    let place: SpecError.Place =
      switch origin {
      case .text(let line, let column): .text(line: line, column: column)
      case .option(let name): .option(name)
      case .program: .file
      }
    return SpecError(file: file, place: place, keyPath: path.description, message: message)
  }

  /// The error for a value of the wrong form.
  func error(at path: JSONPath, found value: JSONValue, allowed: String) -> SpecError {
    error(at: path, origin: value.origin, "found \(value.summary); allowed: \(allowed)")
  }
}

extension JSONValue {
  /// The value in at most a few words, for "found ...".
  var summary: String {
    switch content {
    case .null, .bool, .integer, .number: text(.compact)
    case .string(let value): JSONWriter.excerpt(value)
    case .array(let elements): elements.isEmpty ? "an empty list" : "a list of \(elements.count)"
    case .object: "an object"
    }
  }
}
