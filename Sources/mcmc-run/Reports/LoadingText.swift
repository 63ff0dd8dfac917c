// What `solve` says for people of a neuron with several loadings.

import Experiments
import Networks
import Sampling

extension LoadingReport {
  private static let mostRows = 16

  /// The average; where 0 is wanted, rounding is shown as 0.
  private func expected(_ constraint: LoadingConstraint) -> Double {
    let (value, scales) = (solution.mean(constraint), solution.problem.scales)
    guard constraint.value == 0 else { return value }
    return value.magnitude < 1e-12 * scales[constraint.first] * scales[constraint.second] ? 0 : value
  }

  /// Tables of the averages and of the populations.
  func text(_ style: TextStyle) -> TextDocument {
    let problem = solution.problem
    var facts = TextTable([("quantity", .left), ("value", .right)])
    func add(_ name: String, _ value: Double) { facts.add([.init(name), .number(value, digits: 6)]) }
    add("residual", solution.residual)
    add("KL of patterns (nats)", solution.patternKL)
    add("relative entropy (nats)", solution.relativeEntropy)
    for a in loadings.indices {
      add("mean \(loadings[a])^2", solution.mean(LoadingConstraint(a, a, context: nil, value: 0)))
    }
    var document = TextDocument(
      title:
        "\(name): maximum-entropy law of \(loadings.count) loadings, K = \(problem.contexts), product ensemble, prior convention"
    )
    document.table(facts)
    let most = style.format == .text ? Self.mostRows : Int.max
    if !problem.constraints.isEmpty {
      var table = TextTable([
        ("average", .left), ("wanted", .right), ("expected", .right), ("N Var(overlap)", .right),
        ("multiplier", .right),
      ])
      for (constraint, multiplier) in zip(problem.constraints, solution.multipliers).prefix(most) {
        table.add([
          .init(constraint.words(loadings)), .number(constraint.value, digits: 5),
          .number(expected(constraint), digits: 5), .number(solution.varianceTimesN(constraint), digits: 5),
          .number(multiplier, digits: 5),
        ])
      }
      document.heading("Averages")
      document.table(table)
      let hidden = problem.constraints.count - most
      if hidden > 0 { document.prose("... and \(hidden) more (--format and --json list them)") }
    }
    var table = TextTable([("population", .left), ("weight", .right)])
    for population in solution.populations.prefix(most) {
      table.add([.init(words(population)), .number(population.weight, digits: 5)])
    }
    document.heading("Populations")
    document.table(table)
    let hidden = solution.populations.count - most
    if hidden > 0 { document.prose("... and \(hidden) more (--format and --json list them)") }
    return document
  }
}
