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
    var moments = [RunningMoments](repeating: RunningMoments(), count: activity.columns)
    // Stimulus by stimulus, as the activities lie in memory.
    activity.elements.withUnsafeBufferPointer { elements in
      for start in stride(from: 0, to: elements.count, by: max(1, moments.count)) {
        for neuron in moments.indices { moments[neuron].add(elements[start + neuron]) }
      }
    }
    return moments.map { $0.squaredDeviations / Double($0.count) }
  }
}
