// `mcmc-run help experiment`: all keys of an experiment file, from the tables that decode it.

import Experiments
import JSON

/// Renders the keys of an experiment file.
enum SpecHelp {
  /// The topic's name.
  static let topic = "experiment"

  static let introduction =
    "An experiment is a JSON file; comments, trailing commas and unquoted keys are allowed. Only the keys without a default "
    + "must be given; unknown keys are errors. Paths are relative to the file, or to the working directory where the file is - "
    + "(standard input)."
  static let smallest = """
      { "task": { "kind": "inputSelection", "contexts": 2 },
        "network": { "kind": "gainModulatedLinear", "neurons": 100 } }
    """

  static func text(_ style: TextStyle = .plain) -> String {
    var text = HelpText.filled(introduction, indentation: 0, style)
    text += "\nSmallest example\n\(smallest)\n"
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
    HelpText.filled("\(key.name): \(words(key))", indentation: 4, style)
  }

  /// What a key means, what is allowed, and what holds where it is left out.
  static func words(_ key: SpecKey) -> String {
    let presence =
      switch key.presence {
      case .required: "required"
      case .defaultsTo(let value): "default \(value.text(.compact))"
      case .derived(let words): "default: \(words)"
      }
    return "\(key.meaning) (\(key.shortWords); \(presence))"
  }
}
