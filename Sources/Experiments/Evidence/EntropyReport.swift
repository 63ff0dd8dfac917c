// Log evidence and relative entropy of an experiment's ensemble, estimated or exact.

import JSON
import Networks
import Sampling

/// The normalising constant of an experiment's ensemble.
package struct EntropyReport: Sendable {
  /// A known value with its numerical error.
  package struct Known: Sendable {
    package let value: Double
    let error: Double
  }

  package let name: String
  /// The estimates of ln Z, none where everything is exact.
  package let estimates: [(name: String, title: String, estimate: EvidenceEstimate)]
  /// KL(p ‖ prior); nil in the moment convention, which has no prior.
  package let relativeEntropy: EvidenceEstimate?
  /// Relative to Lebesgue measure and the gains' reference; of the moment convention only.
  package let shannonEntropy: Double?
  package let exact: Known?
  /// ln p_N(A), the prior density of readouts at the target: of a hard ensemble, whose relative entropy to the prior is infinite. The exact
  /// value where it is known, else the estimate.
  package let lnDensityOfTarget: EvidenceEstimate?
  /// Rungs of the ladder; nil where there was none.
  let rungs: Int?

  /// More standard errors than this contradict an exact value.
  private static let largestZ = 5.0

  /// Estimates of a Gibbs ensemble's ln Z.
  init(_ experiment: Experiment, _ estimates: EvidenceEstimates, exact: QuadratureValue?) {
    name = experiment.name
    self.estimates = [
      ("thermodynamicIntegration", "thermodynamic integration", estimates.thermodynamicIntegration),
      ("steppingStone", "stepping-stone", estimates.steppingStone),
      ("annealedImportanceSampling", "annealed importance sampling", estimates.annealedImportanceSampling),
    ]
    relativeEntropy = estimates.relativeEntropy
    shannonEntropy = nil
    self.exact = exact.map { Known(value: $0.value, error: $0.error) }
    rungs = estimates.ladder.rungs
    lnDensityOfTarget = nil
  }

  /// A hard ensemble's density of readouts at the target, in place of ln Z.
  init(_ experiment: Experiment, hard estimate: EvidenceEstimate, exact: HardPrediction?) {
    name = experiment.name
    estimates = [("bridgeSampling", "bridge sampling", estimate)]
    relativeEntropy = nil
    shannonEntropy = nil
    self.exact = exact.map { Known(value: $0.logDensity, error: $0.logDensityError) }
    rungs = nil
    lnDensityOfTarget =
      exact.map { EvidenceEstimate(value: $0.logDensity, standardError: $0.logDensityError, problem: nil) } ?? estimate
  }

  /// A product ensemble in closed form, whose neurons are independent.
  init(_ experiment: Experiment, _ solution: MaxEntropySolution, neurons: Int) {
    name = experiment.name
    estimates = []
    rungs = nil
    lnDensityOfTarget = nil
    let count = Double(neurons)
    shannonEntropy = solution.entropy.map { count * $0 }
    relativeEntropy = solution.relativeEntropy.map {
      EvidenceEstimate(value: count * $0, standardError: 0, problem: nil)
    }
    let linear = zip(solution.multipliers.elements, solution.problem.task.target.elements).reduce(0) {
      $0 + $1.0 * $1.1
    }
    exact = solution.relativeEntropy.map { Known(value: count * (linear - $0), error: 0) }
  }

  package func z(_ estimate: EvidenceEstimate) -> Double? {
    exact.map {
      let rounding = Self.rounding * (1 + abs($0.value))
      let square = estimate.standardError * estimate.standardError + $0.error * $0.error + rounding * rounding
      return (estimate.value - $0.value) / square.squareRoot()
    }
  }

  /// Sums of many logarithms agree to this, relative to 1 and to themselves.
  private static let rounding = 1e-10

  /// Whether no estimate that can be made contradicts the exact value.
  package var passed: Bool {
    estimates.allSatisfy { $0.estimate.problem != nil || abs(z($0.estimate) ?? 0) <= Self.largestZ }
  }

  package var json: JSONValue {
    func object(_ estimate: EvidenceEstimate) -> JSONValue {
      [
        "value": .number(estimate.value), "standardError": .number(estimate.standardError),
        "problem": estimate.problem.map { .string($0) } ?? .null,
      ]
    }
    let members: [(String, JSONValue)] = lnDensityOfTarget.map { [("lnDensityOfTarget", object($0))] } ?? []
    let common: [(String, JSONValue)] = [
      ("logEvidence", .object(estimates.map { ($0.name, object($0.estimate)) })),
      ("exactLogEvidence", exact.map { ["value": .number($0.value), "error": .number($0.error)] } ?? .null),
      ("relativeEntropy", relativeEntropy.map(object) ?? .null), ("entropy", .number(shannonEntropy)),
      ("rungs", rungs.map { .integer($0) } ?? .null),
    ]
    return .object(common + members)
  }
}
