// The help of a command and of the program: examples first.

/// Renders help from descriptions.
enum HelpText {
  /// Lines are filled to this width at most.
  static let width = 80

  /// The help of one command.
  static func of(_ command: CommandDescription, program: String, style: TextStyle = .plain) -> String {
    var text = filled("\(program) \(command.name): \(command.abstract)", indentation: 0, style)
    text += examples(command.examples, style)
    text += heading("Usage", style) + "  " + usage(command, program: program) + "\n"
    let parameters = command.parameters.map { ("<\($0.name)>", $0.help) }
    let options = command.options.map { option in
      ("--\(option.name)" + (option.placeholder.map { " <\($0)>" } ?? ""), option.help)
    }
    if !parameters.isEmpty { text += heading("Parameters", style) + entries(parameters, style) }
    text += heading("Options", style) + entries(options, style)
    if !command.discussion.isEmpty { text += "\n" + filled(command.discussion, indentation: 0, style) }
    return text
  }

  /// The help of the program.
  static func of(_ program: Program, style: TextStyle = .plain) -> String {
    var text = filled("\(program.name): \(program.abstract)", indentation: 0, style)
    text += examples(program.examples, style)
    text += heading("Usage", style) + "  \(program.name) <command> [parameters] [options]\n"
    text +=
      heading("Commands", style)
      + entries(program.commands.map { ($0.description.name, $0.description.abstract) }, style)
    text +=
      "\n"
      + filled(
        "\(program.name) help <command> tells more, \(program.name) help \(SpecHelp.topic) lists the keys of an experiment "
          + "file, and \(program.name) --version (-V) names the version.", indentation: 0, style)
    text += heading("Exit status", style)
    text += entries(statuses.map { ($0.status, $0.meaning) }, style)
    return text
  }

  /// How the program can end.
  static let statuses: [(status: String, meaning: String)] = [
    ("0", "done"), ("1", "a check or diagnostic failed"), ("64", "wrong usage"), ("65", "bad input (spec or data)"),
    ("70", "internal error"), ("74", "input or output failed"), ("75", "stopped early, can be resumed"),
    ("128+n", "ended by signal n"),
  ]

  /// One line.
  static func usage(_ command: CommandDescription, program: String) -> String {
    var words = [program, command.name]
    for parameter in command.parameters {
      switch parameter.count {
      case .one: words.append("<\(parameter.name)>")
      case .oneOrNone: words.append("[<\(parameter.name)>]")
      case .oneOrMore: words.append("<\(parameter.name)>...")
      case .anyNumber: words.append("[<\(parameter.name)>...]")
      }
    }
    return (words + ["[options]"]).joined(separator: " ")
  }

  private static func heading(_ title: String, _ style: TextStyle) -> String { "\n" + style.strong(title) + "\n" }

  private static func examples(_ examples: [CommandExample], _ style: TextStyle) -> String {
    guard !examples.isEmpty else { return "" }
    return heading("Examples", style)
      + examples.map {
        TextFill.command($0.line, width: columns(style), indentation: 2) + filled($0.meaning, indentation: 6, style)
      }.joined()
  }

  private static func entries(_ entries: [(name: String, help: String)], _ style: TextStyle) -> String {
    let column = min(28, columns(style) / 3, (entries.map { TextWidth.of($0.name) }.max() ?? 0) + 4)
    return entries.map { entry in
      let help = filled(entry.help, indentation: column, style)
      let padding = column - 2 - TextWidth.of(entry.name)
      // A name too long for its column stands on a line of its own.
      return padding < 2
        ? TextFill.lines(entry.name, width: columns(style), margin: 6, firstMargin: 2).joined(separator: "\n") + "\n"
          + help
        : "  " + entry.name + String(repeating: " ", count: padding) + help.dropFirst(column)
    }.joined()
  }

  /// Paragraphs (separated by newlines) filled to the style's width, ``width`` at most; each line indented and ended by a newline.
  static func filled(_ text: String, indentation: Int, _ style: TextStyle) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { paragraph in
      TextFill.lines(String(paragraph), width: columns(style), margin: indentation, cutsWords: false)
        .map { ($0.allSatisfy { $0 == " " } ? "" : $0) + "\n" }.joined()
    }.joined()
  }

  private static func columns(_ style: TextStyle) -> Int { min(width, style.width) }
}
