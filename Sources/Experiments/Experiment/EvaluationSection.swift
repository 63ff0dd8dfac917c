// "evaluation": the held-out stimuli on which drawn networks are evaluated.

import JSON

/// The held-out stimuli of an experiment.
package struct EvaluationSection: Sendable, Equatable {
  let count: Int
  package let seed: UInt64

  static let schema = SpecSection(
    path: "evaluation",
    common: [
      SpecKey("count", .integer(1...100_000_000), .defaultsTo(1000), "number of held-out stimuli"),
      SpecKey("seed", .integer(0...Int.max), .defaultsTo(2), "of the held-out stimuli"),
    ])

  init(from reader: SpecReader) throws(SpecError) {
    count = try reader.integer("count")
    seed = UInt64(try reader.integer("seed"))
  }

  var json: JSONValue { ["count": .integer(count), "seed": .integer(Int(seed))] }
}
