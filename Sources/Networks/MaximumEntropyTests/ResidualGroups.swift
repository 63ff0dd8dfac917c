// The populations whose residuals are compared, and how unequal their sizes are.

import Sampling

/// The populations that have residuals enough, for the statistic V.
struct ResidualGroups: Sendable {
  /// Populations with fewer residual degrees of freedom are left out.
  static let leastDegreesOfFreedom = 2.0

  /// The group of each neuron, [neuron]; the last is that of all neurons left out.
  private let group: [Int]
  /// n_p, [group], without those left out.
  private let sizes: [Double]

  /// The groups of at least so many residual degrees of freedom, Σ_{i∈p} (1 − leverage_i). O(N).
  init(populations: [Int], leverages: [Double], least: Double = Self.leastDegreesOfFreedom) {
    var freedom: [Int: Double] = [:]
    for (population, leverage) in zip(populations, leverages) { freedom[population, default: 0] += 1 - leverage }
    var numbers: [Int: Int] = [:]
    var counts: [Double] = []
    var places: [Int] = []
    for population in populations {
      // Less what rounding may take of two whole ones.
      guard freedom[population]! >= least - 1e-6 else {
        places.append(-1)
        continue
      }
      let number = numbers[population] ?? counts.count
      if number == counts.count {
        numbers[population] = number
        counts.append(0)
      }
      counts[number] += 1
      places.append(number)
    }
    let all = counts.count
    group = places.map { $0 < 0 ? all : $0 }
    sizes = counts
  }

  /// The number of groups.
  var count: Int { sizes.count }

  /// Differences of V up to this are rounding.
  var rounding: Double { 1e-9 * (1 + sizes.reduce(0, +)) }

  /// V = N ln(|e|²/N) − Σ_p n_p ln(|e_p|²/n_p) of squared residuals [neuron], N and e of the groups' neurons: Bartlett's comparison of
  /// variances, without its constants. O(N); allocates nothing.
  ///
  /// 0 of fewer than two groups.
  ///
  /// - Parameter sums: scratch, [group and one more].
  @inline(__always)
  func inequality(of squares: UnsafePointer<Double>, sums: UnsafeMutablePointer<Double>) -> Double {
    guard count >= 2 else { return 0 }
    for g in 0...count { sums[g] = 0 }
    for i in 0..<group.count { sums[group[i]] += squares[i] }
    var (all, total, within) = (0.0, 0.0, 0.0)
    for g in 0..<count {
      all += sizes[g]
      total += sums[g]
      within += sizes[g] * log(max(sums[g] / sizes[g], .leastNormalMagnitude))
    }
    return all * log(max(total / all, .leastNormalMagnitude)) - within
  }
}
