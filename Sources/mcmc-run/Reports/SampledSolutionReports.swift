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
    func estimate(_ value: MonteCarloEstimate) -> JSONValue {
      ["value": .number(value.value), "standardError": .number(value.standardError)]
    }
    let precisions = solution.precisions
    var members: [(String, JSONValue)] = [
      ("multipliers", .matrix(solution.multipliers)), ("multiplierErrors", .matrix(solution.multiplierErrors)),
      ("precision", ["output": .number(precisions.output), "input": .number(precisions.input)]),
      ("readout", .matrix(solution.readout)), ("readoutErrors", .matrix(solution.readoutErrors)),
      ("constraintRank", .integer(solution.solution.rank)),
      ("outputSecondMoment", .number(solution.outputSecondMoment.value)),
      ("outputSecondMomentError", .number(solution.outputSecondMoment.standardError)),
      ("inputSecondMoment", .number(solution.inputSecondMoment.value)),
      ("inputSecondMomentError", .number(solution.inputSecondMoment.standardError)),
      ("effectiveDraws", .number(solution.solution.effectiveDraws)),
    ]
    if let entropy = solution.solution.relativeEntropy {
      members.append(("relativeEntropy", .number(entropy.value)))
      members.append(("relativeEntropyError", .number(entropy.standardError)))
    }
    if let populations = solution.populations {
      members.append(
        (
          "populations",
          .array(
            populations.enumerated().map { index, weight in
              let pattern = GainPattern(index: index, contexts: solution.family.contexts)
              return [
                "pattern": .integers(pattern.bits), "weight": .number(weight.value),
                "standardError": .number(weight.standardError),
              ]
            })
        ))
    }
    members.append(("activeFractions", .array(solution.activeFractions.map(estimate))))
    return .object(members)
  }

  func text(_ style: TextStyle) -> String {
    let family = solution.family
    var text = "\(name): maximum-entropy solution by sampling, K = \(family.contexts), D = \(family.features), "
    text += "product ensemble, \(family.convention.rawValue) convention\n\n"
    text += multiplierTable(
      names: family.constraintNames, solution: solution.solution, factor: 1
    ).text(style)
    var facts = TextTable([("quantity", .left), ("value", .right)])
    func add(_ title: String, _ value: Double, _ error: Double) {
      facts.add([.init(title), .init(NumberText.plusMinus(value, error))])
    }
    add("mean w^2", solution.outputSecondMoment.value, solution.outputSecondMoment.standardError)
    add("mean |m|^2", solution.inputSecondMoment.value, solution.inputSecondMoment.standardError)
    if let entropy = solution.solution.relativeEntropy {
      add("relative entropy (nats)", entropy.value, entropy.standardError)
    }
    text += "\n" + facts.text(style)
    var table = TextTable([("population (gain above half of the largest)", .left), ("weight", .right)])
    if let populations = solution.populations {
      for (index, weight) in populations.enumerated().prefix(16) {
        let bits = GainPattern(index: index, contexts: family.contexts).bits.map(String.init).joined()
        table.add([.init(bits), .init(NumberText.plusMinus(weight.value, weight.standardError))])
      }
    } else {
      for (count, weight) in solution.activeFractions.enumerated() {
        table.add([.init("\(count) active"), .init(NumberText.plusMinus(weight.value, weight.standardError))])
      }
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
