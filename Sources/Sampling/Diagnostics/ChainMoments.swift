// Means and variances of chains that lie one behind the other, several at a time: each sum waits for its own last addition.

/// Chains of one length that lie one behind the other.
struct ChainSeries {
  let values: UnsafeBufferPointer<Double>
  let chains: Int
  var draws: Int { values.count / chains }

  subscript(chain: Int) -> UnsafeBufferPointer<Double> {
    UnsafeBufferPointer(rebasing: values[chain * draws..<(chain + 1) * draws])
  }

  /// The mean of each chain, to the bits of ``Diagnostics/mean(_:)``.
  var means: [Double] {
    let count = Double(draws)
    let sums = sums(around: [Double](repeating: 0, count: chains)) { $0 }
    let first = sums.map { $0 / count }
    let residuals = self.sums(around: first) { $0 }
    return zip(first, residuals).map { ($1 / count).isFinite ? $0 + $1 / count : $0 }
  }

  /// The variance of each chain about its mean, to the bits of ``Diagnostics/variance(_:)``.
  ///
  /// - Precondition: at least two draws.
  func variances(around means: [Double]) -> [Double] {
    sums(around: means) { $0 * $0 }.map { $0 / Double(draws - 1) }
  }

  /// Σ f(x − center) of each chain, in the order of its draws.
  @inline(__always)
  private func sums(around centers: [Double], _ term: (SIMD4<Double>) -> SIMD4<Double>) -> [Double] {
    var sums: [Double] = []
    sums.reserveCapacity(chains)
    for first in stride(from: 0, to: chains, by: 4) {
      // A chain that is not there stands in for itself.
      let chain = (0..<4).map { min(first + $0, chains - 1) }
      let (a, b, c, d) = (self[chain[0]], self[chain[1]], self[chain[2]], self[chain[3]])
      let center = SIMD4(centers[chain[0]], centers[chain[1]], centers[chain[2]], centers[chain[3]])
      var sum = SIMD4<Double>()
      for draw in 0..<draws { sum += term(SIMD4(a[draw], b[draw], c[draw], d[draw]) - center) }
      for lane in 0..<min(4, chains - first) { sums.append(sum[lane]) }
    }
    return sums
  }

  /// Whether all draws are equal but for rounding: see ``Diagnostics/isConstant(_:)``.
  var isConstant: Bool {
    var smallest = Double.infinity
    var largest = -Double.infinity
    for value in values {
      smallest = value < smallest ? value : smallest
      largest = value > largest ? value : largest
    }
    return largest - smallest <= 8 * max(abs(smallest), abs(largest)).ulp
  }
}
