// The program as a list of commands: finds the one that is meant, runs it, and reports how it ended.

import Experiments
import JSON
import Sampling

/// A program made of commands.
struct Program: Sendable {
  let name: String
  let version: String
  /// One line.
  let abstract: String
  let examples: [CommandExample]
  let commands: [any Command.Type]

  /// Runs the command that `arguments` (without the program's own name) ask for. Never throws: every error becomes one message on
  /// standard error and a status.
  func run(_ arguments: [String], on terminal: Terminal) async -> CommandStatus {
    let ranks: Ranks
    do { ranks = Ranks(try Communicator.join()) } catch {
      if !((error as? LaunchError)?.isRepeated ?? false) { terminal.say("\(name): error: \(error)\n") }
      return CommandStatus(error)
    }
    if !ranks.isFirst { LastWords.silence() }
    let own = await outcome(arguments, ranks.isFirst ? terminal : terminal.silent, ranks)
    let (code, message) = ranks.end(own.status.code, own.message)
    let status = CommandStatus(code: code)
    if ranks.isFirst, let message { report(message, status, arguments, terminal) }
    return status
  }

  /// Says why the command failed, in JSON too where that was asked for.
  private func report(_ message: String, _ status: CommandStatus, _ arguments: [String], _ terminal: Terminal) {
    terminal.say("\(name): error: \(message)\n")
    if Self.wantsJSON(arguments) { terminal.output.write(status.failure(message).text() + "\n") }
  }

  /// Whether a command line, even one that cannot be understood, asks for JSON.
  static func wantsJSON(_ arguments: [String]) -> Bool {
    arguments.prefix { $0 != "--" }.contains { $0.prefix { $0 != "=" } == "--\(StandardOptions.json.name)" }
  }

  /// How the command ended in this process, and what is to be said of its failure.
  private func outcome(
    _ arguments: [String], _ terminal: Terminal, _ ranks: Ranks
  ) async -> (status: CommandStatus, message: String?) {
    do {
      let status = try await dispatch(arguments, terminal, ranks)
      guard let failure = terminal.output.failure, failure != EPIPE else { return (status, nil) }
      return (.inputOutput, "standard output: \(String(cString: strerror(failure)))")
    } catch {
      return (CommandStatus(error), Failure(error).message + (error is UsageError ? help(for: arguments) : ""))
    }
  }

  /// Where to read on after a command line that makes no sense.
  private func help(for arguments: [String]) -> String {
    let command = commands.map { $0.description.name }.first { $0 == arguments.first }
    return "; see: \(name) \(command.map { "\($0) " } ?? "")--help"
  }

  private func dispatch(
    _ arguments: [String], _ terminal: Terminal, _ ranks: Ranks
  ) async throws -> CommandStatus {
    guard let first = arguments.first else { throw UsageError("no command is given; known: \(names)") }
    let rest = Array(arguments.dropFirst())
    switch first {
    case "help":
      try refuseExtra(rest.dropFirst(), after: "help")
      if rest.first == SpecHelp.topic {
        terminal.show(SpecHelp.text(terminal.style))
        return .done
      }
      let text = try rest.first.map { HelpText.of(try command($0).description, program: name, style: terminal.style) }
      terminal.show(text ?? HelpText.of(self, style: terminal.style))
      return .done
    case "--help", "-h":
      terminal.show(HelpText.of(self, style: terminal.style))
      return .done
    case "--version", "-V", "version":
      try refuseExtra(rest[...], after: first)
      terminal.output.write("\(name) \(version)\n")
      return .done
    case let option where option.hasPrefix("-"):
      throw UsageError("\(JSONWriter.excerpt(option)) stands where a command is expected; known: \(names)")
    default:
      let command = try command(first)
      // Other commands are one process's work.
      guard ranks.isFirst || command.isParallel else { return .done }
      let parsed = try ParsedArguments(rest, for: command.description)
      if parsed[StandardOptions.help] {
        terminal.show(HelpText.of(command.description, program: name, style: terminal.style))
        return .done
      }
      let format = parsed[StandardOptions.format]
      guard format == nil || !parsed[StandardOptions.json] else {
        throw UsageError("--format: --json has said already what the output is; allowed: one of the two")
      }
      let styled = terminal.styled { style in
        if parsed[StandardOptions.noColor] { style.isColoured = false }
        if parsed[StandardOptions.wide] { style.width = .max }
      }.formatted(format ?? .text)
      var context = CommandContext(
        arguments: parsed, terminal: styled, commandLine: Self.shellText([name] + arguments),
        ranks: command.isParallel ? ranks : .alone)
      context.budget = try context.timeBudget().map { seconds in
        TimeBudget(seconds) { message in
          report(message, .stopped, arguments, terminal)
          _exit(CommandStatus.stopped.code)
        }
      }
      return try await command.run(context)
    }
  }

  /// What people type.
  static let shellName = "mcmc-run"

  /// Words as a shell reads them: those with other than plain characters in quotes.
  static func shellText(_ words: [String]) -> String {
    words.map { word in
      let isPlain =
        !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=,:@%+".contains($0)) }
      return isPlain ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }.joined(separator: " ")
  }

  private func refuseExtra(_ arguments: ArraySlice<String>, after name: String) throws(UsageError) {
    if let extra = arguments.first {
      throw UsageError("\(name) does not know what to do with \(JSONWriter.excerpt(extra))")
    }
  }

  private var names: String { commands.map { $0.description.name }.joined(separator: ", ") }

  private func command(_ name: String) throws(UsageError) -> any Command.Type {
    if let command = commands.first(where: { $0.description.name == name }) { return command }
    let hint = Spelling.suggestion(for: name, among: commands.map { $0.description.name })
    throw UsageError("there is no command \(JSONWriter.excerpt(name))\(hint); known: \(names)")
  }
}
