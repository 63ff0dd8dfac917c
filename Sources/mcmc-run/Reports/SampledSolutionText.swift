// What `solve` says for people of laws without closed form.

import Experiments
import Networks
import Sampling

extension NeuronReport {
  func text(_ style: TextStyle) -> TextDocument {
    let (contexts, features) = (solution.multipliers.rows, solution.multipliers.columns)
    var document = TextDocument(
      title:
        "\(name): maximum-entropy solution by \(solution.constraints.stages == 0 ? "quadrature" : "sampling"), K = \(contexts), D = \(features), "
        + "product ensemble, \(solution.family.convention.rawValue) convention")
    document.table(multiplierTable(names: solution.constraints.names, solution: solution.constraints, factor: 1))
    var facts = TextTable([("quantity", .left), ("value", .right)])
    func add(_ title: String, _ value: Double, _ error: Double) {
      facts.add([.init(title), .plusMinus(value, error)])
    }
    add("mean w^2", solution.outputSecondMoment.mean, solution.outputSecondMoment.standardError)
    add("mean |m|^2", solution.inputSecondMoment.mean, solution.inputSecondMoment.standardError)
    if let entropy = solution.constraints.relativeEntropy {
      add("relative entropy (nats)", entropy.value, entropy.standardError)
    }
    document.table(facts)
    var table = TextTable([("population (gain above half of the largest)", .left), ("weight", .right)])
    let rows =
      solution.populations?.prefix(16).map { ($0.pattern.map { $0 ? "1" : "0" }.joined(), $0.weight) }
      ?? solution.activeFractions.enumerated().map { ("\($0) active", $1) }
    for (who, weight) in rows {
      table.add([.init(who), .plusMinus(weight.mean, weight.standardError)])
    }
    document.table(table)
    return document
  }
}

extension NetworkMultipliersReport {
  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument(title: "\(name): networks that are linear in the readout, solved for by sampling")
    document.table(
      multiplierTable(
        names: solution.names.map { $0.replacingOccurrences(of: "n readout", with: "readout") }, solution: solution,
        factor: taskFactor))
    if let entropy = solution.relativeEntropy {
      document.prose(
        "relative entropy of the network (nats): " + NumberText.plusMinus(entropy.value, entropy.standardError))
    }
    return document
  }
}

/// A row a constraint: multiplier, what its function averages to, and the target; averages and targets over `factor`.
private func multiplierTable(names: [String], solution: ConstraintSolution, factor: Double) -> TextTable {
  var table = TextTable([("constraint", .left), ("multiplier", .right), ("reached", .right), ("target", .right)])
  for (k, name) in names.enumerated() {
    table.add([
      .init(name), .plusMinus(solution.multipliers[k], solution.multiplierErrors[k]),
      .plusMinus(solution.moments[k] / factor, solution.momentErrors[k] / factor),
      .number(solution.targets[k] / factor, digits: 6),
    ])
  }
  return table
}
