// R-hat: do chains (and the halves of chains) agree as well as their own spread allows?

extension Diagnostics {
  /// R-hat as recommended: the larger of ``bulkRHat(_:)`` and ``foldedRHat(_:)``.
  ///
  /// Near 1 when all chains explore one distribution; above 1.01, they do not yet. NaN for one chain, fewer than 4
  /// draws, or where all are equal but for rounding; infinite where chains are constant at different values. O(S log S) for S draws
  /// in all. Vehtari et al. 2021, section 4.
  public static func rHat(_ chains: [[Double]]) -> Double {
    guard !isUnfit(chains, minimumChains: 2), !isConstant(chains) else { return .nan }
    let halves = split(inOwnUnit(chains).values)
    return largerRHat(bulk: basicRHat(normalScores(halves)), folded: basicRHat(normalScores(folded(halves))))
  }

  /// Rank-normalised split R-hat: sensitive to chains with different locations, for heavy tails too.
  public static func bulkRHat(_ chains: [[Double]]) -> Double {
    isUnfit(chains, minimumChains: 2) ? .nan : basicRHat(normalScores(split(chains)))
  }

  /// Rank-normalised split R-hat of the distances from the median: sensitive to chains with different scales.
  public static func foldedRHat(_ chains: [[Double]]) -> Double {
    isUnfit(chains, minimumChains: 2) ? .nan : basicRHat(normalScores(folded(split(chains))))
  }

  /// The classic split R-hat of the draws themselves, which means nothing where the variance is infinite.
  ///
  /// Gelman et al. 2013, Bayesian Data Analysis, section 11.4.
  public static func splitRHat(_ chains: [[Double]]) -> Double {
    isUnfit(chains, minimumChains: 2) ? .nan : basicRHat(split(inOwnUnit(chains).values))
  }

  /// The larger of the two; folded scores that are all equal (NaN) have nothing to say, as in ArviZ.
  static func largerRHat(bulk: Double, folded: Double) -> Double { folded > bulk ? folded : bulk }

  private static func basicRHat(_ chains: [[Double]]) -> Double {
    rHat(draws: chains[0].count, means: chains.map { mean($0) }, variances: chains.map { variance($0) })
  }

  /// R-hat = √((B/W + n - 1) / n), B = n Var(chain means), W = mean of the chains' variances, n draws a chain.
  static func rHat(draws: Int, means: [Double], variances: [Double]) -> Double {
    let draws = Double(draws)
    let between = draws * variance(means)
    return ((between / mean(variances) + draws - 1) / draws).squareRoot()
  }
}
