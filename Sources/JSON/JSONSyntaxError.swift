// What is wrong with a text that is not JSON.

/// A text that cannot be read as JSON: where, and what was expected there.
package struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Counts from 1.
  package let line: Int
  /// In Unicode scalars; counts from 1.
  package let column: Int
  /// The value that was being read.
  package let path: JSONPath
  /// What was found and what was expected.
  package let message: String

  package var description: String { "line \(line), column \(column): \(message)" }
}
