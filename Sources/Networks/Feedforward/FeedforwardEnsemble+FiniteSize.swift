// What theory says of feedforward networks as they grow wider.

import Sampling

extension FeedforwardEnsemble: ExpandedEnsemble {
  /// Wide networks' limit and its first correction (``WideNetworkExpansion``), with all hidden layers of one width.
  public func finiteSizeTheory() throws -> FiniteSizeTheory? {
    try wideNetworks().map { wide in
      FiniteSizeTheory(
        expansions: Dictionary(uniqueKeysWithValues: wide.rows.map { ($0.name, $0.expansion) }), isExact: false)
    }
  }
}
