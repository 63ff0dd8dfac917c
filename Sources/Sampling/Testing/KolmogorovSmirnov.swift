// Distances between empirical laws, with p-values that are bounds at every sample size.

/// Kolmogorov–Smirnov distances and upper bounds on their p-values.
///
/// The bounds hold at finite sample sizes and for laws with atoms as well, so that false-alarm rates far out in the tail are
/// what they say, which asymptotic p-values of 10⁻⁸ are not.
package enum KolmogorovSmirnov {
  /// The smallest equal sample size for which ``twoSamplePValue(distance:count:)`` is proven.
  static let minimumCount = 458

  /// sup |F_a − F_b| of two samples. NaN counts as +∞. O(n log n).
  static func distance(_ a: [Double], _ b: [Double]) -> Double {
    let a = ordered(a)
    let b = ordered(b)
    var (i, j) = (0, 0)
    var largest = 0.0
    while i < a.count, j < b.count {
      let value = min(a[i], b[j])
      while i < a.count, a[i] == value { i += 1 }
      while j < b.count, b[j] == value { j += 1 }
      largest = max(largest, abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)))
    }
    return largest
  }

  /// sup |F_u(x) − x| of a sample on [0, 1]. O(n log n).
  package static func distanceFromUniform(_ u: [Double]) -> Double {
    let n = Double(u.count)
    var largest = 0.0
    for (index, value) in ordered(u).enumerated() {
      largest = max(largest, value - Double(index) / n, Double(index + 1) / n - value)
    }
    return largest
  }

  /// P(distance of two samples of n ≥ d) ≤ 2 exp(−n d²) for n ≥ 458 (Wei & Dudley 2012, theorem 1).
  static func twoSamplePValue(distance: Double, count: Int) -> Double {
    precondition(count >= minimumCount)
    return min(1, 2 * exp(-Double(count) * distance * distance))
  }

  /// P(distance of a sample of n from its law ≥ d) ≤ 2 exp(−2 n d²) (Massart 1990).
  package static func oneSamplePValue(distance: Double, count: Int) -> Double {
    min(1, 2 * exp(-2 * Double(count) * distance * distance))
  }

  private static func ordered(_ values: [Double]) -> [Double] {
    values.map { $0.isNaN ? .infinity : $0 }.sorted()
  }
}
