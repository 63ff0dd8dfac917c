// The standard normal distribution, as the closed forms for Gaussian stimuli need it.

/// The standard normal distribution.
package enum StandardNormal {
  /// (2π)^(−1/2) exp(−x²/2).
  @inlinable @inline(__always)
  package static func density(_ x: Double) -> Double { 0.398942280401432677939946 * exp(-0.5 * x * x) }

  /// Φ(x), to relative accuracy in the lower tail.
  @inlinable @inline(__always)
  package static func probability(below x: Double) -> Double { 0.5 * erfc(-0.707106781186547524400844 * x) }
}
