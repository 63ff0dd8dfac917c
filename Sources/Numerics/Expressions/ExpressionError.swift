// What is wrong with an expression, and where in it.

/// A fault of an expression, with its place.
package struct ExpressionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  package enum Fault: Sendable, Equatable {
    /// Something stands where it has no meaning, or is missing: words for people.
    case syntax(String)
    /// A name that is none of the variables'.
    case unknownName(String)
    /// A function that is not known.
    case unknownFunction(String)
  }

  /// The column of its first character, counted from 1.
  package let column: Int
  package let fault: Fault

  package init(column: Int, _ fault: Fault) {
    self.column = column
    self.fault = fault
  }

  package init(column: Int, _ words: String) { self.init(column: column, .syntax(words)) }

  /// What is wrong, without the place.
  package var words: String {
    switch fault {
    case .syntax(let words): words
    case .unknownName(let name): "unknown name \"\(name)\""
    case .unknownFunction(let name): "unknown function \"\(name)\""
    }
  }

  package var description: String { "column \(column): \(words)" }
}
