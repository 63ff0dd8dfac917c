// "flipFlop": bits that pulses set and that the network has to remember.

import JSON
import Networks

/// k bits of memory.
package struct FlipFlopTask: GeneratedTrials {
  package static let kind = "flipFlop"
  package static let keys =
    [
      SpecKey("bits", .integer(1...100), .defaultsTo(1), "k: number of bits, each with an input and an output"),
      SpecKey("steps", .integer(1...TrialSettings.mostSteps), .defaultsTo(20), "T: steps per trial"),
      SpecKey(
        "probability", .number(NumberRange(lower: 0, upper: 1, includesLower: true)), .defaultsTo(0.2),
        "of a pulse, +1 or -1, per bit and step; the first step has one in any case"),
    ] + TrialSettings.keys

  let law: FlipFlopTrials
  let settings: TrialSettings

  package init(from reader: SpecReader) throws(SpecError) {
    law = FlipFlopTrials(
      bits: try reader.integer("bits"), steps: try reader.integer("steps"),
      probability: try reader.number("probability"))
    settings = try TrialSettings(from: reader)
  }

  package var json: JSONValue {
    .object(
      [
        ("kind", .string(Self.kind)), ("bits", .integer(law.bits)), ("steps", .integer(law.times)),
        ("probability", .number(law.probability)),
      ] + settings.members)
  }
}
