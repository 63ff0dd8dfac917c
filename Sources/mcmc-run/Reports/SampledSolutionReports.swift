// What `solve` says of laws without closed form: multipliers with standard errors, and populations by thresholded gains.

import Foundation
import JSON
import Networks
import Sampling

/// The maximum-entropy law of a neuron, solved for by sampling.
struct NeuronReport: Sendable {
  let name: String
  let solution: NeuronSolution

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

  func text(_ style: TextStyle) -> String {
    let (contexts, features) = (solution.multipliers.rows, solution.multipliers.columns)
    var text = "\(name): maximum-entropy solution by sampling, K = \(contexts), D = \(features), "
    text += "product ensemble, \(solution.family.convention.rawValue) convention\n\n"
    text += multiplierTable(names: solution.constraints.names, solution: solution.constraints, factor: 1).text(style)
    var facts = TextTable([("quantity", .left), ("value", .right)])
    func add(_ title: String, _ value: Double, _ error: Double) {
      facts.add([.init(title), .init(NumberText.plusMinus(value, error))])
    }
    add("mean w^2", solution.outputSecondMoment.mean, solution.outputSecondMoment.standardError)
    add("mean |m|^2", solution.inputSecondMoment.mean, solution.inputSecondMoment.standardError)
    if let entropy = solution.constraints.relativeEntropy {
      add("relative entropy (nats)", entropy.value, entropy.standardError)
    }
    text += "\n" + facts.text(style)
    var table = TextTable([("population (gain above half of the largest)", .left), ("weight", .right)])
    let rows =
      solution.populations?.prefix(16).map { ($0.pattern.map { $0 ? "1" : "0" }.joined(), $0.weight) }
      ?? solution.activeFractions.enumerated().map { ("\($0) active", $1) }
    for (who, weight) in rows {
      table.add([.init(who), .init(NumberText.plusMinus(weight.mean, weight.standardError))])
    }
    return text + "\n" + table.text(style)
  }
}

/// The multipliers of whole networks that are linear in the readout, solved for by sampling.
struct NetworkMultipliersReport: Sendable {
  let name: String
  let solution: ConstraintSolution
  let taskFactor: Double

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

  func text(_ style: TextStyle) -> String {
    var text = "\(name): networks that are linear in the readout, solved for by sampling\n\n"
    text += multiplierTable(
      names: solution.names.map { $0.replacingOccurrences(of: "n readout", with: "readout") }, solution: solution,
      factor: taskFactor
    ).text(style)
    if let entropy = solution.relativeEntropy {
      text += "\nrelative entropy of the network (nats): "
      text += NumberText.plusMinus(entropy.value, entropy.standardError) + "\n"
    }
    return text
  }
}

/// A row a constraint: multiplier, what its function averages to, and the target; averages and targets over `factor`.
private func multiplierTable(names: [String], solution: ConstraintSolution, factor: Double) -> TextTable {
  var table = TextTable([("constraint", .left), ("multiplier", .right), ("reached", .right), ("target", .right)])
  for (k, name) in names.enumerated() {
    table.add([
      .init(name), .init(NumberText.plusMinus(solution.multipliers[k], solution.multiplierErrors[k])),
      .init(NumberText.plusMinus(solution.moments[k] / factor, solution.momentErrors[k] / factor)),
      .init(NumberText.significant(solution.targets[k] / factor, digits: 6)),
    ])
  }
  return table
}
