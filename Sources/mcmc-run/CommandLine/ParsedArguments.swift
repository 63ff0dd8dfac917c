// A command line read by a description: values by option and parameter.

import Experiments
import JSON

/// The values that a command line gives to a command's options and parameters.
struct ParsedArguments: Sendable {
  /// Every value of an option, in order.
  private let options: [String: [any Sendable]]
  private let parameters: [String: [String]]

  /// The value of an option; nil if it is not given.
  subscript<Value>(_ option: Option<Value>) -> Value? { options[option.name]?.first as? Value }

  /// All values of an option that may be given several times.
  func all<Value>(_ option: Option<Value>) -> [Value] { (options[option.name] ?? []).compactMap { $0 as? Value } }

  /// Whether a flag is given.
  subscript(_ flag: Flag) -> Bool { options[flag.name] != nil }

  /// The value of a parameter; nil if it is left out.
  subscript(_ parameter: Parameter) -> String? { parameters[parameter.name]?.first }

  /// All values of a repeated parameter.
  func all(_ parameter: Parameter) -> [String] { parameters[parameter.name] ?? [] }

  /// Reads `arguments`, the command's name left out.
  ///
  /// Options may stand anywhere; `--` ends them. A value that begins with `--` needs `--name=value`.
  ///
  /// - Throws: ``UsageError``.
  init(_ arguments: [String], for command: CommandDescription) throws(UsageError) {
    var options: [String: [any Sendable]] = [:]
    var positional: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        positional += rest
        break
      }
      if argument == "-h" {
        options[StandardOptions.help.name] = [true]
      } else if argument.hasPrefix("--") {
        let (option, value) = try Self.option(argument, &rest, command)
        guard option.isRepeatable || option.placeholder == nil || options[option.name] == nil else {
          throw UsageError("--\(option.name) is given twice")
        }
        options[option.name, default: []].append(value)
      } else if argument.hasPrefix("-"), argument.count > 1 {
        throw UsageError(
          "unknown option \(JSONWriter.excerpt(argument, quotes: false)); options have two dashes, "
            + "and -- goes before a name that begins with one")
      } else {
        positional.append(argument)
      }
    }
    self.options = options
    parameters = options[StandardOptions.help.name] != nil ? [:] : try Self.assign(positional, command)
  }

  private static func option(
    _ argument: String, _ rest: inout ArraySlice<String>, _ command: CommandDescription
  ) throws(UsageError) -> (any CommandOption, any Sendable) {
    let text = argument.dropFirst(2)
    let name = String(text.prefix { $0 != "=" })
    guard let option = command.options.first(where: { $0.name == name }) else {
      let hint = Spelling.nearest(to: name, among: command.options.map(\.name)).map { " (did you mean --\($0)?)" } ?? ""
      throw UsageError("\(command.name) has no option --\(JSONWriter.excerpt(name, quotes: false))\(hint)")
    }
    let attached = text.firstIndex(of: "=").map { String(text[text.index(after: $0)...]) }
    guard option.placeholder != nil else {
      guard attached == nil else { throw UsageError("--\(name) takes no value") }
      return (option, true)
    }
    let value: String
    if let attached {
      value = attached
    } else if let next = rest.first, !next.hasPrefix("--") {
      value = next
      rest.removeFirst()
    } else {
      throw UsageError("--\(name) needs a value; allowed: \(option.allowed)")
    }
    guard let result = option.read(value) else {
      throw UsageError("--\(name): found \(JSONWriter.excerpt(value)); allowed: \(option.allowed)")
    }
    return (option, result)
  }

  private static func assign(
    _ values: [String], _ command: CommandDescription
  ) throws(UsageError) -> [String: [String]] {
    var result: [String: [String]] = [:]
    var rest = values[...]
    for parameter in command.parameters {
      let taken = [.oneOrMore, .anyNumber].contains(parameter.count) ? rest : rest.prefix(1)
      if taken.isEmpty, [.one, .oneOrMore].contains(parameter.count) {
        throw UsageError("\(command.name) needs <\(parameter.name)>: \(parameter.help)")
      }
      result[parameter.name] = Array(taken)
      rest = rest.dropFirst(taken.count)
    }
    if let extra = rest.first {
      throw UsageError("\(command.name) does not know what to do with \(JSONWriter.excerpt(extra))")
    }
    return result
  }
}
