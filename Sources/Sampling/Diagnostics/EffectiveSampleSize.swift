// Effective sample size: how many independent draws would estimate as well as these.

extension Diagnostics {
  /// ESS of the normal scores: how well the chains mix in the bulk, also where variances are infinite.
  ///
  /// All ESS here: n m / τ̂ over split chains, τ̂ by Geyer's initial monotone sequence, at most S log₁₀ S for S
  /// draws in all. O(S log S). Vehtari et al. 2021, sections 3.2 and 4.3.
  public static func essBulk(_ chains: [[Double]]) -> Double {
    withHalves(chains) { halves, transform in ess(normalScores(halves), using: &transform) }
  }

  /// The smaller ESS of the 5 % and 95 % quantiles.
  public static func essTail(_ chains: [[Double]]) -> Double {
    let low = essQuantile(chains, at: 0.05)
    let high = essQuantile(chains, at: 0.95)
    return high < low ? high : low
  }

  /// ESS of the mean of the draws themselves.
  public static func essMean(_ chains: [[Double]]) -> Double {
    withHalves(chains) { halves, transform in ess(halves, using: &transform) }
  }

  /// ESS of the standard deviation: of the squared distances from the pooled mean.
  public static func essSd(_ chains: [[Double]]) -> Double {
    withHalves(chains) { halves, transform in
      let center = mean(chains.joined())
      return ess(squaredDistances(halves, from: center), using: &transform)
    }
  }

  /// ESS of a quantile: of the indicator that a draw is at or below it.
  public static func essQuantile(_ chains: [[Double]], at probability: Double) -> Double {
    withHalves(chains) { halves, transform in
      let quantile = quantiles(chains, at: [probability])[0]
      return ess(indicator(halves, atOrBelow: quantile), using: &transform)
    }
  }

  /// 1 where a draw is at or below `bound`, else 0.
  static func indicator(_ chains: [[Double]], atOrBelow bound: Double) -> [[Double]] {
    chains.map { $0.map { $0 <= bound ? 1 : 0 } }
  }

  private static func withHalves(
    _ chains: [[Double]], _ estimate: ([[Double]], inout AutocovarianceTransform) -> Double
  ) -> Double {
    guard !isUnfit(chains) else { return .nan }
    let halves = split(chains)
    // Rounding must not be taken for mixing: ranks would make differences of it.
    if isConstant(chains) { return Double(halves.count * halves[0].count) }
    var transform = AutocovarianceTransform(draws: halves[0].count)
    return estimate(halves, &transform)
  }

  /// The ESS of chains that are already split and transformed.
  ///
  /// With ρ̂_t = 1 - (W - c̄_t) / V̂, c̄_t the mean autocovariance at lag t, W the mean variance within chains and V̂
  /// that plus the variance of their means: τ̂ = -1 + 2 Σ ρ̂_t over the pairs (ρ̂_2k + ρ̂_2k+1) up to the first
  /// negative one, each pair cut to the one before it, plus the first even ρ̂ after them if positive.
  static func ess(_ chains: [[Double]], using transform: inout AutocovarianceTransform) -> Double {
    let draws = chains[0].count
    let total = Double(chains.count * draws)
    guard !chains.contains(where: { $0.contains { $0.isNaN } }) else { return .nan }
    if isConstant(chains) { return total }

    let chains = inOwnUnit(chains).values
    let autocovariance = transform.meanAutocovariance(chains)
    let n = Double(draws)
    let within = autocovariance[0] * n / (n - 1)
    var spread = autocovariance[0]
    if chains.count > 1 { spread += variance(chains.map { mean($0) }) }
    func correlation(_ lag: Int) -> Double { 1 - (within - autocovariance[lag]) / spread }

    // Pair sums stay positive for a reversible chain (Geyer 1992): stop at the first that is not.
    var correlations = [Double](repeating: 0, count: draws)
    var even = 1.0
    var odd = correlation(1)
    correlations[0] = even
    correlations[1] = odd
    var lag = 1
    while lag < draws - 3, even + odd > 0 {
      even = correlation(lag + 1)
      odd = correlation(lag + 2)
      if even + odd >= 0 {
        correlations[lag + 1] = even
        correlations[lag + 2] = odd
      }
      lag += 2
    }
    let last = lag - 2
    if even > 0 { correlations[last + 1] = even }

    // They also decrease: cut each to the one before.
    lag = 1
    while lag <= last - 2 {
      if correlations[lag + 1] + correlations[lag + 2] > correlations[lag - 1] + correlations[lag] {
        correlations[lag + 1] = (correlations[lag - 1] + correlations[lag]) / 2
        correlations[lag + 2] = correlations[lag + 1]
      }
      lag += 2
    }

    guard !correlations.contains(where: { $0.isNaN }) else { return .nan }
    let time = -1 + 2 * correlations[..<(last + 1)].reduce(0, +) + correlations[last + 1]
    // Antithetic chains can have any τ̂ >= 0; the bound keeps the ESS finite.
    return total / max(time, 1 / log10(total))
  }
}
