// A command line that does not say what to do.

/// Wrong usage: what is wrong, and of which command the help tells more.
struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
  let message: String
  /// The command whose help to point at; nil for the program's own.
  let command: String?

  init(_ message: String, command: String? = nil) {
    self.message = message
    self.command = command
  }

  var description: String { message }
}
