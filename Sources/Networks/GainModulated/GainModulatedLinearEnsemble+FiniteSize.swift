// What theory says of gain-modulated networks as they grow wider.

import Sampling

extension GainModulatedLinearEnsemble: ExpandedEnsemble {
  /// The expansions of the closed form; nil where there is none.
  public func finiteSizeTheory() throws -> FiniteSizeTheory? { try theory().map { try FiniteSizeTheory($0) } }
}
