// What the loss tends to as the task binds ever tighter: half a unit of ln Z for every number that the task prescribes.

import Sampling

extension GainModulatedLinearEnsemble {
  /// β N ⟨L⟩ → r rank(S)/2 as β → ∞, r the rank of the gains, K where they are drawn (THEORY section 5).
  ///
  /// Near R = A the readout's prior density is smooth, so that S^½(R − A) becomes normal with variance 1/(βN) in every direction that gains
  /// and stimuli reach. Asymptotic: off by O(1/β), and far off where β is not large against N |Λ*|²/(K D). O(patterns K² + K³ + D³).
  ///
  /// - Throws: ``MaxEntropyError`` or ``NotComputed`` where no network of these gains reaches the target: then ⟨L⟩ tends to no zero; ``GSLError``.
  func tightLoss(tightness: Double) throws -> [Prediction] {
    let spectrum = try SymmetricEigen(stimulusCovariance)
    let constraints = try reachedContexts(spectrum.map { max(0, $0).squareRoot() }) * spectrum.rank
    let unit = tightness * Double(neurons)
    return [
      Prediction(
        "tight_loss", expected: Double(constraints) / 2, status: .asymptotic(order: "O(1/tightness)"),
        source: "THEORY 5: tightness N <L> to O(1/tightness), half of \(constraints) constraints",
        quantity: .function(of: ["loss"]) { unit * $0[0] })
    ]
  }

  /// How many directions of contexts the gains reach.
  ///
  /// - Parameter root: S^½.
  private func reachedContexts(_ root: Matrix) throws -> Int {
    let given: GivenGains
    switch gains {
    case .given(let matrix): given = GivenGains(matrix)
    case .independent(activeProbability: 1): given = GivenGains(Matrix(rows: 1, columns: task.contexts, repeating: 1))
    case .independent:
      guard neurons >= task.contexts else {
        throw NotComputed(
          "\(neurons) neurons are fewer than the \(task.contexts) contexts, which they cannot serve at once")
      }
      return task.contexts
    }
    let span = try GainSpan(given)
    try span.require(task.target * root)
    return span.rank
  }
}
