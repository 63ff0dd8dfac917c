// Bounds that averages of loadings obey whatever their law, looked at before anything is solved.

import Sampling

/// Bounds on averages of squares, and on averages of products by those of squares, where all gains are 0 or 1.
struct LoadingBounds {
  private let problem: LoadingProblem
  private let isBinary: Bool
  /// Whether every pattern occurs, so that bounds are never reached.
  private let areDrawn: Bool

  init(_ problem: LoadingProblem, _ kinds: LoadingKinds) {
    self.problem = problem
    areDrawn = kinds.areDrawn
    isBinary = kinds.gains.elements.allSatisfy { $0 == 0 || $0 == 1 }
  }

  /// - Throws: ``LoadingError/infeasible(_:)`` for the first average beyond its bound.
  func require() throws {
    guard isBinary else { return }
    let names = problem.loadings
    for constraint in problem.constraints where constraint.isSquare {
      let words = constraint.words(names)
      // A context in which no neuron is active has no squares; what depends on the gains alone is looked at elsewhere.
      guard constraint.value > 0 || constraint.value == 0 && constraint.context != nil && !areDrawn else {
        throw LoadingError.infeasible("\(words) = \(constraint.value) is an average of squares; allowed: above 0")
      }
      guard constraint.context != nil, let whole = square(constraint.first, in: nil),
        constraint.value > whole || areDrawn && constraint.value == whole
      else { continue }
      throw LoadingError.infeasible(
        "\(words) = \(constraint.value) cannot exceed <\(names[constraint.first])^2> = \(whole), of which it is a part; allowed: below it"
      )
    }
    for constraint in problem.constraints where !constraint.isSquare && constraint.value != 0 {
      guard let first = bound(constraint.first, in: constraint.context),
        let second = bound(constraint.second, in: constraint.context)
      else { continue }
      let most = (first.value * second.value).squareRoot()
      guard constraint.value.magnitude >= most else { continue }
      throw LoadingError.infeasible(
        "\(constraint.words(names)) = \(constraint.value) is out of reach: its size stays below sqrt(\(first.words) \(second.words)) = "
          + "\(most); allowed: values of smaller size, or larger second moments")
    }
  }

  private func square(_ loading: Int, in context: Int?) -> Double? {
    problem.constraints.first { $0.isSquare && $0.first == loading && $0.context == context }?.value
  }

  /// The smallest known bound of ⟨g_c θ_a²⟩.
  private func bound(_ loading: Int, in context: Int?) -> (value: Double, words: String)? {
    let places: [Int?] = context == nil ? [nil] : [context, nil]
    return places.compactMap { place -> (value: Double, words: String)? in
      square(loading, in: place).map {
        ($0, LoadingConstraint(loading, loading, context: place, value: 0).words(problem.loadings))
      }
    }.min { $0.value < $1.value }
  }
}
