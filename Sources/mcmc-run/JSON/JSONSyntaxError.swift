// What is wrong with a text that is not JSON.

/// A text that cannot be read as JSON: where, and what was expected there.
struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Counts from 1.
  let line: Int
  /// In Unicode scalars; counts from 1.
  let column: Int
  /// The value that was being read.
  let path: JSONPath
  /// What was found and what was expected.
  let message: String

  var description: String { "line \(line), column \(column): \(message)" }
}
