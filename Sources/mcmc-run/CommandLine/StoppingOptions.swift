// Options that say when a run has enough draws, and how long it may take.

import Experiments
import JSON

/// The options of commands that sample.
enum StoppingOptions {
  static let untilESS = Option(
    "until-ess", .number(in: 1...1e12), "draw until every observable has this bulk effective sample size")
  static let untilMCSE = Option(
    "until-mcse", .text("NAME=VALUE"), "draw until this observable's Monte Carlo standard error is at most VALUE")
  static let timeBudget = Option(
    "time-budget", .text("TIME"),
    "stop after so long (90s, 55m, 2h), all work included, resumable, with status 75; a draw that has begun is finished"
  )
  static let all: [any CommandOption] = [untilESS, untilMCSE, timeBudget]
}

extension CommandContext {
  /// The rule that the command line states.
  ///
  /// - Throws: ``UsageError``.
  func stoppingRule() throws -> StoppingRule {
    let goal = try arguments[StoppingOptions.untilMCSE].map { text in
      guard let goal = StoppingRule.MCSEGoal(text) else {
        throw UsageError("--until-mcse: found \(JSONWriter.excerpt(text)); allowed: NAME=VALUE with a positive VALUE")
      }
      return goal
    }
    return StoppingRule(ess: arguments[StoppingOptions.untilESS], mcse: goal)
  }

  /// The time budget in seconds.
  ///
  /// - Throws: ``UsageError``.
  func timeBudget() throws -> Double? {
    try arguments[StoppingOptions.timeBudget].map { text in
      let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
      let unit = text.last.flatMap { units[$0] }
      guard let value = Double(unit == nil ? text[...] : text.dropLast()), value > 0, value * (unit ?? 1) < 1e9 else {
        throw UsageError(
          "--time-budget: found \(JSONWriter.excerpt(text)); allowed: a positive number with s, m, h or d, such as 55m")
      }
      return value * (unit ?? 1)
    }
  }
}
