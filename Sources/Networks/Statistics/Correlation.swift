// The correlation of two series.

import CGSL
import Sampling

/// Correlations between two series of numbers.
public enum Correlation {
  /// Pearson's correlation Σ (x − x̄)(y − ȳ)/√(Σ (x − x̄)² Σ (y − ȳ)²). O(n).
  ///
  /// - Throws: ``StatisticsError`` for series of different length, of fewer than two numbers, or that do not vary.
  public static func pearson(_ x: [Double], _ y: [Double]) throws -> Double {
    guard x.count == y.count else {
      throw StatisticsError.invalidCount(
        what: "the second series", found: y.count, allowed: "as many numbers as the first, \(x.count)")
    }
    guard x.count >= 2 else {
      throw StatisticsError.invalidCount(what: "the series to correlate", found: x.count, allowed: "at least 2 numbers")
    }
    let value = try GSL.checked { gsl_stats_correlation(x, 1, y, 1, x.count) }
    guard value.isFinite else {
      throw StatisticsError.degenerate("a series that is constant or not finite has no correlation")
    }
    return max(-1, min(1, value))
  }
}
