// What `entropy` says: log evidence and relative entropy, estimated or exact.

import JSON
import Networks
import Sampling

/// The normalising constant of an experiment's ensemble.
struct EntropyReport: Sendable {
  /// A known value with its numerical error.
  struct Known: Sendable {
    let value: Double
    let error: Double
  }

  let name: String
  /// The estimates of ln Z, none where everything is exact.
  let estimates: [(name: String, title: String, estimate: EvidenceEstimate)]
  /// KL(p ‖ prior); nil in the moment convention, which has no prior.
  let relativeEntropy: EvidenceEstimate?
  /// Relative to Lebesgue measure and the gains' reference; of the moment convention only.
  let shannonEntropy: Double?
  let exact: Known?
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
  }

  /// A product ensemble in closed form, whose neurons are independent.
  init(_ experiment: Experiment, _ solution: MaxEntropySolution, neurons: Int) {
    name = experiment.name
    estimates = []
    rungs = nil
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

  private func z(_ estimate: EvidenceEstimate) -> Double? {
    exact.map {
      (estimate.value - $0.value) / (estimate.standardError * estimate.standardError + $0.error * $0.error).squareRoot()
    }
  }

  var status: CommandStatus {
    estimates.allSatisfy { abs(z($0.estimate) ?? 0) <= Self.largestZ } ? .done : .checkFailed
  }

  var json: JSONValue {
    func object(_ estimate: EvidenceEstimate) -> JSONValue {
      [
        "value": .number(estimate.value), "standardError": .number(estimate.standardError),
        "problem": estimate.problem.map { .string($0) } ?? .null,
      ]
    }
    return [
      "logEvidence": .object(estimates.map { ($0.name, object($0.estimate)) }),
      "exactLogEvidence": exact.map { ["value": .number($0.value), "error": .number($0.error)] } ?? .null,
      "relativeEntropy": relativeEntropy.map(object) ?? .null, "entropy": .number(shannonEntropy),
      "rungs": rungs.map { .integer($0) } ?? .null,
    ]
  }

  func text(_ style: TextStyle) -> String {
    var table = TextTable([("ln Z (nats)", .left), ("value", .right), ("z", .right), ("", .left)])
    for entry in estimates {
      table.add([
        .init(entry.title), .init(NumberText.plusMinus(entry.estimate.value, entry.estimate.standardError)),
        .init(z(entry.estimate).map { NumberText.significant($0, digits: 2) } ?? ""),
        .init(entry.estimate.problem ?? ""),
      ])
    }
    if let exact {
      table.add([.init("exact"), .init(NumberText.significant(exact.value, digits: 8)), .init(""), .init("")])
    }
    var text = "\(name): entropy of the whole network\n\n"
    if !estimates.isEmpty || exact != nil { text += table.text(style) + "\n" }
    if let relativeEntropy {
      text += "relative entropy to the prior, KL(p || prior): "
      text += NumberText.plusMinus(relativeEntropy.value, relativeEntropy.standardError) + " nats"
      text += (relativeEntropy.problem.map { " (\($0))" } ?? "") + "\n"
    }
    if let shannonEntropy { text += "Shannon entropy: \(NumberText.significant(shannonEntropy, digits: 8)) nats\n" }
    if status != .done {
      text += style.bad("CONTRADICTED") + ": an estimate is more than 5 standard errors from the exact value\n"
    }
    return text
  }
}
