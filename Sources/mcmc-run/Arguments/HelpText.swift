// The help of a command and of the program: examples first.

/// Renders help from descriptions.
enum HelpText {
  /// Lines are filled to this width.
  static let width = 100

  /// The help of one command.
  static func of(_ command: CommandDescription, program: String, style: TextStyle = .plain) -> String {
    var text = "\(program) \(command.name): \(command.abstract)\n"
    text += examples(command.examples, style)
    text += heading("Usage", style) + "  " + usage(command, program: program) + "\n"
    let parameters = command.parameters.map { ("<\($0.name)>", $0.help) }
    let options = command.options.map { option in
      ("--\(option.name)" + (option.placeholder.map { " <\($0)>" } ?? ""), option.help)
    }
    if !parameters.isEmpty { text += heading("Parameters", style) + entries(parameters) }
    text += heading("Options", style) + entries(options)
    if !command.discussion.isEmpty { text += "\n" + filled(command.discussion, indentation: 0) }
    return text
  }

  /// The help of the program.
  static func of(_ program: Program, style: TextStyle = .plain) -> String {
    var text = "\(program.name): \(program.abstract)\n"
    text += examples(program.examples, style)
    text += heading("Usage", style) + "  \(program.name) <command> [parameters] [options]\n"
    text +=
      heading("Commands", style) + entries(program.commands.map { ($0.description.name, $0.description.abstract) })
    text +=
      "\n\(program.name) help <command> tells more, \(program.name) help \(SpecHelp.topic) lists the keys of an experiment file,\n"
    text += "and \(program.name) --version (-V) names the version.\n"
    text += heading("Exit status", style)
    text += entries([
      ("0", "done"), ("1", "a check or diagnostic failed"), ("64", "wrong usage"), ("65", "bad input (spec or data)"),
      ("70", "internal error"), ("74", "input or output failed"), ("75", "stopped early, can be resumed"),
      ("128+n", "ended by signal n"),
    ])
    return text
  }

  /// One line.
  static func usage(_ command: CommandDescription, program: String) -> String {
    var words = [program, command.name]
    for parameter in command.parameters {
      switch parameter.count {
      case .one: words.append("<\(parameter.name)>")
      case .oneOrNone: words.append("[<\(parameter.name)>]")
      case .oneOrMore: words.append("<\(parameter.name)>...")
      }
    }
    return (words + ["[options]"]).joined(separator: " ")
  }

  private static func heading(_ title: String, _ style: TextStyle) -> String { "\n" + style.strong(title) + "\n" }

  private static func examples(_ examples: [CommandExample], _ style: TextStyle) -> String {
    guard !examples.isEmpty else { return "" }
    return heading("Examples", style)
      + examples.map { "  \($0.line)\n" + filled($0.meaning, indentation: 6) }.joined()
  }

  private static func entries(_ entries: [(name: String, help: String)]) -> String {
    let column = min(28, (entries.map { TextWidth.of($0.name) }.max() ?? 0) + 4)
    return entries.map { entry in
      let help = filled(entry.help, indentation: column)
      let padding = column - 2 - TextWidth.of(entry.name)
      // A name too long for its column stands on a line of its own.
      return padding < 2
        ? "  \(entry.name)\n\(help)"
        : "  " + entry.name + String(repeating: " ", count: padding) + help.dropFirst(column)
    }.joined()
  }

  /// Paragraphs (separated by newlines) filled to ``width``, each line indented and ended by a newline.
  static func filled(_ text: String, indentation: Int) -> String {
    let margin = String(repeating: " ", count: indentation)
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { paragraph in
      var lines: [String] = []
      var line = ""
      for word in paragraph.split(separator: " ") {
        if !line.isEmpty, indentation + TextWidth.of(line) + 1 + TextWidth.of(String(word)) > width {
          lines.append(line)
          line = ""
        }
        line += (line.isEmpty ? "" : " ") + word
      }
      return (lines + [line]).map { ($0.isEmpty ? "" : margin + $0) + "\n" }.joined()
    }.joined()
  }
}
