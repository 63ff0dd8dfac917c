// Why no law of loadings has the averages that are asked for.

import Sampling

/// A maximum-entropy problem of loadings that has no solution, or whose solution was not reached.
public enum LoadingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No law has these averages: what bounds them.
  case infeasible(String)
  /// An average that rounding of others hides: which, and its size in units of the product of its scales.
  case tooSmall(String, Double)
  /// A law on the edge of those that there are, as far as rounding lets it be told: the relative error of its averages.
  case notResolved(error: Double)
  /// Newton's method stopped short.
  case notConverged(residual: Double, iterations: Int)

  public var description: String {
    switch self {
    case .infeasible(let reason): reason
    case .tooSmall(let words, let size):
      "\(words) is \(size) of the product of its scales, which rounding hides beside the other averages; allowed: 0, or scales "
        + "(weights.loading) nearer to the averages"
    case .notResolved(let error):
      "the averages are at the edge of what laws can have, or so near to it that double precision does not tell: loadings would be fixed "
        + "combinations of others up to \(error), which is the error of the averages; allowed: averages further inside"
    case .notConverged(let residual, let iterations):
      "the multipliers did not converge: after \(iterations) Newton steps the largest residual is \(residual) of the product of two "
        + "scales; larger weights.loading or smaller values are needed in double precision"
    }
  }
}
