// Mean, variance and quantiles of stored numbers.

extension Diagnostics {
  /// The mean, corrected by the mean residual: exact for equal numbers, so that a constant chain has variance 0.
  static func mean(_ values: some Collection<Double>) -> Double {
    let count = Double(values.count)
    let first = values.reduce(0, +) / count
    let residual = values.reduce(0) { $0 + ($1 - first) } / count
    return residual.isFinite ? first + residual : first
  }

  /// The variance with divisor n - 1; NaN for fewer than two numbers.
  static func variance(_ values: some Collection<Double>) -> Double {
    guard values.count > 1 else { return .nan }
    let center = mean(values)
    return values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count - 1)
  }

  /// Quantiles of all draws pooled, by linear interpolation between order statistics: h = 1 + (n - 1) p.
  ///
  /// The seventh definition of Hyndman & Fan 1996, as R's and ArviZ's default. NaN for no draws or a NaN among them.
  /// O(n).
  public static func quantiles(_ chains: [[Double]], at probabilities: [Double]) -> [Double] {
    let pooled = Array(chains.joined())
    guard !pooled.isEmpty, !pooled.contains(where: { $0.isNaN }) else { return probabilities.map { _ in .nan } }
    let sorted = ascending(pooled)
    return probabilities.map { quantile(of: sorted.count, at: $0) { sorted[$0] } }
  }

  /// One quantile of `total` numbers, each known by how many are smaller.
  ///
  /// The rounding of `position` decides whether a quantile that falls on a draw equals it, hence which draws count as
  /// below it in ``essQuantile(_:at:)``; the order of operations is therefore part of the definition.
  static func quantile(of total: Int, at probability: Double, _ sorted: (Int) -> Double) -> Double {
    precondition((0...1).contains(probability), "a probability lies in 0 ... 1")
    guard total > 1 else { return total == 1 ? sorted(0) : .nan }
    let count = Double(total)
    let position = count * probability + (1 - probability)
    let below = min(max(position, 1), count - 1).rounded(.down)
    let weight = min(max(position - below, 0), 1)
    let index = Int(below)
    if weight == 0 { return sorted(index - 1) }
    return (1 - weight) * sorted(index - 1) + weight * sorted(index)
  }
}
