// The text of an experiment file to begin with: every key with what it means, those that may be left out commented out.

import Experiments
import JSON

extension SpecTemplate {
  private static let width = 80

  /// JSON with comments. Every key that may be left out stands in a comment, with the value that it has then.
  ///
  /// - Parameter file: what the file will be called, for the line that says how to run it.
  func text(file: String) -> String {
    var lines = [
      "// To sample it: \(Program.shellName) run \(Program.shellText([file]))",
      "// Lines that begin with // say what a key means, or hold a key that may be left",
      "// out, with the value that it has then. All keys: \(Program.shellName) help \(SpecHelp.topic)",
    ]
    for table in tables {
      lines.append("// \(table.name) holds numbers that only show its form: put your own there.")
    }
    lines.append("{")
    if let whole = SpecSchema.sections.first(where: { $0.path.isEmpty }) {
      lines += Self.lines(whole, tree, margin: 2, unnamed: .string(Experiment.name(fromFile: file)))
    }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  /// - Parameter unnamed: what stands for a default that only the file says.
  private static func lines(
    _ section: SpecSection, _ values: JSONValue, margin: Int, unnamed: JSONValue
  ) -> [String] {
    let blanks = String(repeating: " ", count: margin)
    var lines: [String] = []
    for key in section.keys(kind: values["kind"]?.text(.compact).trimmingQuotes) {
      let path = section.path.isEmpty ? key.name : "\(section.path).\(key.name)"
      let inner = key.form == .object ? SpecSchema.sections.section(at: path) : nil
      if margin == 2, !lines.isEmpty { lines.append("") }
      var words = inner == nil ? "\(key.meaning) (\(key.shortWords))" : key.meaning
      if case .derived(let value) = key.presence, defaultValue(key) == nil { words += "; left out: \(value)" }
      lines += TextFill.lines(words, width: width - margin - 3, cutsWords: false).map { "\(blanks)// \($0)" }
      if let inner {
        lines.append("\(blanks)\"\(key.name)\": {")
        lines += Self.lines(inner, values[key.name] ?? [:], margin: margin + 2, unnamed: unnamed)
        lines.append("\(blanks)},")
      } else if let value = values[key.name] {
        lines.append("\(blanks)\"\(key.name)\": \(value.text(.compact)),")
      } else {
        let value = defaultValue(key) ?? unnamed
        lines.append("\(blanks)// \"\(key.name)\": \(value.text(.compact)),")
      }
    }
    return lines
  }

  /// What a key has that is left out; nil where that is no value of its own.
  private static func defaultValue(_ key: SpecKey) -> JSONValue? {
    switch key.presence {
    case .required: nil
    case .defaultsTo(let value): value
    case .derived(let words): try? JSONReader.read(words)
    }
  }
}

extension String {
  fileprivate var trimmingQuotes: String { filter { $0 != "\"" } }
}
