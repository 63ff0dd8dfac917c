// Ensembles of which theory says what becomes of them as they grow wider.

import Sampling

/// An ensemble whose observables have known expansions in 1/N.
public protocol ExpandedEnsemble: SampledEnsemble {
  /// The expansions that theory knows; nil where it knows none.
  ///
  /// - Throws: ``MaxEntropyError``, ``GSLError``, or why they cannot be computed.
  func finiteSizeTheory() throws -> FiniteSizeTheory?
}
