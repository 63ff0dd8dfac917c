// Monte Carlo standard errors: how far an estimate from these draws may be from the target's own value.

import CGSL

extension Diagnostics {
  /// The standard error of the mean: s / √ESS of the mean, s with divisor S - 1.
  public static func mcseMean(_ chains: [[Double]]) -> Double {
    guard !isUnfit(chains) else { return .nan }
    var values = Array(chains.joined())
    return mcseMean(replacing: &values, chains: chains.count)
  }

  /// The standard error of the standard deviation, by the delta method.
  ///
  /// With d = (x - x̄)²: √(Var(d) / ESS(d) / (4 E d)). Vehtari et al. 2021, as implemented since ArviZ 0.18; NaN
  /// for equal draws.
  public static func mcseSd(_ chains: [[Double]]) -> Double {
    guard !isUnfit(chains) else { return .nan }
    let (values, unit) = inOwnUnit(chains)
    return mcseSd(pooled: values.joined(), ess: essSd(values)) * unit
  }

  /// The standard error of a quantile: half the distance between the draws at the 16 % and 84 % points of its
  /// beta distribution, Beta(p ESS + 1, (1 - p) ESS + 1).
  ///
  /// Vehtari et al. 2021, section 4.4. O(S log S).
  public static func mcseQuantile(_ chains: [[Double]], at probability: Double) -> Double {
    guard !isUnfit(chains) else { return .nan }
    return mcseQuantile(
      ofSorted: ascending(Array(chains.joined())), at: probability, ess: essQuantile(chains, at: probability))
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
    let bounds = betaBounds(probability: probability, ess: ess)
    guard bounds.low.isFinite, bounds.high.isFinite else { return .nan }
    let count = Double(sorted.count)
    let low = max((bounds.low * count - 1).rounded(.down), 0)
    let high = min((bounds.high * count - 1).rounded(.up), count - 1)
    return (sorted[Int(high)] - sorted[Int(low)]) / 2
  }

  /// The 16 % and 84 % points of Beta(p ESS + 1, (1 - p) ESS + 1), one standard deviation of a normal to either side.
  ///
  /// GSL's inverse returns NaN, or does not return at all, from an ESS of some 10⁴ on; above 3000 the third-order
  /// Cornish-Fisher expansion (Abramowitz & Stegun 26.2.49) is within 3e-3 / ESS for p from 0.001 to 0.999, a small
  /// part of the distance between draws.
  static func betaBounds(probability: Double, ess: Double) -> (low: Double, high: Double) {
    // To the seven digits that ArviZ has.
    let tail = 0.1586553
    let (a, b) = (ess * probability + 1, ess * (1 - probability) + 1)
    if ess <= 3000 {
      let bounds = try? GSL.checked { (low: gsl_cdf_beta_Pinv(tail, a, b), high: gsl_cdf_beta_Qinv(tail, a, b)) }
      return bounds ?? (.nan, .nan)
    }
    let sum = a + b
    let deviation = (a * b / (sum + 1)).squareRoot() / sum
    let skewness = 2 * (b - a) * (sum + 1).squareRoot() / ((sum + 2) * (a * b).squareRoot())
    let excess =
      6 * ((a - b) * (a - b) * (sum + 1) - a * b * (sum + 2)) / (a * b * (sum + 2) * (sum + 3))
    func point(_ z: Double) -> Double {
      let shift =
        (z * z - 1) * skewness / 6 + (z * z * z - 3 * z) * excess / 24
        - (2 * z * z * z - 5 * z) * skewness * skewness / 36
      return a / sum + deviation * (z + shift)
    }
    let z = gsl_cdf_ugaussian_Qinv(tail)
    return (point(-z), point(z))
  }
}
