// How the text after an option becomes a value.

import Experiments
import JSON
import Sampling

/// A reading of option values: the accepted texts, in words and in code.
struct OptionValue<Value: Sendable>: Sendable {
  /// In help: `--name <placeholder>`.
  let placeholder: String
  /// To follow "allowed: ".
  let allowed: String
  /// nil for a text that is not allowed.
  let read: @Sendable (String) -> Value?
  /// What a shell completes it by.
  var completes = CompletedBy.nothing

  init(
    placeholder: String, allowed: String, completes: CompletedBy = .nothing,
    read: @escaping @Sendable (String) -> Value?
  ) {
    self.placeholder = placeholder
    self.allowed = allowed
    self.completes = completes
    self.read = read
  }
}

extension OptionValue where Value == Int {
  /// A whole number, of any size here where its range is checked elsewhere.
  static func integer(in range: ClosedRange<Int> = Int.min...Int.max) -> OptionValue {
    let isFree = range == Int.min...Int.max
    return OptionValue(
      placeholder: "n",
      allowed: isFree ? "a whole number" : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    ) { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
  }
}

extension OptionValue where Value == Double {
  /// A finite number in `range`.
  static func number(in range: ClosedRange<Double>) -> OptionValue {
    let words =
      "a number from \(JSONValue.number(range.lowerBound).text()) to \(JSONValue.number(range.upperBound).text())"
    return OptionValue(placeholder: "x", allowed: words) { text in
      guard let value = (try? JSONReader.read(text))?.realNumber, range.contains(value) else { return nil }
      return value
    }
  }
}

extension OptionValue where Value == String {
  /// A path, or any other text that is not empty.
  ///
  /// - Parameter completes: what a shell completes it by; by default what the placeholder says, `DIR` or `FILE`, say.
  static func text(_ placeholder: String, completes: CompletedBy? = nil) -> OptionValue {
    let usual: CompletedBy =
      switch placeholder {
      case "DIR": .folders
      case "FILE", "PATH", "SPEC": .files
      case "RUN": .runs
      default: .nothing
      }
    return OptionValue(
      placeholder: placeholder, allowed: "a text that is not empty", completes: completes ?? usual
    ) { $0.isEmpty ? nil : $0 }
  }

  /// One of several words.
  static func choice(_ words: [String]) -> OptionValue {
    OptionValue(
      placeholder: words.joined(separator: "|"), allowed: words.joined(separator: ", "), completes: .words(words)
    ) {
      words.contains($0) ? $0 : nil
    }
  }
}

extension OptionValue where Value == TableFormat {
  /// The name of a format.
  static let tableFormat: OptionValue = {
    let words = OptionValue<String>.choice(TableFormat.allCases.map(\.rawValue))
    return OptionValue(placeholder: words.placeholder, allowed: words.allowed, completes: words.completes) {
      TableFormat(rawValue: $0)
    }
  }()
}

extension OptionValue where Value == ChainNumbers {
  /// A number of chains, or `a..b`.
  static let chains = OptionValue(
    placeholder: "n|a..b", allowed: SpecForm.chains(maximum: StreamKey.maximumChains).words
  ) { text in
    text.contains(".") ? ChainNumbers(text) : Int(text).flatMap { ChainNumbers(count: $0) }
  }
}

extension OptionValue where Value == SpecSetting {
  /// `KEY=VALUE`.
  static let setting = OptionValue(
    placeholder: "KEY=VALUE", allowed: "KEY=VALUE with a key of the spec, such as network.neurons=40",
    completes: .settings
  ) { SpecSetting($0) }
}
