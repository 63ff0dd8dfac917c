// A statistic beside its values under the hypothesis, and the p-value that follows.

import Sampling

/// A statistic and its values in M equivalent networks, drawn given all that the hypothesis leaves open.
struct NullStatistics: Sendable {
  /// The network's own.
  var own: Double
  /// Those of the equivalent networks, [rotation].
  var null: [Double]
  /// Differences up to this are rounding.
  var rounding: Double

  /// p = (1 + #{null ≥ own})/(M + 1): at most α with a probability of at most α, for every M (Besag & Clifford 1989).
  var pValue: Double {
    let threshold = own - rounding
    return Double(1 + null.count { $0 >= threshold }) / Double(1 + null.count)
  }

  /// Whether the statistic could have had another value.
  var varies: Bool { null.contains { abs($0 - own) > 2 * rounding } }

  /// Sums of statistics over independent networks, which have one law of their own again.
  ///
  /// - Precondition: at least one; the same number of rotations for all.
  static func sum(_ networks: [NullStatistics]) -> NullStatistics {
    var total = networks[0]
    for network in networks.dropFirst() {
      total.own += network.own
      total.rounding += network.rounding
      for k in total.null.indices { total.null[k] += network.null[k] }
    }
    return total
  }
}
