// When a run has enough draws: a number of draws, an effective sample size, or the error of one observable.

import JSON
import Sampling

/// When to stop drawing. Rules other than a number are looked at when every chain has n, 2n, 3n, … draws, n being the
/// experiment's `sampler.draws`: at fixed draw numbers, so that an interrupted run ends where an uninterrupted one does.
public struct StoppingRule: Sendable, Equatable {
  /// Draws a chain, where no other rule is stated.
  public var draws: Int?
  /// Stop at this smallest bulk effective sample size.
  public var ess: Double?
  /// Stop when this observable's Monte Carlo standard error is at most this.
  public var mcse: MCSEGoal?

  /// How precisely the mean of one observable is to be known.
  public struct MCSEGoal: Sendable, Equatable {
    /// The recorded scalar.
    public let name: String
    /// The largest Monte Carlo standard error of its mean, in its own units.
    public let value: Double

    /// Reads `name=value`; nil without a name, or a positive, finite value.
    public init?(_ text: String) {
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
  /// - Throws: `UsageError` if the observable is not recorded.
  func isSatisfied(by run: LoadedRun, threads: Int) throws -> Bool {
    if let ess {
      let summaries = try run.draws.summaries(threads: threads)
      guard summaries.allSatisfy({ $0.isConstant || $0.essBulk >= ess }) else { return false }
    }
    if let mcse {
      guard let series = try run.draws.scalar(mcse.name) else { throw unknown(mcse.name, among: run.draws.names) }
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

  /// Makes sure that what is to be known well enough is recorded.
  ///
  /// - Throws: `UsageError`.
  func require(among recorded: [String]) throws {
    if let mcse, !recorded.contains(mcse.name) { throw unknown(mcse.name, among: recorded) }
  }

  private func unknown(_ name: String, among recorded: [String]) -> UsageError {
    UsageError("--until-mcse: there is no observable \(name); recorded: \(recorded.joined(separator: ", "))")
  }

  /// Stops where all goals that are given are reached.
  public init(draws: Int? = nil, ess: Double? = nil, mcse: MCSEGoal? = nil) {
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
