// The tests of one network's residuals by rotations.

import Sampling

/// V and Q of one network, with their values under rotations, so that networks can be added up.
public struct RotationTests: Sendable {
  /// Whether populations differ in the size of their residuals.
  public let populations: TestOutcome
  /// Whether some residuals are too large.
  public let concentration: TestOutcome
  /// N Q, the kurtosis of the residuals about zero: 3 for many normal ones. Nil if Q could not be tested.
  public let kurtosis: Double?
  /// V and Q where they could be tested.
  let populationStatistics, concentrationStatistics: NullStatistics?

  /// Neither could be done.
  init(obstacle: String) {
    populations = .notTestable(obstacle)
    concentration = .notTestable(obstacle)
    kurtosis = nil
    (populationStatistics, concentrationStatistics) = (nil, nil)
  }

  /// From the statistics; V is nil for a reason.
  init(v: NullStatistics?, groupObstacle: String?, q: NullStatistics, neurons: Int) {
    let rigid = "every residual that the regressors allow has the same statistic"
    populationStatistics = v.flatMap { $0.varies ? $0 : nil }
    concentrationStatistics = q.varies ? q : nil
    populations =
      populationStatistics.map { .tested($0.own, pValue: $0.pValue) } ?? .notTestable(groupObstacle ?? rigid)
    concentration = concentrationStatistics.map { .tested($0.own, pValue: $0.pValue) } ?? .notTestable(rigid)
    kurtosis = concentrationStatistics.map { Double(neurons) * $0.own }
  }
}
