// Laws without closed form as machines read them: multipliers with standard errors, and populations by thresholded gains.

import JSON
import Networks
import Sampling

/// The maximum-entropy law of a neuron, solved for by sampling.
package struct NeuronReport: Sendable {
  package let name: String
  package let solution: NeuronSolution

  package init(name: String, solution: NeuronSolution) {
    self.name = name
    self.solution = solution
  }

  var json: JSONValue {
    func estimate(_ value: NetworkStatistic) -> JSONValue {
      ["value": .number(value.mean), "standardError": .number(value.standardError)]
    }
    func precision(_ scale: Double) -> JSONValue { .number(1 / (scale * scale)) }
    var members: [(String, JSONValue)] = [
      ("multipliers", .matrix(solution.multipliers)), ("multiplierErrors", .matrix(solution.multiplierErrors)),
      ("precision", ["output": precision(solution.outputScale), "input": precision(solution.inputScale)]),
      ("readout", .matrix(solution.readout)), ("readoutErrors", .matrix(solution.readoutErrors)),
      ("constraintRank", .integer(solution.constraints.rank)),
      ("outputSecondMoment", .number(solution.outputSecondMoment.mean)),
      ("outputSecondMomentError", .number(solution.outputSecondMoment.standardError)),
      ("inputSecondMoment", .number(solution.inputSecondMoment.mean)),
      ("inputSecondMomentError", .number(solution.inputSecondMoment.standardError)),
      ("effectiveDraws", .number(solution.constraints.effectiveDraws)),
    ]
    if let entropy = solution.constraints.relativeEntropy {
      members.append(("relativeEntropy", .number(entropy.value)))
      members.append(("relativeEntropyError", .number(entropy.standardError)))
    }
    let populations = solution.populations?.map { population -> JSONValue in
      [
        "pattern": .integers(population.pattern.map { $0 ? 1 : 0 }), "weight": .number(population.weight.mean),
        "standardError": .number(population.weight.standardError),
        "secondMoments": population.secondMoments.map { .matrix($0) } ?? .null,
      ]
    }
    members.append(("populations", populations.map { .array($0) } ?? .null))
    members.append(("activeFractions", .array(solution.activeFractions.map(estimate))))
    return .object(members)
  }
}

/// The multipliers of whole networks that are linear in the readout, solved for by sampling.
package struct NetworkMultipliersReport: Sendable {
  package let name: String
  package let solution: ConstraintSolution
  package let taskFactor: Double

  package init(name: String, solution: ConstraintSolution, taskFactor: Double) {
    self.name = name
    self.solution = solution
    self.taskFactor = taskFactor
  }

  var json: JSONValue {
    [
      "multipliers": .numbers(solution.multipliers), "multiplierErrors": .numbers(solution.multiplierErrors),
      "readout": .numbers(solution.moments.map { $0 / taskFactor }),
      "readoutErrors": .numbers(solution.momentErrors.map { $0 / taskFactor }),
      "constraintRank": .integer(solution.rank), "effectiveDraws": .number(solution.effectiveDraws),
      "relativeEntropy": .number(solution.relativeEntropy?.value),
      "relativeEntropyError": .number(solution.relativeEntropy?.standardError),
    ]
  }
}
