// Whether a run's chains have converged, and how precise their averages are.

import JSON
import Sampling

/// The convergence diagnostics of a run.
public struct DiagnoseReport: Sendable {
  package let name: String
  /// Of every recorded scalar: mean, errors, effective sample sizes, R-hat.
  public let summaries: [ObservableSummary]
  /// What was found of convergence and of the kernel's work, the checks that passed included.
  public let findings: [Finding]
  /// Wall-clock seconds of all sessions, warm-up included; nil if one has left no note of its end.
  public let samplingSeconds: Double?
  /// Evaluations of the log density after warm-up in all chains; nil for exact draws.
  public let evaluations: Int?

  /// Judges a run's chains. O(S log S) for each of the scalars, of S draws in all.
  ///
  /// - Throws: what keeps the draws from being read.
  public init(_ run: LoadedRun, threads: Int = Threads.perProcessor) throws {
    try run.directory.requireDrawn("diagnose")
    name = run.experiment.name
    samplingSeconds = run.samplingSeconds
    evaluations = run.evaluations
    summaries = try run.draws.summaries(threads: threads)
    findings = try run.findings(summaries, threads: threads)
  }

  /// The smallest bulk effective sample size of all observables that vary.
  public var minEssBulk: Double { summaries.filter { !$0.isConstant }.map(\.essBulk).min() ?? .nan }

  /// Whether nothing was found that makes the draws unfit for use.
  public var passed: Bool { findings.allSatisfy { $0.severity != .failure } }

  /// The pinned machine-readable form.
  package var json: JSONValue {
    [
      "observables": .object(
        summaries.map {
          (
            $0.name,
            [
              "mean": .number($0.mean), "sd": .number($0.sd), "mcse": .number($0.mcseMean),
              "essBulk": .number($0.essBulk), "essTail": .number($0.essTail), "rHat": .bounded($0.rHat),
              "mcseSd": .number($0.mcseSd), "quantile5": .number($0.quantile5), "median": .number($0.median),
              "quantile95": .number($0.quantile95),
            ]
          )
        }), "minEssBulk": .number(minEssBulk), "samplingSeconds": .number(samplingSeconds),
      "evaluations": evaluations.map { .integer($0) } ?? .null,
      "findings": .array(findings.map(\.json)),
    ]
  }
}
