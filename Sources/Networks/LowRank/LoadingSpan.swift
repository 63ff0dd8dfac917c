// Which averages of loadings say something that others do not.

import Sampling

/// The constraints that the gains leave independent of each other.
///
/// Averages of one product θ_aθ_b in several contexts are linear in the gains, so that gains that obey an identity (all ones, or given
/// ones that span too little) force one on the averages. Those that follow from others must have the value that follows.
struct LoadingSpan {
  /// The places of independent constraints, ascending.
  let independent: [Int]

  /// - Throws: ``LoadingError/infeasible(_:)`` where a value is not the one that follows.
  init(_ problem: LoadingProblem, _ kinds: LoadingKinds) throws {
    var kept: [Int] = []
    let constraints = problem.constraints
    for (place, constraint) in constraints.enumerated() {
      let others = kept.filter {
        constraints[$0].first == constraint.first && constraints[$0].second == constraint.second
      }
      func product(_ a: LoadingConstraint, _ b: LoadingConstraint) -> Double {
        (0..<kinds.count).reduce(0) {
          $0 + kinds.weights[$1] * kinds.gain($1, a.context) * kinds.gain($1, b.context)
        }
      }
      let own = product(constraint, constraint)
      var rest = own
      var coefficients: [Double] = []
      if !others.isEmpty, own > 0 {
        let gram = Matrix(others.map { a in others.map { product(constraints[a], constraints[$0]) } })
        let right = others.map { product(constraints[$0], constraint) }
        coefficients = try Cholesky(gram).solve(right)
        rest = own - dot(coefficients, right)
      }
      guard rest <= 1e-10 * own else {
        kept.append(place)
        continue
      }
      let terms = zip(coefficients, others).filter { $0.0.magnitude > 1e-9 }
      let expected = terms.reduce(0) { $0 + $1.0 * constraints[$1.1].value }
      let size = terms.reduce(constraint.value.magnitude) { $0 + ($1.0 * constraints[$1.1].value).magnitude }
      guard (constraint.value - expected).magnitude <= 1e-9 * size else {
        let words = constraint.words(problem.loadings)
        throw LoadingError.infeasible(
          terms.isEmpty
            ? "\(words) = \(constraint.value), but no neuron has a gain in context \(constraint.context ?? 0); allowed: 0"
            : "the gains make \(words) equal to "
              + terms.map { "\(Self.rounded($0.0)) \(constraints[$0.1].words(problem.loadings))" }.joined(
                separator: " + ")
              + " = \(expected) in every network, and \(constraint.value) is asked for; allowed: that value, or other gains"
        )
      }
    }
    independent = kept
  }

  private static func rounded(_ value: Double) -> Double { (value * 1e9).rounded() / 1e9 }
}
