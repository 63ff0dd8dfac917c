// Whether chains agree, or the parts of a single one: the R-hat that verdicts rest on.

extension Diagnostics {
  /// Chains with a larger R-hat have not found the same distribution, so that their draws decide nothing.
  ///
  /// Four healthy chains exceed it with probability 1.5 % at an ESS of 100, and in none of 20,000 runs at 200.
  public static let largestDecisiveRHat = 1.1

  /// R-hat for verdicts: of the chains, or of the quarters of a single one; infinite where a chain stood still.
  ///
  /// ``rHat(_:)``, which is infinite for chains that are constant at different values; of a single chain, ``rHat(_:)`` of
  /// its halves. Infinite also where some chain kept one value for half of its draws (a single chain for a quarter) that
  /// occurs nowhere else, while other draws differ. NaN for fewer than 4 draws a chain (8 in a single one), a NaN among
  /// them, or where every draw is equal. O(S log S) for S draws in all.
  public static func agreement(_ chains: [[Double]]) -> Double {
    guard let chain = chains.first, chains.count == 1 else {
      return hasStuckChain(chains, part: 2) ? .infinity : rHat(chains)
    }
    return hasStuckChain(chains, part: 4) ? .infinity : rHat(split([chain]))
  }

  /// Whether a chain of n draws kept one value for n / `part` draws or more in a row that occurs nowhere else.
  static func hasStuckChain(_ chains: [[Double]], part: Int) -> Bool {
    guard !isUnfit(chains) else { return false }
    var values = Array(chains.joined())
    return values.withUnsafeMutableBufferPointer { ChainSeries($0, chains: chains.count).hasStuckChain(part: part) }
  }
}
