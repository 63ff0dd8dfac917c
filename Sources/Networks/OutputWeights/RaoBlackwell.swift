// Sharper estimates: averages of conditional means given all but the output weights.

import Sampling

/// An average of conditional means given all but the output weights, beside that of the same numbers as drawn, at the same draws.
///
/// Both estimate the same; by Rao and Blackwell's theorem the conditional means of independent draws vary less.
public struct RaoBlackwellEstimate: Sendable, Equatable {
  /// `output[s,c]` for the answer to held-out stimulus s in context c; else the recorded scalar's: `readout[c,d]`, `output_second_moment`,
  /// `loss`.
  public let name: String
  /// The average of the conditional means.
  public let estimate: Double
  /// Its Monte Carlo standard error.
  public let standardError: Double
  /// The average as drawn.
  public let rawEstimate: Double
  /// Its Monte Carlo standard error.
  public let rawStandardError: Double
  /// The number of draws that both are averages of.
  public let draws: Int

  /// How many times smaller the conditional means' error is; NaN where that is 0.
  public var gain: Double { standardError > 0 ? rawStandardError / standardError : .nan }

  /// Those that a run has kept; empty where there are none.
  public static func estimates<Draws: ScalarDraws>(from draws: Draws) throws(Draws.Failure) -> [RaoBlackwellEstimate] {
    var list: [RaoBlackwellEstimate] = []
    for statistic in draws.streaming.first ?? [] {
      guard let quantity = ReadoutProbes.quantities[statistic.name] else { continue }
      // The first axis is that of batches.
      let variable = ObservableVariable(quantity, axes: Array(statistic.axes.dropFirst()))
      for (column, name) in variable.scalarNames.enumerated() {
        guard let means = try draws.series(.streaming(statistic.name, column: column)),
          let drawn = try draws.series(.streaming("\(statistic.name)_drawn", column: column))
        else { continue }
        list.append(
          RaoBlackwellEstimate(
            name: name, estimate: RunningMoments(means.joined()).mean, standardError: Diagnostics.mcseMean(means),
            rawEstimate: RunningMoments(drawn.joined()).mean, rawStandardError: Diagnostics.mcseMean(drawn),
            draws: draws.drawsInBatches(statistic.name)))
      }
    }
    return list
  }
}
