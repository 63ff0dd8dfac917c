// Monte Carlo standard errors: how far an estimate from these draws may be from the target's own value.

import CGSL

extension Diagnostics {
  /// The standard error of the mean: s / √ESS of the mean, s with divisor S - 1.
  public static func mcseMean(_ chains: [[Double]]) -> Double {
    guard !isUnfit(chains) else { return .nan }
    return (variance(chains.joined()) / essMean(chains)).squareRoot()
  }

  /// The standard error of the standard deviation, by the delta method.
  ///
  /// With d = (x - x̄)²: √(Var(d) / ESS(d) / (4 E d)). Vehtari et al. 2021, as implemented since ArviZ 0.18; NaN
  /// for equal draws.
  public static func mcseSd(_ chains: [[Double]]) -> Double {
    guard !isUnfit(chains) else { return .nan }
    return mcseSd(pooled: chains.joined(), ess: essSd(chains))
  }

  /// The standard error of a quantile: half the distance between the draws at the 16 % and 84 % points of its
  /// beta distribution, Beta(p ESS + 1, (1 - p) ESS + 1).
  ///
  /// Vehtari et al. 2021, section 4.4. O(S log S).
  public static func mcseQuantile(_ chains: [[Double]], at probability: Double) -> Double {
    guard !isUnfit(chains) else { return .nan }
    return mcseQuantile(
      ofSorted: chains.joined().sorted(), at: probability, ess: essQuantile(chains, at: probability))
  }

  static func mcseSd(pooled: some Collection<Double>, ess: Double) -> Double {
    let center = mean(pooled)
    let squares = pooled.map { ($0 - center) * ($0 - center) }
    let second = mean(squares)
    let fourth = squares.reduce(0) { $0 + $1 * $1 } / Double(squares.count)
    return ((fourth - second * second) / ess / second / 4).squareRoot()
  }

  static func mcseQuantile(ofSorted sorted: [Double], at probability: Double, ess: Double) -> Double {
    guard ess.isFinite else { return .nan }
    // One standard deviation of a normal distribution to either side, to ArviZ's seven digits.
    let tail = 0.1586553
    let (a, b) = (ess * probability + 1, ess * (1 - probability) + 1)
    guard let bounds = try? GSL.checked({ (gsl_cdf_beta_Pinv(tail, a, b), gsl_cdf_beta_Qinv(tail, a, b)) })
    else { return .nan }
    let count = Double(sorted.count)
    let low = max((bounds.0 * count - 1).rounded(.down), 0)
    let high = min((bounds.1 * count - 1).rounded(.up), count - 1)
    return (sorted[Int(high)] - sorted[Int(low)]) / 2
  }
}
