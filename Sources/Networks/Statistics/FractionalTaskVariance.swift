// Which of two contexts a neuron works in, by the variance of its activity.

import Sampling

/// The fractional task variance (Yang et al. 2019) of every neuron between two contexts.
public enum FractionalTaskVariance {
  /// (TV_A − TV_B)/(TV_A + TV_B), TV the variance over stimuli of a neuron's activity in a context: 1 for a neuron that
  /// varies in context A only, −1 in B only. Nil where it varies in neither. O(stimuli · N).
  ///
  /// - Parameters:
  ///   - first: activities in context A, [stimulus, neuron].
  ///   - second: activities in context B, [stimulus, neuron].
  /// - Throws: ``StatisticsError`` for fewer than two stimuli or different numbers of neurons.
  public static func perNeuron(_ first: Matrix, _ second: Matrix) throws -> [Double?] {
    guard first.columns == second.columns else {
      throw StatisticsError.invalidCount(
        what: "neurons in the second context", found: second.columns, allowed: "\(first.columns), as in the first")
    }
    guard min(first.rows, second.rows) >= 2 else {
      throw StatisticsError.invalidCount(
        what: "stimuli", found: min(first.rows, second.rows), allowed: "at least 2 in each context")
    }
    let (a, b) = (variances(first), variances(second))
    return zip(a, b).map { $0 + $1 > 0 ? ($0 - $1) / ($0 + $1) : nil }
  }

  private static func variances(_ activity: Matrix) -> [Double] {
    (0..<activity.columns).map { neuron in
      let moments = RunningMoments((0..<activity.rows).lazy.map { activity[$0, neuron] })
      return moments.squaredDeviations / Double(moments.count)
    }
  }
}
