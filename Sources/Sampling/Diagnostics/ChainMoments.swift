// Means and variances of chains, or of parts of chains, several at a time: each sum waits for its own last addition.

/// Chains of one length, or equal parts of them, in one array.
struct ChainSeries {
  let values: UnsafeMutableBufferPointer<Double>
  /// Where each of them starts.
  let starts: [Int]
  /// The length of each.
  let draws: Int
  var chains: Int { starts.count }
  /// The number of draws in all of them.
  var count: Int { starts.count * draws }

  private init(_ values: UnsafeMutableBufferPointer<Double>, _ starts: [Int], _ draws: Int) {
    self.values = values
    self.starts = starts
    self.draws = draws
  }

  /// Chains that lie one behind the other.
  init(_ values: UnsafeMutableBufferPointer<Double>, chains: Int) {
    let draws = values.count / chains
    self.init(values, (0..<chains).map { $0 * draws }, draws)
  }

  /// The first halves of these, then the last halves; the middle draw of an odd number belongs to neither.
  var halves: ChainSeries {
    let half = draws / 2
    return ChainSeries(values, starts + starts.map { $0 + draws - half }, half)
  }

  subscript(chain: Int) -> UnsafeBufferPointer<Double> {
    UnsafeBufferPointer(rebasing: values[starts[chain]..<starts[chain] + draws])
  }

  /// Takes each one's center from its draws.
  func subtract(_ centers: [Double]) {
    for (start, center) in zip(starts, centers) {
      for draw in start..<start + draws { values[draw] -= center }
    }
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
    guard count > 0 else { return true }
    let first = self[0][0]
    var (smallest, largest) = (first, first)
    for chain in 0..<chains {
      for value in self[chain] {
        // No need to look further: draws that differ by so much differ by more than 8 units of any larger draw.
        if abs(value - first) > 16 * max(abs(value), abs(first)).ulp { return false }
        smallest = value < smallest ? value : smallest
        largest = value > largest ? value : largest
      }
    }
    return largest - smallest <= 8 * max(abs(smallest), abs(largest)).ulp
  }

  /// Whether one of them kept one value for draws / `part` draws or more in a row that occurs nowhere else.
  func hasStuckChain(part: Int) -> Bool {
    guard draws >= Diagnostics.minimumDraws * part / 2 else { return false }
    // So many in a row cover two neighbours of these.
    let step = max(1, (draws + part - 1) / part / 2)
    for chain in 0..<chains {
      let chain = self[chain]
      let marks = stride(from: 0, to: draws - step, by: step)
      guard marks.contains(where: { chain[$0] == chain[$0 + step] }) else { continue }
      var first = 0
      while first < draws {
        var next = first + 1
        while next < draws, chain[next] == chain[first] { next += 1 }
        let length = next - first
        if length * part >= draws, length < count,
          (0..<chains).reduce(0, { $0 + self[$1].count { $0 == chain[first] } }) == length
        {
          return true
        }
        first = next
      }
    }
    return false
  }
}
