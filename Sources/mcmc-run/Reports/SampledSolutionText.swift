// What `solve` says for people of laws without closed form.

import Experiments
import Networks
import Sampling

extension NeuronReport {
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

extension NetworkMultipliersReport {
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
