// The law of a neuron with several loadings, as machines read it.

import JSON
import Networks
import Sampling

/// A maximum-entropy law of loadings in closed form.
package struct LoadingReport: Sendable {
  package let name: String
  package let solution: LoadingSolution
  package let neurons: Int

  package init(name: String, solution: LoadingSolution, neurons: Int) {
    self.name = name
    self.solution = solution
    self.neurons = neurons
  }

  package var loadings: [String] { solution.problem.loadings }

  /// A gain vector in words: bits where all gains are 0 and 1.
  package func words(_ population: LoadingSolution.Population) -> String {
    pattern(population).map { $0.map(String.init).joined() }
      ?? population.gains.map { NumberText.significant($0, digits: 3) }.joined(separator: " ")
  }

  private func pattern(_ population: LoadingSolution.Population) -> [Int]? {
    population.gains.allSatisfy { $0 == 0 || $0 == 1 } ? population.gains.map { Int($0) } : nil
  }

  /// The pinned machine-readable form.
  var json: JSONValue {
    let constraints = zip(solution.problem.constraints, solution.multipliers).map {
      constraint, multiplier -> JSONValue in
      [
        "of": .array([.string(loadings[constraint.first]), .string(loadings[constraint.second])]),
        "context": constraint.context.map { .integer($0) } ?? .null, "value": .number(constraint.value),
        "expected": .number(solution.mean(constraint)), "varianceTimesN": .number(solution.varianceTimesN(constraint)),
        "multiplier": .number(multiplier),
      ]
    }
    let populations = solution.populations.map { population -> JSONValue in
      let who: (String, JSONValue) =
        pattern(population).map { ("pattern", .integers($0)) } ?? ("gains", .numbers(population.gains))
      return .object([
        who, ("weight", .number(population.weight)), ("covariance", .matrix(population.covariance)),
      ])
    }
    return [
      "loadings": .array(loadings.map { .string($0) }), "constraints": .array(constraints),
      "residual": .number(solution.residual), "iterations": .integer(solution.iterations),
      "constraintRank": .integer(solution.rank),
      "secondMoments": .numbers(
        loadings.indices.map { solution.mean(LoadingConstraint($0, $0, context: nil, value: 0)) }),
      "patternKL": .number(solution.patternKL), "relativeEntropy": .number(solution.relativeEntropy),
      "populations": .array(populations),
    ]
  }
}
