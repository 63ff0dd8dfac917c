// `mcmc-run help experiment`: all keys of an experiment file, from the tables that decode it.

import Experiments
import JSON

/// Renders the keys of an experiment file.
enum SpecHelp {
  /// The topic's name.
  static let topic = "experiment"

  static func text(_ style: TextStyle = .plain) -> String {
    var text = HelpText.filled(
      "An experiment is a JSON file; comments, trailing commas and unquoted keys are allowed. Only the keys without a default "
        + "must be given; unknown keys are errors. Paths are relative to the file.", indentation: 0, style)
    text += """

      Smallest example
        { "task": { "kind": "inputSelection", "contexts": 2 },
          "network": { "kind": "gainModulatedLinear", "neurons": 100 } }

      """
    for section in SpecSchema.sections {
      text += "\n" + style.strong(section.path.isEmpty ? "the file" : section.path) + "\n"
      text += section.common.map { entry($0, style) }.joined()
      for kind in section.kinds where !kind.keys.isEmpty {
        text += "  for kind \"\(kind.name)\"\n" + kind.keys.map { entry($0, style) }.joined()
      }
    }
    text += "\n" + style.strong("The samplers") + "\n"
    text += SamplerName.allCases.map {
      HelpText.filled("\($0.rawValue): \($0.row.abstract)", indentation: 4, style)
    }.joined()
    text += "\n" + style.strong("What has no meaning is refused") + "\n"
    text += MeaningRule.all.map { HelpText.filled("- \($0.refuses)", indentation: 2, style) }.joined()
    return text
  }

  private static func entry(_ key: SpecKey, _ style: TextStyle) -> String {
    let presence =
      switch key.presence {
      case .required: "required"
      case .defaultsTo(let value): "default \(value.text(.compact))"
      case .derived(let words): "default: \(words)"
      }
    let words = key.form.words
    // A long list ends after a whole entry.
    let end = words.prefix(150).lastIndex(of: ",")
    let form = words.count > 160 ? end.map { "\(words[..<$0]), ..." } ?? words : words
    return HelpText.filled("\(key.name): \(key.meaning) (\(form); \(presence))", indentation: 4, style)
  }
}
