// mcmc-run init: an experiment file to begin with.

import Experiments
import JSON
import Sampling
import Storage

/// The `init` command.
enum InitCommand: Command {
  private static let file = Parameter(
    "file", "the file to write (default: experiment.json; -: standard output)", count: .oneOrNone)
  private static let force = Flag("force", "replace files that are there")
  /// An option for each section of the experiment file that has kinds.
  private static let kinds: [(path: String, option: Option<String>)] = SpecTemplate.choices.map { choice in
    let meaning = choice.section.common.first { $0.name == "kind" }?.meaning ?? ""
    return (
      choice.section.path,
      Option(choice.name, .choice(choice.section.kinds.map(\.name)), "\(choice.section.path).kind: \(meaning)")
    )
  }
  /// What must be said, here or on the terminal; the rest is chosen so that it goes with these.
  private static let needed = ["task", "network"]

  static let description = CommandDescription(
    name: "init", abstract: "write an experiment file to begin with, every key explained",
    examples: [
      CommandExample("mcmc-run init", "ask for task and network, and write experiment.json"),
      CommandExample(
        "mcmc-run init tanh.json --task inputSelection --network twoLayer", "ask nothing (in a script, say)"),
    ],
    discussion: """
      The file is complete: mcmc-run run takes it as it is. Keys that may be left out stand in comments with their defaults. Kinds that are not asked for are chosen so that they go with the others: a gibbs ensemble where there is one, else the first that fits. A task, gains or stimuli that come from files get small tables beside the spec, in the form that yours must have.

      Nothing that is there already is overwritten without --force. --json has file, files (the tables) and missing (files that only you can make).
      """,
    parameters: [file], options: kinds.map { $0.option } + [force] + StandardOptions.output)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    var chosen: [String: String] = [:]
    for (path, option) in kinds { chosen[path] = context.arguments[option] }
    for (path, option) in kinds where needed.contains(path) && chosen[path] == nil {
      chosen[path] = try ask(option, context.terminal)
    }
    let template = try SpecTemplate(kinds: chosen)
    let file = context.arguments[file] ?? "experiment.json"
    guard file != InputFile.standardInputPath else {
      // What is read from a pipe has no folder for tables.
      context.terminal.output.write(template.text(file: "experiment.json"))
      for name in template.tables.map(\.name) + template.missing { context.say("it reads \(name)") }
      return .done
    }
    let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    let tables = template.tables.map { (path: folder + $0.name, text: $0.text) }
    let all = [(path: file, text: template.text(file: file))] + tables
    if !context.arguments[force] {
      for (path, _) in all where try Posix.exists(path) {
        throw UsageError("\(path) is there already; allowed: another name for the experiment, or --force to replace it")
      }
    }
    for (path, text) in all { try Posix.writeAtomically(text, to: path) }
    context.show(
      [
        "file": .string(file), "files": .array(tables.map { .string($0.path) }),
        "missing": .array(template.missing.map { .string($0) }),
      ], summary(file, tables.map(\.path), template.missing))
    return .done
  }

  private static func summary(_ file: String, _ tables: [String], _ missing: [String]) -> String {
    var text = "\(file) is written: \(Program.shellName) run \(Program.shellText([file]))\n"
    for table in tables { text += "\(table) shows the form of a table: put your numbers there\n" }
    for name in missing { text += "\(name) is still missing: only you can make it\n" }
    return text
  }

  /// Asks for a kind on the terminal until the answer is one.
  ///
  /// - Throws: ``UsageError`` where nobody can be asked.
  private static func ask(_ option: Option<String>, _ terminal: Terminal) throws(UsageError) -> String {
    let words = option.value.placeholder.split(separator: "|").map(String.init)
    guard isatty(0) == 1 else {
      throw UsageError("--\(option.name) is missing, and there is no terminal to ask on; allowed: \(option.allowed)")
    }
    terminal.say("\(option.help)\n")
    for (index, word) in words.enumerated() { terminal.say("  \(index + 1)  \(word)\n") }
    while true {
      terminal.error.write("\(option.name) (a word or a number; return: \(words[0])): ")
      guard let line = readLine() else { throw UsageError("--\(option.name): the input has ended") }
      let answer = line.trimmingBlanks
      if answer.isEmpty { return words[0] }
      if let number = Int(answer), words.indices.contains(number - 1) { return words[number - 1] }
      if words.contains(answer) { return answer }
      terminal.say(
        "found \(JSONWriter.excerpt(answer))\(Spelling.suggestion(for: answer, among: words)); allowed: \(option.allowed)\n"
      )
    }
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
