// What theory says of an ensemble as a whole, where it says anything.

import Sampling

extension GainModulatedLinearEnsemble {
  /// The closed form (``solve()``: exact at every N for the product ensemble, N → ∞ for Gibbs); nil where there is none: for a singular
  /// stimulus covariance (THEORY section 5).
  ///
  /// - Throws: ``MaxEntropyError``.
  public func theory() throws -> MaxEntropySolution? {
    if case .gibbs = ensemble, (try? Cholesky(stimulusCovariance)) == nil { return nil }
    return try solve()
  }
}
