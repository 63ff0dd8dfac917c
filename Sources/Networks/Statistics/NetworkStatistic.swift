// A quantity's average over networks that were drawn in chains.

import Sampling

/// A quantity's average over networks.
public struct NetworkStatistic: Sendable, Equatable {
  /// Mean over networks.
  public let mean: Double
  /// Standard deviation over networks.
  public let sd: Double
  /// Monte Carlo standard error of the mean.
  public let standardError: Double

  /// The statistic of a series [chain][draw].
  public init(_ series: [[Double]]) {
    let moments = RunningMoments(series.joined())
    mean = moments.mean
    sd = moments.standardDeviation
    standardError = sd == 0 ? 0 : Diagnostics.mcseMean(series)
  }
}
