// The memory that the diagnostics of one scalar take, kept for the next: a million draws are sorted, ranked and summed in place.

/// Memory for ``ObservableSummary`` and the like. Used by one thread at a time.
package final class DiagnosticsWorkspace: @unchecked Sendable {
  /// The draws in their own unit: the first halves of all chains one behind the other, then the last halves.
  var halves: [Double] = []
  /// The middle draws of chains of odd length, which belong to no half.
  var middles: [Double] = []
  /// What is made of the draws, in the same order.
  var transformed: [Double] = []
  var order = AscendingOrder()
  var estimator = EffectiveSampleSizeEstimator()
  private var table = NormalScoreTable(count: 0)

  package init() {}

  /// The normal scores of ranks among `count`.
  func scores(of count: Int) -> NormalScoreTable {
    if table.count != count { table = NormalScoreTable(count: count) }
    return table
  }

  /// Takes in the draws `[chain, draw]`, divided by a power of two.
  ///
  /// - Parameter factors: of that division; their product may be no number of its own.
  func take(_ chains: [[Double]], _ factors: (Double, Double)) {
    let (count, draws) = (chains.count, chains[0].count)
    let half = draws / 2
    if halves.count != 2 * count * half {
      halves = [Double](repeating: 0, count: 2 * count * half)
      transformed = halves
    }
    middles.removeAll(keepingCapacity: true)
    halves.withUnsafeMutableBufferPointer { halves in
      for (chain, draws) in chains.enumerated() {
        let last = draws.count - half
        for draw in 0..<half { halves[chain * half + draw] = draws[draw] * factors.0 * factors.1 }
        for draw in 0..<half { halves[(count + chain) * half + draw] = draws[last + draw] * factors.0 * factors.1 }
        if last > half { middles.append(draws[half] * factors.0 * factors.1) }
      }
    }
  }

  /// The ESS of what was made of the draws.
  func essOfTransformed(_ chains: Int) -> Double {
    transformed.withUnsafeBufferPointer { estimator.estimate(ChainSeries(values: $0, chains: 2 * chains)) }
  }

  /// The R-hat of what was made of the draws.
  func rHatOfTransformed(_ chains: Int) -> Double {
    transformed.withUnsafeBufferPointer { values in
      let series = ChainSeries(values: values, chains: 2 * chains)
      let means = series.means
      return Diagnostics.rHat(draws: series.draws, means: means, variances: series.variances(around: means))
    }
  }

  /// Makes something of every draw in a half.
  @inline(__always)
  func transform(_ body: (Double) -> Double) {
    halves.withUnsafeBufferPointer { halves in
      transformed.withUnsafeMutableBufferPointer { transformed in
        for index in halves.indices { transformed[index] = body(halves[index]) }
      }
    }
  }

  /// Σ f(x) over all draws, in chain and draw order.
  @inline(__always)
  func sum(_ chains: Int, _ term: (Double) -> Double) -> Double {
    let half = halves.count / (2 * chains)
    return halves.withUnsafeBufferPointer { halves in
      var sum = 0.0
      for chain in 0..<chains {
        for index in chain * half..<(chain + 1) * half { sum += term(halves[index]) }
        if !middles.isEmpty { sum += term(middles[chain]) }
        for index in (chains + chain) * half..<(chains + chain + 1) * half { sum += term(halves[index]) }
      }
      return sum
    }
  }

  /// All draws in ascending order, once those in halves are.
  var sorted: [Double] {
    guard !middles.isEmpty else { return order.values }
    let others = AscendingOrder(middles).values
    var sorted: [Double] = []
    sorted.reserveCapacity(order.values.count + others.count)
    var next = 0
    for value in order.values {
      while next < others.count, others[next] < value {
        sorted.append(others[next])
        next += 1
      }
      sorted.append(value)
    }
    return sorted + others[next...]
  }
}
