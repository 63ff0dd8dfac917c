// The one error for everything that can be wrong with an experiment file or the data files that it names.

import JSON

/// What is wrong with an input: which file, where in it, which key, what was found and what is allowed.
public struct SpecError: ExperimentError, Equatable {
  /// The place at fault.
  package enum Place: Sendable, Equatable {
    /// A line and a column (both from 1) of ``SpecError/file``.
    case text(line: Int, column: Int)
    /// The value of a command-line option, named with its dashes.
    case option(String)
    /// The file as a whole: it cannot be opened, say.
    case file
  }

  /// The file as the user named it.
  let file: String
  let place: Place
  /// Bad input; wrong usage where an option is at fault.
  public var kind: FailureKind { if case .option = place { .usage } else { .input } }
  /// The key at fault, such as `network.gains.activeProbability`; empty for the whole file.
  var keyPath: String
  /// What was found and what is allowed.
  public let message: String

  /// `file:line:column: key: message`, or `--option: message`.
  public var description: String {
    let key = keyPath.isEmpty ? "" : "\(keyPath): "
    switch place {
    case .text(let line, let column): return "\(file):\(line):\(column): \(key)\(message)"
    case .option(let name):
      // An option of a whole section does not say which of its keys is at fault.
      let isWhole = name.hasPrefix("--set ") && !name.hasSuffix(" \(keyPath)")
      return "\(name): \(isWhole ? key : "")\(message)"
    case .file: return "\(file): \(key)\(message)"
    }
  }

  init(file: String, place: Place, keyPath: String = "", message: String) {
    self.file = file
    self.place = place
    self.keyPath = keyPath
    self.message = message
  }

  /// What is wrong with a file as a whole.
  package init(_ file: String, _ message: String) { self.init(file: file, place: .file, message: message) }

  init(file: String, _ error: JSONSyntaxError) {
    self.init(
      file: file, place: .text(line: error.line, column: error.column), keyPath: error.path.description,
      message: error.message)
  }
}
