// What `solve` says for people of a maximum-entropy distribution in closed form.

import Experiments
import JSON
import Networks
import Sampling

extension ClosedFormReport {
  /// A summary for people.
  func text(_ style: TextStyle) -> TextDocument {
    let problem = solution.problem
    var facts = TextTable([("quantity", .left), ("value", .right)])
    func add(_ name: String, _ value: Double?) {
      if let value { facts.add([.init(name), .number(value, digits: 6)]) }
    }
    add("residual", solution.residual)
    add("mean w^2", solution.outputSecondMoment)
    add("mean |m|^2", solution.inputSecondMoment)
    add("selectivity structure <rho>", solution.meanStructure)
    add("KL of patterns (nats)", solution.patternKL)
    add("relative entropy (nats)", solution.relativeEntropy)
    add("entropy (nats)", solution.entropy)
    add("N * loss (product)", solution.productLossTimesN)
    add("loss as N -> infinity", solution.gibbsLossLeading)
    add("coefficient of 1/N in the loss", solution.gibbsLossFirstCorrection)
    if let hard {
      add("mean w^2 at N = \(hard.neurons)", hard.outputSecondMoment)
      add("mean |m|^2 at N = \(hard.neurons)", hard.inputSecondMoment)
      add("ln p_N(A), density of readouts at the target (nats)", hard.logDensity)
      add("Gibbs, coefficient of 1/tightness: mean w^2", hard.approach?.outputSecondMoment)
      add("Gibbs, coefficient of 1/tightness: loss", hard.approach?.loss)
    }
    let size = "K = \(problem.task.contexts), D = \(problem.task.features)"
    let kind =
      switch problem.ensemble {
      case .product: "product ensemble"
      case .gibbs: "Gibbs ensemble, N -> infinity"
      case .hard: "hard ensemble, N -> infinity"
      }
    var document = TextDocument(
      title: "\(name): maximum-entropy solution, \(size), \(kind), \(problem.convention.rawValue) convention")
    document.table(facts)
    // A file has them all.
    let most = style.format == .text ? 16 : Int.max
    document.heading("Populations")
    document.table(populationTable(limit: most))
    let hidden = solution.populations.count - most
    if hidden > 0 { document.prose("... and \(hidden) more (--format and --json list them)") }
    return document
  }

  private func populationTable(limit: Int) -> TextTable {
    var table = TextTable([("population", .left), ("weight", .right), ("structure rho", .right)])
    for population in solution.populations.prefix(limit) {
      let who =
        switch population.members {
        case .pattern(let pattern): pattern.bits.map(String.init).joined()
        case .gains(let gains): gains.map { NumberText.significant($0, digits: 3) }.joined(separator: " ")
        case .activeContexts(let count): "\(count) active"
        case .rest(let patterns): "\(patterns) other patterns"
        }
      table.add([
        .init(who), .number(population.weight, digits: 5),
        .number(population.weight > 0 ? population.structure : nil, digits: 5),
      ])
    }
    return table
  }
}
