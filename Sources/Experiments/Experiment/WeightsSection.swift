// "weights": the standard deviations of the weights, and what they mean.

import JSON

/// What the weight scales are.
package enum WeightConventionName: String, SpecChoice {
  /// Standard deviations of the Gaussian prior.
  case prior
  /// Second moments that the ensemble must have.
  case moment
}

/// The weight scales of an experiment, as standard deviations.
package struct WeightsSection: Sendable, Equatable {
  package let convention: WeightConventionName
  let output: Double
  let input: Double
  let context: Double
  let hidden: Double

  static let schema = SpecSection(
    path: "weights",
    common: [
      SpecKey(
        "convention", .choice(of: WeightConventionName.self), .defaultsTo("prior"),
        "scales of the Gaussian prior, or second moments that the ensemble must have"),
      SpecKey("output", .number(.positive), .defaultsTo(1.0), "of the output weights w"),
      SpecKey("input", .number(.positive), .defaultsTo(1.0), "of the input weights m"),
      SpecKey("context", .number(.positive), .defaultsTo(1.0), "of the context drives b"),
      SpecKey("hidden", .number(.positive), .defaultsTo(1.0), "of the weights between hidden layers"),
    ])

  init(from reader: SpecReader) throws(SpecError) {
    convention = try reader.choice("convention")
    output = try reader.number("output")
    input = try reader.number("input")
    context = try reader.number("context")
    hidden = try reader.number("hidden")
  }

  private init(_ other: WeightsSection, convention: WeightConventionName) {
    self.convention = convention
    output = other.output
    input = other.input
    context = other.context
    hidden = other.hidden
  }

  /// The same scales, as the prior's.
  var asPrior: WeightsSection { WeightsSection(self, convention: .prior) }

  var json: JSONValue {
    [
      "convention": .string(convention.rawValue), "output": .number(output), "input": .number(input),
      "context": .number(context), "hidden": .number(hidden),
    ]
  }
}
