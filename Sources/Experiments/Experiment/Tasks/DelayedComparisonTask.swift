// "delayedComparison": which of two stimuli was larger.

import JSON
import Networks
import Sampling

/// Two stimuli with a delay between them.
package struct DelayedComparisonTask: GeneratedTrials {
  package static let kind = "delayedComparison"
  private static let periods = PeriodKeys(
    periods: [
      ("fixation", 500, "before the stimuli", true), ("stimulus1", 500, "the first stimulus", false),
      ("delay", 1000, "between the stimuli", true), ("stimulus2", 500, "the second stimulus", false),
      ("decision", 100, "where the output counts", false),
    ], step: 100)
  package static let keys =
    [
      SpecKey(
        "vpairs", .matrix, .defaultsTo(.matrix(Matrix([[18, 10], [22, 14], [26, 18], [30, 22], [34, 26]]))),
        "pairs of stimuli, of which one is drawn per trial, in either order")
    ] + [.trialNoise, TrialMask.key] + periods.keys + TrialSettings.keys

  let law: ComparisonTrials
  let settings: TrialSettings
  private let pairs: Matrix

  package init(from reader: SpecReader) throws(SpecError) {
    pairs = try reader.matrix("vpairs")
    guard pairs.columns == 2 else {
      throw reader.error(
        at: "vpairs", "found rows of \(pairs.columns); allowed: pairs of numbers, such as [[18, 10], [22, 14]]")
    }
    var list: [(Double, Double)] = []
    for row in 0..<pairs.rows {
      guard pairs[row, 0] != pairs[row, 1] else {
        throw reader.error(at: "vpairs", "the stimuli of pair \(row) are equal; allowed: pairs of different numbers")
      }
      list.append((pairs[row, 0], pairs[row, 1]))
    }
    law = ComparisonTrials(
      periods: try Self.periods.read(reader), pairs: list, noise: try reader.number("sigma"),
      wantsFixation: try reader.choice("mask", as: TrialMask.self) == .all)
    settings = try TrialSettings(from: reader)
  }

  package var json: JSONValue {
    .object(
      [
        ("kind", .string(Self.kind)), ("vpairs", .matrix(pairs)), ("sigma", .number(law.noise)),
        ("mask", .string((law.wantsFixation ? TrialMask.all : .decision).rawValue)),
      ] + Self.periods.members(law.periods) + settings.members)
  }
}
