// A maximum-entropy distribution in closed form, as machines read it.

import JSON
import Networks
import Sampling

/// A maximum-entropy solution in closed form.
package struct ClosedFormReport: Sendable {
  package let name: String
  package let solution: MaxEntropySolution
  /// What is exact at the ensemble's own number of neurons; of the hard ensemble only.
  package let hard: HardPrediction?

  package init(name: String, solution: MaxEntropySolution, hard: HardPrediction? = nil) {
    self.name = name
    self.solution = solution
    self.hard = hard
  }

  /// The pinned machine-readable form.
  var json: JSONValue {
    var members: [(String, JSONValue)] = [
      ("multipliers", .matrix(solution.multipliers)),
      (
        "precision",
        ["output": .number(solution.outputPrecision), "input": .number(solution.inputPrecision)]
      ),
      ("readout", .matrix(solution.readout)),
      ("residual", .number(solution.residual)),
      ("iterations", .integer(solution.iterations)),
      ("constraintRank", .integer(solution.constraintRank)),
      ("outputSecondMoment", .number(solution.outputSecondMoment)),
      ("inputSecondMoment", .number(solution.inputSecondMoment)),
      ("patternKL", .number(solution.patternKL)),
      ("meanStructure", .number(solution.meanStructure)),
    ]
    if let value = solution.relativeEntropy { members.append(("relativeEntropy", .number(value))) }
    if let value = solution.entropy { members.append(("entropy", .number(value))) }
    members.append(("populations", .array(solution.populations.map(Self.json))))
    members.append(("readoutShare", solution.readoutShare.map { .numbers($0) } ?? .null))
    if let value = solution.productLossTimesN { members.append(("productLossTimesN", .number(value))) }
    if let value = solution.gibbsLossLeading { members.append(("gibbsLossLeading", .number(value))) }
    if let value = solution.gibbsLossFirstCorrection {
      members.append(("gibbsLossFirstCorrection", .number(value)))
    }
    if solution.problem.ensemble == .hard {
      members.append(
        (
          "lnDensityOfTarget",
          hard.map { ["value": .number($0.logDensity), "error": .number($0.logDensityError)] } ?? .null
        ))
      members.append(("atThisWidth", hard.map(Self.json) ?? .null))
    }
    return .object(members)
  }

  private static func json(_ hard: HardPrediction) -> JSONValue {
    [
      "neurons": .integer(hard.neurons), "outputSecondMoment": .number(hard.outputSecondMoment),
      "inputSecondMoment": .number(hard.inputSecondMoment),
      "patternWeights": hard.patternWeights.map { .numbers($0) } ?? .null,
      "populations": hard.populations.map { populations in
        .array(
          populations.map {
            [
              "gains": .numbers($0.gains), "neurons": .integer($0.neurons),
              "outputSecondMoment": .number($0.outputSecondMoment),
            ]
          })
      } ?? .null,
      "relativeError": .number(hard.relativeError),
      "approach": hard.approach.map(Self.json) ?? .null,
    ]
  }

  /// How Gibbs ensembles come near: coefficients of 1/tightness.
  private static func json(_ approach: HardApproach) -> JSONValue {
    [
      "outputSecondMoment": .number(approach.outputSecondMoment),
      "inputSecondMoment": .number(approach.inputSecondMoment),
      "patternWeights": approach.patternWeights.map { .numbers($0) } ?? .null,
      "readout": .matrix(approach.readout), "loss": .number(approach.loss),
      "lossCurvature": .number(approach.lossCurvature),
    ]
  }

  private static func json(_ population: Population) -> JSONValue {
    let who: (String, JSONValue) =
      switch population.members {
      case .pattern(let pattern): ("pattern", .integers(pattern.bits))
      case .gains(let gains): ("gains", .numbers(gains))
      case .activeContexts(let count): ("activeContexts", .integer(count))
      case .rest(let patterns): ("remainingPatterns", .integer(patterns))
      }
    return .object([who, ("weight", .number(population.weight)), ("structure", .number(population.structure))])
  }
}
