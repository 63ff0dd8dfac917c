// What theory says of an ensemble as a whole, where it says anything.

import Sampling

extension GainModulatedLinearEnsemble {
  /// The closed form (``solve()``: exact at every N for the product ensemble, N → ∞ for Gibbs); nil where there is none: for the prior
  /// itself (tightness 0), and for a singular stimulus covariance (THEORY section 5).
  ///
  /// - Throws: ``MaxEntropyError``.
  public func theory() throws -> MaxEntropySolution? {
    if case .gibbs(let tightness) = ensemble {
      guard tightness > 0, (try? Cholesky(stimulusCovariance)) != nil else { return nil }
    }
    return try solve()
  }
}
