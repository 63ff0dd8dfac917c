// What a command says about itself; parsing and help both come from it.

/// An option as parsing and help see it.
protocol CommandOption: Sendable {
  /// Without the dashes.
  var name: String { get }
  var help: String { get }
  /// nil for a flag, which takes no value.
  var placeholder: String? { get }
  /// Whether it may be given several times.
  var isRepeatable: Bool { get }
  /// Of values, in words.
  var allowed: String { get }
  /// nil for a text that is not allowed.
  func read(_ text: String) -> (any Sendable)?
  /// What a shell completes the value by.
  var completes: CompletedBy { get }
}

extension CommandOption {
  var isRepeatable: Bool { false }
  var completes: CompletedBy { .nothing }
}

/// An option that takes a value: `--name value` or `--name=value`.
struct Option<Value: Sendable>: CommandOption {
  let name: String
  let value: OptionValue<Value>
  let help: String
  let isRepeatable: Bool

  init(_ name: String, _ value: OptionValue<Value>, _ help: String, isRepeatable: Bool = false) {
    self.name = name
    self.value = value
    self.help = help
    self.isRepeatable = isRepeatable
  }

  var placeholder: String? { value.placeholder }
  var allowed: String { value.allowed }
  var completes: CompletedBy { value.completes }
  func read(_ text: String) -> (any Sendable)? { value.read(text) }
}

/// An option without a value: `--name`.
struct Flag: CommandOption {
  let name: String
  let help: String

  init(_ name: String, _ help: String) {
    self.name = name
    self.help = help
  }

  var placeholder: String? { nil }
  var allowed: String { "no value" }
  func read(_ text: String) -> (any Sendable)? { nil }
}

/// A positional parameter.
struct Parameter: Sendable {
  enum Count: Sendable, Equatable { case one, oneOrNone, oneOrMore, anyNumber }

  /// As help shows it: `experiment.json | run`.
  let name: String
  let help: String
  let count: Count
  /// What a shell completes it by.
  let completes: CompletedBy

  init(_ name: String, _ help: String, count: Count = .one, completes: CompletedBy = .files) {
    self.name = name
    self.help = help
    self.count = count
    self.completes = completes
  }
}

/// A command line to copy, and what it does.
struct CommandExample: Sendable {
  let line: String
  let meaning: String

  init(_ line: String, _ meaning: String) {
    self.line = line
    self.meaning = meaning
  }
}

/// Everything that a command says about itself.
struct CommandDescription: Sendable {
  let name: String
  /// One line, in the imperative.
  let abstract: String
  /// First in the help.
  let examples: [CommandExample]
  /// Full sentences, last in the help.
  let discussion: String
  /// Only the last may be optional or repeated.
  let parameters: [Parameter]
  let options: [any CommandOption]

  init(
    name: String, abstract: String, examples: [CommandExample], discussion: String = "", parameters: [Parameter] = [],
    options: [any CommandOption] = []
  ) {
    self.name = name
    self.abstract = abstract
    self.examples = examples
    self.discussion = discussion
    self.parameters = parameters
    self.options = options + [StandardOptions.help]
  }
}

/// A command of the program: a description and what to do, with no parsing of its own.
protocol Command: Sendable {
  static var description: CommandDescription { get }
  /// Whether the ranks of a job share its work; otherwise the first does it.
  static var isParallel: Bool { get }
  static func run(_ context: CommandContext) async throws -> CommandStatus
}

extension Command {
  static var isParallel: Bool { false }
}
