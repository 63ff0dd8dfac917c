// When a run has enough draws: a number of draws, an effective sample size, or the error of one observable.

import Foundation
import JSON
import Sampling

/// When to stop drawing. Rules other than a number are looked at when every chain has n, 2n, 3n, … draws, n being the
/// experiment's `sampler.draws`: at fixed draw numbers, so that an interrupted run ends where an uninterrupted one does.
struct StoppingRule: Sendable, Equatable {
  /// Draws a chain, where no other rule is stated.
  var draws: Int?
  /// Stop at this smallest bulk effective sample size.
  var ess: Double?
  /// Stop when this observable's Monte Carlo standard error is at most this.
  var mcse: MCSEGoal?

  /// A goal `name=value`.
  struct MCSEGoal: Sendable, Equatable {
    let name: String
    let value: Double

    init?(_ text: String) {
      guard let mark = text.lastIndex(of: "="), let value = Double(text[text.index(after: mark)...]),
        value > 0, value.isFinite, mark > text.startIndex
      else { return nil }
      name = String(text[..<mark])
      self.value = value
    }
  }

  /// Whether there is anything to look at besides the number of draws.
  var isAdaptive: Bool { ess != nil || mcse != nil }

  /// Whether a run whose chains have reached a round number of draws has enough.
  ///
  /// - Throws: ``SpecError`` if the observable is not recorded.
  func isSatisfied(by run: LoadedRun) throws -> Bool {
    if let ess {
      let summaries = try run.draws.names.map { try ObservableSummary(name: $0, draws: run.draws.scalars[$0]!) }
      guard summaries.allSatisfy({ $0.isConstant || $0.essBulk >= ess }) else { return false }
    }
    if let mcse {
      guard let series = run.draws.scalars[mcse.name] else {
        throw UsageError(
          "--until-mcse: there is no observable \(mcse.name); recorded: \(run.draws.names.joined(separator: ", "))")
      }
      guard Diagnostics.mcseMean(series) <= mcse.value else { return false }
    }
    return true
  }

  /// The rule as a session's note holds it.
  var json: JSONValue {
    [
      "draws": draws.map { .integer($0) } ?? .null, "until_ess": .number(ess),
      "until_mcse": mcse.map { .string("\($0.name)=\($0.value)") } ?? .null,
    ]
  }

  init(draws: Int? = nil, ess: Double? = nil, mcse: MCSEGoal? = nil) {
    self.draws = draws
    self.ess = ess
    self.mcse = mcse
  }

  /// Reads what ``json`` gave.
  init(_ json: JSONValue) {
    draws = json["draws"]?.wholeNumber
    ess = json["until_ess"]?.realNumber
    mcse = json["until_mcse"]?.string.flatMap(MCSEGoal.init)
  }
}

/// Options that say when to stop.
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
  func stoppingRule(draws: Int?) throws -> StoppingRule {
    let goal = try arguments[StoppingOptions.untilMCSE].map { text in
      guard let goal = StoppingRule.MCSEGoal(text) else {
        throw UsageError("--until-mcse: found \(JSONWriter.excerpt(text)); allowed: NAME=VALUE with a positive VALUE")
      }
      return goal
    }
    return StoppingRule(draws: draws, ess: arguments[StoppingOptions.untilESS], mcse: goal)
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
