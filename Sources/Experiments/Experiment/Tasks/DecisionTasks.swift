// "perceptualDecision" and "contextDecision": choices by noisy stimuli.

import JSON
import Networks

/// Which of several directions a noisy stimulus has.
package struct PerceptualDecisionTask: GeneratedTrials {
  package static let kind = "perceptualDecision"
  private static let periods = PeriodKeys(
    periods: [
      ("fixation", 100, "before the stimulus", true), ("stimulus", 2000, "the stimulus", false),
      ("delay", 0, "between stimulus and decision", true), ("decision", 100, "where the output counts", false),
    ], step: 100)
  package static let keys =
    [
      SpecKey(
        "choices", .integer(2...100), .defaultsTo(2),
        "number of directions (neurogym's dim_ring); of two one output tells by its sign, of more one output each")
    ] + [.coherences, .trialNoise, TrialMask.key] + periods.keys + TrialSettings.keys

  let law: DecisionTrials
  let settings: TrialSettings

  package init(from reader: SpecReader) throws(SpecError) {
    law = DecisionTrials(
      periods: try Self.periods.read(reader), modalities: 1, choices: try reader.integer("choices"),
      coherences: try reader.numbers("cohs"), noise: try reader.number("sigma"),
      wantsFixation: try reader.choice("mask", as: TrialMask.self) == .all)
    settings = try TrialSettings(from: reader)
  }

  package var json: JSONValue {
    .object(
      [("kind", .string(Self.kind)), ("choices", .integer(law.choices))] + law.members
        + Self.periods.members(law.periods) + settings.members)
  }
}

/// Two stimuli at a time, of which the context says the one that counts.
package struct ContextDecisionTask: GeneratedTrials {
  package static let kind = "contextDecision"
  private static let periods = PeriodKeys(
    periods: [
      ("fixation", 300, "before the stimuli", true), ("stimulus", 750, "the stimuli", false),
      ("delay", 600, "between stimuli and decision", true), ("decision", 100, "where the output counts", false),
    ], step: 100)
  package static let keys =
    [
      SpecKey(
        "contexts", .integer(2...100), .defaultsTo(2), "K: stimuli at a time; in context c stimulus c counts")
    ] + [.contextCoherences, .trialNoise, TrialMask.key] + periods.keys + TrialSettings.keys

  let law: DecisionTrials
  let settings: TrialSettings

  package init(from reader: SpecReader) throws(SpecError) {
    law = DecisionTrials(
      periods: try Self.periods.read(reader), modalities: try reader.integer("contexts"), choices: 2,
      coherences: try reader.numbers("cohs"), noise: try reader.number("sigma"),
      wantsFixation: try reader.choice("mask", as: TrialMask.self) == .all)
    settings = try TrialSettings(from: reader)
  }

  package var json: JSONValue {
    .object(
      [("kind", .string(Self.kind)), ("contexts", .integer(law.modalities))] + law.members
        + Self.periods.members(law.periods) + settings.members)
  }

  package var sizePath: JSONPath { ["task", "contexts"] }
  package func keys(contexts: Int) -> [(path: [String], value: JSONValue)]? {
    [(["task", "contexts"], .integer(contexts))]
  }
}

extension DecisionTrials {
  fileprivate var members: [(String, JSONValue)] {
    [
      ("cohs", .numbers(coherences)), ("sigma", .number(noise)),
      ("mask", .string((wantsFixation ? TrialMask.all : .decision).rawValue)),
    ]
  }
}
