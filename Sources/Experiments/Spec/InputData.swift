// What an experiment reads from files besides its own text, and what a run keeps of it.

import Storage

/// The contents of a file that an experiment refers to.
package protocol InputData: Sendable {
  var location: DataFile.Location { get }
  /// What the name of a file of such contents ends with, in a run.
  var ending: String { get }
  /// Takes the contents, and not how they were written, into a hash.
  func update(_ hash: inout SHA256)
  /// A file of the same contents, which reads back bit for bit.
  func bytes() throws -> [UInt8]
}

extension DataFile: InputData {
  package var ending: String { "csv" }

  package func update(_ hash: inout SHA256) {
    hash.update(table.rows)
    hash.update(table.elements)
  }

  package func bytes() -> [UInt8] { Array(table.rowArrays.map { CSV.line($0.map { .number($0) }) }.joined().utf8) }
}
