// What theory says of drawn networks with several loadings, exactly at every number of neurons.

import Sampling

extension Prediction {
  /// The means of overlaps, second moments and populations, each with the standard deviation that theory gives a single draw.
  static func loadings(_ solution: LoadingSolution, neurons: Int) -> [Prediction] {
    let n = Double(neurons)
    let problem = solution.problem
    var list: [Prediction] = []
    func add(_ name: String, _ constraint: LoadingConstraint, expected: Double) {
      list.append(
        Prediction(
          name, expected: expected, status: .exact, source: "THEORY 12: \(constraint.words(problem.loadings))",
          quantity: .scalar(name), deviation: (solution.varianceTimesN(constraint) / n).squareRoot(),
          size: solution.size(constraint)))
    }
    for (j, constraint) in problem.constraints.enumerated() {
      add("overlap[\(j)]", constraint, expected: solution.mean(constraint))
    }
    for a in problem.loadings.indices {
      let square = LoadingConstraint(a, a, context: nil, value: 0)
      add("loading_second_moment[\(a)]", square, expected: solution.mean(square))
    }
    guard problem.gains.areDrawn else { return list }
    let contexts = problem.contexts
    for active in 0...contexts {
      let share = solution.populations.reduce(0) { $0 + ($1.gains.reduce(0, +) == Double(active) ? $1.weight : 0) }
      list.append(
        .share(
          "active_fraction[\(active)]", expected: share, neurons: neurons, source: "THEORY 12: P(g)",
          quantity: .scalar("active_fraction[\(active)]")))
    }
    guard contexts <= GainPattern.maximumRecordedContexts else { return list }
    var column = 0
    for (index, population) in solution.populations.enumerated() {
      let bits = GainPattern(index: index, contexts: contexts).bits.map(String.init).joined()
      list.append(
        .share(
          "population_fraction[\(index)]", expected: population.weight, neurons: neurons,
          source: "THEORY 12: P(\(bits))", quantity: .scalar("population_fraction[\(index)]")))
      let moments = [solution.moments(population)]
      for a in problem.loadings.indices {
        for b in a..<problem.loadings.count {
          let product = PopulationProduct(moments, a, b, areFixed: false)
          list.append(
            Prediction(
              "population_moment[\(bits),\(problem.loadings[a])*\(problem.loadings[b])]", expected: product.mean,
              status: .exact, source: "THEORY 12: P(g) times the population's covariance",
              quantity: .streaming("population_moment", column: column),
              deviation: product.deviationTimesRootN / n.squareRoot(), size: product.size))
          column += 1
        }
      }
    }
    return list
  }

  /// The whole laws of the first overlaps of two loadings.
  ///
  /// - Throws: ``GSLError``, ``ReadoutLawError``.
  static func overlapLaws(_ solution: LoadingSolution, neurons: Int) throws -> [Prediction] {
    var known: [(name: String, law: ReadoutLaw)] = []
    for (j, constraint) in solution.problem.constraints.prefix(mostReadoutLaws).enumerated() {
      guard let exact = try solution.law(constraint, neurons: neurons) else { continue }
      known.append(("overlap[\(j)]", exact))
    }
    return try laws(known)
  }
}
