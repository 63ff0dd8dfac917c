// A run's draws against exact and asymptotic predictions.

import JSON
import Networks
import Sampling

/// The checks of a run.
public struct CheckReport: Sendable {
  package let name: String
  /// Every prediction against its draws, and whether they decide anything.
  public let check: Check
  /// Predictions that could not be computed, and why.
  public let leftOut: [String]
  /// What the task's data mean for the ensemble; nil for other tasks.
  package let remarks: DataRemarks?
  /// Sharper estimates than the averages of draws; empty where the run kept none.
  public let raoBlackwell: [RaoBlackwellEstimate]
  /// Set if the run's sampler is biased by construction.
  package let biasedSampler: String?
  /// Whether networks run in time, so that a held-out input is one that stays.
  package let isInTime: Bool

  /// Holds a run's draws against every prediction that theory makes of its ensemble, at one false-alarm rate for all exact ones together.
  ///
  /// - Throws: what keeps the draws from being read.
  public init(_ run: LoadedRun, threads: Int = Threads.perProcessor) throws {
    try run.directory.requireDrawn("check")
    name = run.experiment.name
    let theory = run.ensemble.theory()
    // Where data are given, what holds on average over data sets is shown too.
    check = try Check(theory.predictions + run.experiment.nishimoriPredictions(), against: run.draws, threads: threads)
    leftOut = theory.leftOut
    remarks = try DataRemarks(run.experiment)
    raoBlackwell = try RaoBlackwellEstimate.estimates(from: run.draws)
    biasedSampler = run.sampler.isBiased ? run.sampler.kind : nil
    isInTime = run.experiment.network.model.isInTime
  }

  /// The pinned machine-readable form.
  package var json: JSONValue {
    guard case .object(let members) = jsonOfChecks.content else { preconditionFailure("a report is an object") }
    return .object(members.map { ($0.key, $0.value) } + DataRemarks.members(remarks))
  }

  private var jsonOfChecks: JSONValue {
    [
      "checks": .array(
        check.results.map {
          [
            "name": .string($0.name), "estimate": .number($0.estimate), "standardError": .number($0.standardError),
            "expected": .number($0.expected), "z": .number($0.z), "status": .string($0.status.rawValue),
            "source": .string($0.source),
          ]
        }), "passed": .bool(check.passed), "falseAlarmRate": .number(check.falseAlarmRate),
      "undecided": .bool(check.isUndecided), "doubts": .array(check.doubts.map { .string($0.description) }),
      "threshold": .number(check.threshold), "worstRHat": .bounded(check.worstRHat),
      "worstObservable": check.worstQuantity.map { .string($0) } ?? .null,
      "gainMovement": check.gainMovement.map {
        ["flipsPerNeuron": .number($0.flipsPerNeuron), "largestUnmovedShare": .number($0.largestUnmovedShare)]
      } ?? .null,
      "blindIdentities": .array(check.blindIdentities.map { .string($0) }),
      "raoBlackwell": .array(
        raoBlackwell.map {
          [
            "name": .string($0.name), "estimate": .number($0.estimate), "standardError": .number($0.standardError),
            "rawEstimate": .number($0.rawEstimate), "rawStandardError": .number($0.rawStandardError),
            "gain": $0.gain.isFinite ? .number($0.gain) : .null, "draws": .integer($0.draws),
          ]
        }),
      "leftOut": .array(leftOut.map { .string($0) }), "biasedSampler": biasedSampler.map { .string($0) } ?? .null,
    ]
  }

  /// What came of it, in a clause.
  package var summary: String {
    let tested = check.results.count { $0.status == .exact }
    let doubts = check.doubts.map { "; undecided: \($0)" }.joined()
    return "\(tested) checked, \(check.failures.count) contradicted\(doubts)"
  }
}
