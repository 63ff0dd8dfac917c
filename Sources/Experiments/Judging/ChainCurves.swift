// How the chains of one observable went, as curves: ranks, estimates and effective draws as draws come in, autocorrelations.

import Sampling

/// What a page shows of one observable's chains.
package struct ChainCurves: Sendable {
  /// A chain's empirical distribution against that of all draws.
  package struct Ranks: Sendable {
    /// z: the share of all draws that are at most a value, between 0 and 1.
    package let share: [Double]
    /// [chain]: the share of the chain's draws that are at most it, less z.
    package let excess: [[Double]]
    /// The bounds of ``excess`` at ``bandShare``.
    package let low: [Double]
    package let high: [Double]
    package let bandShare: [Double]
    /// The probability that all chains of independent draws stay inside at all z.
    package let probability: Double
    /// Every `thinning`-th draw was looked at.
    package let thinning: Int
  }

  /// ρ_t with errors.
  package struct Autocorrelations: Sendable {
    /// [chain][lag] from lag 0 on.
    package let chains: [[Double]]
    /// Their mean, [lag].
    package let mean: [Double]
    /// The standard error of the mean at each lag, of draws that have no correlation from there on (Bartlett 1946):
    /// √((1 + 2 Σ_{s<t} ρ_s²)/S), S the number of draws of all chains.
    package let error: [Double]
  }

  /// [chain][draw].
  package let chains: [[Double]]
  /// Summaries of the first draws of every chain, of ever more of them, the last of all.
  package let growth: [ObservableSummary]
  package let ranks: Ranks?
  package let autocorrelations: Autocorrelations?

  /// The curves of draws [chain][draw] with a summary; bands are taken from `bands`, which remembers them.
  ///
  /// O(S log S) for each of ``parts`` prefixes, S draws in all.
  package init(_ chains: [[Double]], _ summary: ObservableSummary, bands: RankBands) throws {
    self.chains = chains
    let draws = chains.first?.count ?? 0
    let parts = draws * chains.count > Self.manyDraws ? Self.parts / 2 : Self.parts
    let lengths = (1...parts).map { draws * $0 / parts }.filter { $0 >= Self.leastDraws }
    growth = try lengths.map { length in
      length == draws
        ? summary : try ObservableSummary(name: summary.name, draws: chains.map { Array($0.prefix(length)) })
    }
    ranks = Self.ranks(chains, ess: summary.essBulk, bands: bands)
    autocorrelations = Self.autocorrelations(chains, ess: summary.essBulk)
  }

  /// Prefixes that are looked at; half as many where each takes long.
  private static let parts = 10
  private static let manyDraws = 1_000_000
  /// Fewer draws a chain tell nothing.
  private static let leastDraws = 10

  // MARK: - Ranks

  /// nil for a single chain, which is compared with nothing, and for too few draws that are independent.
  private static func ranks(_ chains: [[Double]], ess: Double, bands: RankBands) -> Ranks? {
    guard chains.count > 1, let draws = chains.first?.count, ess.isFinite, ess > 0 else { return nil }
    // Draws that are that far apart are nearly independent; more than these make the band narrower than can be seen.
    let thinning = max(
      Int((Double(draws * chains.count) / ess).rounded(.up)), (draws + RankBands.mostDraws - 1) / RankBands.mostDraws, 1
    )
    let thinned = chains.map { chain in stride(from: 0, to: draws, by: thinning).map { chain[$0] }.sorted() }
    let count = thinned[0].count
    guard count >= leastDraws else { return nil }
    let all = thinned.joined().sorted()
    let band = bands.band(draws: count, chains: chains.count)
    // At the values themselves, not at ranks: equal draws have no order.
    var (share, excess) = ([0.0], chains.map { _ in [0.0] })
    for step in 1...RankBands.steps {
      let value = all[min(all.count - 1, all.count * step / (RankBands.steps + 1))]
      let z = Double(all.partitioningIndex { $0 > value }) / Double(all.count)
      guard z > share[share.count - 1], z < 1 else { continue }
      share.append(z)
      for chain in thinned.indices {
        excess[chain].append(Double(thinned[chain].partitioningIndex { $0 > value }) / Double(count) - z)
      }
    }
    guard share.count > 2 else { return nil }
    share.append(1)
    for chain in excess.indices { excess[chain].append(0) }
    // A chain's draws are among those that it is compared with, which takes this part of their scatter.
    let shrink = (1 - 1 / Double(chains.count)).squareRoot()
    let z = (1...RankBands.steps).map { Double($0) / Double(RankBands.steps + 1) }
    func bound(_ counts: [Int]) -> [Double] {
      [0] + zip(counts, z).map { shrink * (Double($0) / Double(count) - $1) } + [0]
    }
    return Ranks(
      share: share, excess: excess, low: bound(band.lower), high: bound(band.upper), bandShare: [0] + z + [1],
      probability: RankBands.probability, thinning: thinning)
  }

  // MARK: - Autocorrelations

  /// Lags at most.
  private static let mostLags = 200

  /// nil where a chain stands still, or is too short.
  private static func autocorrelations(_ chains: [[Double]], ess: Double) -> Autocorrelations? {
    guard let draws = chains.first?.count, draws >= 4 * leastDraws, ess.isFinite, ess > 0 else { return nil }
    let time = Double(draws * chains.count) / ess
    let lags = min(max(20, Int(5 * min(time, 1e6))), mostLags, draws / 4)
    var rows: [[Double]] = []
    for chain in chains {
      let centre = chain.reduce(0) { $0 + $1 / Double(draws) }
      let size = chain.reduce(0) { max($0, abs($1 - centre)) }
      guard size > 0, size.isFinite else { return nil }
      let deviations = chain.map { ($0 - centre) / size }
      func product(_ lag: Int) -> Double {
        var sum = 0.0
        for t in 0..<draws - lag { sum += deviations[t] * deviations[t + lag] }
        return sum
      }
      let power = product(0)
      guard power > 0 else { return nil }
      rows.append((0...lags).map { product($0) / power })
    }
    let mean = (0...lags).map { lag in rows.reduce(0) { $0 + $1[lag] } / Double(rows.count) }
    var squares = 1.0
    let error = mean.indices.map { lag -> Double in
      guard lag > 0 else { return 0 }
      if lag > 1 { squares += 2 * mean[lag - 1] * mean[lag - 1] }
      return (squares / Double(draws * chains.count)).squareRoot()
    }
    return Autocorrelations(chains: rows, mean: mean, error: error)
  }
}

/// Simultaneous bands of ranks, each computed once.
package final class RankBands {
  /// Draws of a chain that are ranked at most.
  static let mostDraws = 500
  /// Places at which distributions are compared.
  static let steps = 24
  /// That all chains of independent draws stay inside at all places.
  static let probability = 0.95
  private var known: [Int: RankBand] = [:]

  package init() {}

  /// The band of one of so many chains.
  func band(draws: Int, chains: Int) -> RankBand {
    let rate = (1 - Self.probability) / Double(chains)
    if let band = known[draws] { return band }
    let band = RankBand(replicas: draws, draws: Self.steps, falseAlarmRate: rate)
    known[draws] = band
    return band
  }
}

extension [Double] {
  /// The first place from which on a condition holds, of numbers in order.
  fileprivate func partitioningIndex(_ holds: (Double) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
