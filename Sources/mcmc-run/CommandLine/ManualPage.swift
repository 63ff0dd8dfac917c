// Manual pages, from the descriptions that help is made from.

import Experiments
import Sampling

/// A page of the manual, in the macros of man(7).
struct ManualPage: Sendable {
  let name: String
  /// 1 for commands, 5 for files.
  let section: Int
  let text: String

  /// The program's page, one per command, and the experiment file's.
  static func all(of program: Program) -> [ManualPage] {
    var pages = [page(of: program)]
    for command in program.commands { pages.append(page(of: command.description, program)) }
    return pages + [experimentPage(program)]
  }

  private static func page(of program: Program) -> ManualPage {
    var body = Body(title: program.name, section: 1, abstract: program.abstract, program)
    body.heading("SYNOPSIS")
    body.line(".B \(Body.plain(program.name))")
    body.line(".I command")
    body.line("[\\fIparameters\\fR] [\\fIoptions\\fR]")
    body.heading("DESCRIPTION")
    body.text(
      "An experiment is a JSON file that says what networks must do, and how they are drawn: \(program.name)-\(SpecHelp.topic)(5). "
        + "Each command has a page of its own.")
    body.heading("COMMANDS")
    for command in program.commands {
      body.entry(.bold, command.description.name, command.description.abstract)
    }
    body.heading("EXIT STATUS")
    for (status, meaning) in HelpText.statuses { body.entry(.bold, status, meaning) }
    body.heading("ENVIRONMENT")
    body.entry(.bold, "COLUMNS", "how many columns tables may take where no terminal says it (default: 80)")
    body.entry(.bold, "NO_COLOR", "if it is set and not empty, nothing is coloured")
    body.heading("FILES")
    body.entry(.italic, "chains/", "where runs and studies are made, in the working directory")
    body.examples(program.examples)
    var others: [(String, Int)] = []
    for command in program.commands { others.append(("\(program.name)-\(command.description.name)", 1)) }
    body.seeAlso(others + [("\(program.name)-\(SpecHelp.topic)", 5)])
    return ManualPage(name: program.name, section: 1, text: body.text)
  }

  private static func page(of command: CommandDescription, _ program: Program) -> ManualPage {
    let name = "\(program.name)-\(command.name)"
    var body = Body(title: name, section: 1, abstract: command.abstract, program)
    body.heading("SYNOPSIS")
    body.line(".B \(Body.plain("\(program.name) \(command.name)"))")
    let words = HelpText.usage(command, program: program.name)
    body.line(Body.plain(String(words.dropFirst(program.name.count + command.name.count + 2))))
    if !command.discussion.isEmpty {
      body.heading("DESCRIPTION")
      body.text(command.discussion)
    }
    if !command.parameters.isEmpty {
      body.heading("PARAMETERS")
      for parameter in command.parameters { body.entry(.italic, parameter.name, parameter.help) }
    }
    body.heading("OPTIONS")
    for option in command.options {
      body.entry(.bold, "--\(option.name)", option.help, value: option.placeholder)
    }
    body.examples(command.examples)
    body.seeAlso([(program.name, 1), ("\(program.name)-\(SpecHelp.topic)", 5)])
    return ManualPage(name: name, section: 1, text: body.text)
  }

  private static func experimentPage(_ program: Program) -> ManualPage {
    let name = "\(program.name)-\(SpecHelp.topic)"
    var body = Body(title: name, section: 5, abstract: "the experiment file of \(program.name)", program)
    body.heading("DESCRIPTION")
    body.text(SpecHelp.introduction)
    body.line(".PP")
    body.line(".nf")
    for line in SpecHelp.smallest.split(separator: "\n") { body.line(Body.plain(String(line))) }
    body.line(".fi")
    for section in SpecSchema.sections {
      body.heading(section.path.isEmpty ? "THE FILE" : section.path)
      for key in section.common { body.entry(.bold, key.name, SpecHelp.words(key)) }
      for kind in section.kinds where !kind.keys.isEmpty {
        body.line(".SS Kind \(Body.plain(kind.name))")
        for key in kind.keys { body.entry(.bold, key.name, SpecHelp.words(key)) }
      }
    }
    body.heading("SAMPLERS")
    for sampler in SamplerName.allCases {
      body.entry(.bold, sampler.rawValue, sampler.row.abstract)
    }
    body.heading("REFUSALS")
    body.text("What has no meaning is refused before anything is sampled:")
    for rule in MeaningRule.all { body.item(rule.refuses) }
    body.seeAlso([(program.name, 1)])
    return ManualPage(name: name, section: 5, text: body.text)
  }

  /// The source of a page, line by line.
  private struct Body {
    private(set) var text: String

    init(title: String, section: Int, abstract: String, _ program: Program) {
      text = """
        .\\" Made by \(program.name) man.
        .TH "\(Self.plain(title.uppercased()))" \(section) \(Version.date) "\(Self.plain("\(program.name) \(program.version)"))"
        .SH NAME
        \(Self.plain(title)) \\-

        """
      self.text(abstract)
    }

    mutating func line(_ line: String) { text += line + "\n" }
    mutating func heading(_ title: String) { line(".SH \(Self.plain(title))") }

    /// Paragraphs, which a newline ends; each sentence on a line of its own.
    mutating func text(_ words: String) {
      for (index, paragraph) in words.split(separator: "\n").enumerated() {
        if index > 0 { line(".PP") }
        for part in Self.lines(String(paragraph)) { line(part) }
      }
    }

    enum Face: String {
      case bold = "B"
      case italic = "I"
    }

    /// A name, perhaps with a value in italics behind it, and what it means below.
    mutating func entry(_ face: Face, _ name: String, _ words: String, value: String? = nil) {
      line(".TP")
      if let value {
        line(".\(face.rawValue)I \"\(Self.plain(name)) \" \"\(Self.plain(value))\"")
      } else {
        line(".\(face.rawValue) \"\(Self.plain(name))\"")
      }
      text(words)
    }

    /// A line of a list.
    mutating func item(_ words: String) {
      line(".IP \\- 2")
      text(words)
    }

    mutating func examples(_ examples: [CommandExample]) {
      guard !examples.isEmpty else { return }
      heading("EXAMPLES")
      for example in examples { entry(.bold, example.line, example.meaning) }
    }

    mutating func seeAlso(_ pages: [(name: String, section: Int)]) {
      heading("SEE ALSO")
      for (index, page) in pages.enumerated() {
        line(".BR \(Self.plain(page.name)) (\(page.section))\(index + 1 < pages.count ? " ," : "")")
      }
    }

    /// The longest line of a source.
    private static let width = 78

    /// Each sentence from a new line on, lines that are not too long.
    private static func lines(_ paragraph: String) -> [String] {
      var lines: [String] = []
      var line = ""
      var hasEnded = false
      for word in paragraph.split(separator: " ") {
        let text = escaped(String(word))
        if !line.isEmpty, hasEnded || line.utf8.count + 1 + text.utf8.count > width {
          lines.append(line)
          line = ""
        }
        line += (line.isEmpty ? plainStart(text) : " " + text)
        hasEnded = word.last.map { ".:!?".contains($0) } == true && word != "..."
      }
      return lines + [line]
    }

    /// Text that no macro and no escape is taken from; hyphens stay what a shell reads.
    static func plain(_ text: String) -> String { plainStart(escaped(text)) }

    private static func escaped(_ text: String) -> String {
      var result = ""
      for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": result += "\\e"
        case "-": result += "\\-"
        case "\"": result += "\\(dq"
        case "'": result += "\\(aq"
        case "^": result += "\\(ha"
        case "~": result += "\\(ti"
        case "`": result += "\\(ga"
        default: result += scalar.isASCII ? String(scalar) : "\\[u\(String(format(scalar.value)))]"
        }
      }
      return result
    }

    /// What begins a line and is no request.
    private static func plainStart(_ text: String) -> String { text.hasPrefix(".") ? "\\&" + text : text }

    private static func format(_ value: UInt32) -> String {
      let digits = String(value, radix: 16, uppercase: true)
      return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
  }
}
