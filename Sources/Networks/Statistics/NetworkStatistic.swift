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
    var values = Array(series.joined())
    self.init(replacing: &values, chains: series.count)
  }

  /// The statistic of chains of one length that lie one behind the other.
  public init(_ values: [Double], chains: Int) {
    var values = values
    self.init(replacing: &values, chains: chains)
  }

  /// The statistic of chains of one length that lie one behind the other; leaves other numbers in their place.
  init(replacing values: inout [Double], chains: Int) {
    let moments = RunningMoments(values)
    self.init(
      mean: moments.mean, sd: moments.standardDeviation,
      standardError: moments.standardDeviation == 0 ? 0 : Diagnostics.mcseMean(replacing: &values, chains: chains))
  }

  private init(mean: Double, sd: Double, standardError: Double) {
    self.mean = mean
    self.sd = sd
    self.standardError = standardError
  }

  /// That of so many times the quantity.
  func scaled(by factor: Double) -> NetworkStatistic {
    NetworkStatistic(mean: factor * mean, sd: factor * sd, standardError: factor * standardError)
  }
}
