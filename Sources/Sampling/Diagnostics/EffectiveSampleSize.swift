// Effective sample size: how many independent draws would estimate as well as these.

import Numerics

extension Diagnostics {
  /// ESS of the normal scores: how well the chains mix in the bulk, also where variances are infinite.
  ///
  /// All ESS here: n m / τ̂ over split chains, τ̂ by Geyer's initial monotone sequence, at most S log₁₀ S for S
  /// draws in all. O(S log S). Vehtari et al. 2021, sections 3.2 and 4.3.
  public static func essBulk(_ chains: [[Double]]) -> Double {
    guard !isUnfit(chains) else { return .nan }
    var values = Array(chains.joined())
    return DiagnosticsWorkspace().essBulk(&values, chains: chains.count)
  }

  /// The smaller ESS of the 5 % and 95 % quantiles.
  public static func essTail(_ chains: [[Double]]) -> Double {
    let low = essQuantile(chains, at: 0.05)
    let high = essQuantile(chains, at: 0.95)
    return high < low ? high : low
  }

  /// ESS of the mean of the draws themselves.
  public static func essMean(_ chains: [[Double]]) -> Double {
    withHalves(chains) { ess($0) }
  }

  /// ESS of the standard deviation: of the squared distances from the pooled mean.
  public static func essSd(_ chains: [[Double]]) -> Double {
    withHalves(chains) { halves in
      let center = mean(chains.joined())
      return ess(squaredDistances(halves, from: center))
    }
  }

  /// ESS of a quantile: of the indicator that a draw is at or below it.
  public static func essQuantile(_ chains: [[Double]], at probability: Double) -> Double {
    withHalves(chains) { halves in
      let quantile = quantiles(chains, at: [probability])[0]
      return ess(indicator(halves, atOrBelow: quantile))
    }
  }

  /// 1 where a draw is at or below `bound`, else 0.
  static func indicator(_ chains: [[Double]], atOrBelow bound: Double) -> [[Double]] {
    chains.map { $0.map { $0 <= bound ? 1 : 0 } }
  }

  private static func withHalves(_ chains: [[Double]], _ estimate: ([[Double]]) -> Double) -> Double {
    guard !isUnfit(chains) else { return .nan }
    let halves = split(chains)
    // Rounding must not be taken for mixing: ranks would make differences of it.
    if isConstant(chains) { return Double(halves.count * halves[0].count) }
    return estimate(halves)
  }

  /// The ESS of chains that are already split and transformed.
  static func ess(_ chains: [[Double]]) -> Double {
    guard !chains.contains(where: { $0.contains { $0.isNaN } }) else { return .nan }
    var estimator = EffectiveSampleSizeEstimator()
    var values = Array(inOwnUnit(chains).values.joined())
    return values.withUnsafeMutableBufferPointer { estimator.estimate(ChainSeries($0, chains: chains.count)) }
  }
}

/// Estimates the ESS of chains; the memory is kept from one to the next.
struct EffectiveSampleSizeEstimator: ~Copyable {
  /// Autocovariances at lags below this are summed one by one, which most chains need few of; the transform, which gives many lags
  /// at once, costs what some three hundred of these do.
  private static let summedLags = 128
  /// How many lags are transformed where these do not suffice, and how many times more where those do not.
  private static let (transformedLags, moreLags) = (2048, 16)

  private var transform: AutocovarianceTransform?

  init() {}

  /// The ESS of finite draws in their own unit, which are left centred.
  ///
  /// With ρ̂_t = 1 - (W - c̄_t) / V̂, c̄_t the mean autocovariance at lag t, W the mean variance within chains and V̂
  /// that plus the variance of their means: τ̂ = -1 + 2 Σ ρ̂_t over the pairs (ρ̂_2k + ρ̂_2k+1) up to the first
  /// negative one, each pair cut to the one before it, plus the first even ρ̂ after them if positive.
  ///
  /// Memory: that of the lags which the sum takes.
  ///
  /// - Parameter means: of the chains, where they are known.
  mutating func estimate(_ series: ChainSeries, means: [Double]? = nil) -> Double {
    if series.isConstant { return Double(series.count) }
    let means = means ?? series.means
    let betweenChains = means.count > 1 ? Diagnostics.variance(means) : 0
    series.subtract(means)
    if let ess = Self.ofFewLags(series, betweenChains) { return ess }
    var lags = Self.transformedLags
    while true {
      // Twice as many lags as half of the draws cost no more than all.
      let count = 2 * lags > series.draws ? series.draws : lags
      if transform?.lags != count {
        transform = nil
        transform = AutocovarianceTransform(lags: count)
      }
      let autocovariance = transform!.meanAutocovariance(series)
      if let ess = Self.ess(series, betweenChains, { $0 < count ? autocovariance[$0] : nil }) { return ess }
      lags *= Self.moreLags
    }
  }

  /// nil if ``summedLags`` are not enough.
  private static func ofFewLags(_ series: ChainSeries, _ betweenChains: Double) -> Double? {
    let scale = 1 / Double(series.count)
    var autocovariance: [Double] = []
    return ess(series, betweenChains) { lag in
      while autocovariance.count <= lag {
        guard autocovariance.count < summedLags else { return nil }
        var sums = SIMD4<Double>()
        withUnsafeMutableBytes(of: &sums) { sums in
          let sums = sums.assumingMemoryBound(to: Double.self).baseAddress!
          for chain in 0..<series.chains {
            VectorKernels.lagProducts(
              series[chain].baseAddress!, count: series.draws, lag: autocovariance.count, addingTo: sums)
          }
        }
        for next in 0..<4 { autocovariance.append(sums[next] * scale) }
      }
      return autocovariance[lag]
    }
  }

  /// nil where `autocovariance` is nil at a lag that the sum takes.
  static func ess(
    _ series: ChainSeries, _ betweenChains: Double, _ autocovariance: (Int) -> Double?
  ) -> Double? {
    let draws = series.draws
    let n = Double(draws)
    guard let variance = autocovariance(0) else { return nil }
    let within = variance * n / (n - 1)
    let spread = variance + betweenChains
    var isKnown = true
    func correlation(_ lag: Int) -> Double {
      guard let covariance = autocovariance(lag) else {
        isKnown = false
        // Ends the sum.
        return -.infinity
      }
      return 1 - (within - covariance) / spread
    }

    // Pair sums stay positive for a reversible chain (Geyer 1992): stop at the first that is not.
    var even = 1.0
    var odd = correlation(1)
    var correlations = [even, odd]
    var lag = 1
    while lag < draws - 3, even + odd > 0 {
      even = correlation(lag + 1)
      odd = correlation(lag + 2)
      correlations += even + odd >= 0 ? [even, odd] : [0, 0]
      lag += 2
    }
    guard isKnown else { return nil }
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
    let total = Double(series.count)
    // Antithetic chains can have any τ̂ >= 0; the bound keeps the ESS finite.
    return total / max(time, 1 / log10(total))
  }
}
