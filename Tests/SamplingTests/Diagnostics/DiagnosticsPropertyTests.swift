// What diagnostics must do whatever the reference says: invariances, known values, refusals.

import Foundation
import Testing

@testable import Sampling

@Suite struct DiagnosticsPropertyTests {
  /// Ranks do not see strictly increasing transformations: bit for bit.
  @Test func bulkDiagnosticsIgnoreIncreasingTransformations() throws {
    let draws = try TestChains.autoregressive(chains: 4, draws: 301, coefficient: 0.5, seed: 11)
    for transform in [exp, { $0 * $0 * $0 }, { atan($0) - 7 }] as [(Double) -> Double] {
      let transformed = draws.map { $0.map(transform) }
      #expect(Diagnostics.bulkRHat(transformed) == Diagnostics.bulkRHat(draws))
      #expect(Diagnostics.essBulk(transformed) == Diagnostics.essBulk(draws))
    }
    #expect(Diagnostics.splitRHat(draws.map { $0.map(exp) }) != Diagnostics.splitRHat(draws))
  }

  /// Folding keeps a scale, so the whole R-hat is invariant under powers of two (exact in floating point) and signs.
  @Test func rHatIgnoresScaleAndSign() throws {
    let draws = try TestChains.independent(chains: 3, draws: 100, seed: 12)
    #expect(Diagnostics.rHat(draws.map { $0.map { 4 * $0 } }) == Diagnostics.rHat(draws))
    let mirrored = Diagnostics.rHat(draws.map { $0.map { -$0 } })
    #expect(abs(mirrored - Diagnostics.rHat(draws)) < 1e-12)
  }

  @Test func diagnosticsIgnoreTheOrderOfChains() throws {
    let draws = try TestChains.autoregressive(chains: 4, draws: 100, coefficient: 0.7, seed: 13)
    let reversed = Array(draws.reversed())
    #expect(abs(Diagnostics.rHat(reversed) / Diagnostics.rHat(draws) - 1) < 1e-12)
    #expect(abs(Diagnostics.essTail(reversed) / Diagnostics.essTail(draws) - 1) < 1e-12)
    #expect(Diagnostics.quantiles(reversed, at: [0.3]) == Diagnostics.quantiles(draws, at: [0.3]))
  }

  /// The mean of n m / ESS over 200 replicates is within 0.02 (allowed bias of Geyer's rule) + 5 standard errors of 1:
  /// false alarms below 6e-7.
  @Test(arguments: [0, 1, 2])
  func essOfIndependentDrawsIsTheirNumber(kind: Int) throws {
    let estimate = [Diagnostics.essMean, Diagnostics.essBulk, Diagnostics.essTail][kind]
    var ratios = RunningMoments()
    for replicate in 0..<200 {
      let draws = try TestChains.independent(chains: 4, draws: 500, seed: 1000 + UInt64(replicate))
      ratios.add(2000 / estimate(draws))
    }
    // The tail ESS is the smaller of two, which biases it downwards by their spread.
    let bias = kind == 2 ? 0.06 : 0.02
    #expect(abs(ratios.mean - 1) < bias + 5 * ratios.standardDeviation / 200.0.squareRoot())
  }

  /// Mean of 100 estimates of τ = (1 + φ) / (1 - φ), each from 4 × 5000 draws: within 5 standard errors + 3 % (the
  /// window at 5 τ cuts e⁻¹⁰ off, the centring of chains τ / n): false alarms below 6e-7.
  @Test(arguments: [0.0, 0.5, 0.9])
  func correlationTimeOfAutoregression(coefficient: Double) throws {
    let known = (1 + coefficient) / (1 - coefficient)
    var times = RunningMoments()
    var inefficiencies = RunningMoments()
    for replicate in 0..<100 {
      let draws = try TestChains.autoregressive(
        chains: 4, draws: 5000, coefficient: coefficient, seed: 3000 + UInt64(replicate))
      times.add(try Diagnostics.integratedAutocorrelationTime(draws).draws)
      inefficiencies.add(20_000 / Diagnostics.essMean(draws))
    }
    for (name, moments) in [("time", times), ("ESS", inefficiencies)] {
      let tolerance = 0.03 * known + 5 * moments.standardDeviation / 10
      #expect(abs(moments.mean - known) < tolerance, "\(name): \(moments.mean), known \(known)")
    }
  }

  /// An anticorrelated chain has more effective draws than draws, but never beyond S log₁₀ S.
  @Test func essOfAntitheticDrawsIsCapped() throws {
    let mild = try TestChains.autoregressive(chains: 4, draws: 2000, coefficient: -0.3, seed: 21)
    let expected = 8000 * 1.3 / 0.7
    #expect(abs(Diagnostics.essMean(mild) / expected - 1) < 0.15)
    let strong = try TestChains.autoregressive(chains: 4, draws: 2000, coefficient: -0.99, seed: 22)
    #expect(abs(Diagnostics.essMean(strong) - 8000 * log10(8000)) < 1e-6)
  }

  @Test func shortChainsAreRefusedACorrelationTime() throws {
    let draws = try TestChains.autoregressive(chains: 2, draws: 600, coefficient: 0.9, seed: 31)
    let error = #expect(throws: DiagnosticsError.self) { try Diagnostics.integratedAutocorrelationTime(draws) }
    guard case .chainTooShort(let estimate, 600, let needed)? = error else {
      Issue.record("wrong error: \(String(describing: error))")
      return
    }
    #expect(estimate > 12 && Double(needed) >= 50 * estimate)
    #expect(error!.description.contains("draw at least \(needed)"))
    #expect(throws: Never.self) { try Diagnostics.integratedAutocorrelationTime(draws, minimumTimes: 20) }
  }

  @Test func antitheticChainsAreRefusedACorrelationTime() throws {
    let draws = try TestChains.autoregressive(chains: 2, draws: 5000, coefficient: -0.9, seed: 32)
    let error = #expect(throws: DiagnosticsError.self) { try Diagnostics.integratedAutocorrelationTime(draws) }
    guard case .antitheticChains? = error else {
      Issue.record("wrong error: \(String(describing: error))")
      return
    }
  }

  @Test func unusableChainsHaveNoCorrelationTime() {
    #expect(throws: DiagnosticsError.noDraws) { try Diagnostics.integratedAutocorrelationTime([]) }
    #expect(throws: DiagnosticsError.raggedChains(lengths: [2, 1])) {
      try Diagnostics.integratedAutocorrelationTime([[1, 2], [1]])
    }
    #expect(throws: DiagnosticsError.constantChain(1)) {
      try Diagnostics.integratedAutocorrelationTime([[1, 2], [1, 1]])
    }
    #expect(throws: DiagnosticsError.notFinite(chain: 0, draw: 1)) {
      try Diagnostics.integratedAutocorrelationTime([[1, .infinity], [1, 1]])
    }
  }

  /// By direct summation; lengths around powers of two and primes try the padding.
  @Test(arguments: [1, 2, 3, 7, 16, 31, 100, 257])
  func autocovarianceIsItsDefinition(draws: Int) throws {
    let chain = try TestChains.autoregressive(chains: 1, draws: draws, coefficient: 0.8, seed: 41)[0]
    let center = chain.reduce(0, +) / Double(draws)
    let fast = Diagnostics.autocovariance(chain)
    #expect(fast.count == draws)
    for lag in 0..<draws {
      let direct = (0..<draws - lag).reduce(0) { $0 + (chain[$1] - center) * (chain[$1 + lag] - center) }
      #expect(abs(fast[lag] - direct / Double(draws)) < 1e-12 * (1 + abs(fast[0])))
    }
    #expect(Diagnostics.autocovariance([]).isEmpty)
  }

  /// Coverage: the error of the mean, in units of its MCSE, has unit mean square over 400 replicates, within 5 standard
  /// errors (√(2/400) each) and 5 % for the spread of the MCSE itself.
  @Test func mcseOfTheMeanIsItsError() throws {
    var squares = RunningMoments()
    for replicate in 0..<400 {
      let draws = try TestChains.autoregressive(chains: 4, draws: 400, coefficient: 0.5, seed: 5000 + UInt64(replicate))
      let z = Diagnostics.mean(draws.joined()) / Diagnostics.mcseMean(draws)
      squares.add(z * z)
    }
    #expect(abs(squares.mean - 1) < 0.05 + 5 * (2.0 / 400).squareRoot())
  }

  /// Cauchy draws have no mean, but quantile errors: those of the median, in units of their MCSE, as above.
  @Test func mcseOfTheMedianHoldsForHeavyTails() throws {
    var squares = RunningMoments()
    for replicate in 0..<400 {
      let draws = try TestChains.independent(chains: 2, draws: 300, seed: 7000 + UInt64(replicate))
        .map { $0.map { tan(Double.pi * (0.5 * erfc(-$0 / 2.0.squareRoot()) - 0.5)) } }
      let z = Diagnostics.quantiles(draws, at: [0.5])[0] / Diagnostics.mcseQuantile(draws, at: 0.5)
      squares.add(z * z)
    }
    #expect(abs(squares.mean - 1) < 0.1 + 5 * (2.0 / 400).squareRoot())
  }

  /// One draw a chain: superchains from one distribution give nearly 1, separated ones more.
  @Test func nestedRHatSeesUnforgottenStarts() throws {
    let draws = try TestChains.independent(chains: 400, draws: 1, seed: 61)
    let superchains = (0..<400).map { $0 / 50 }
    // B / W has mean 1 / 50; 8 superchains: B W⁻¹ 50 × 7 is nearly chi-squared with 7 degrees, below 46 but for 1e-7.
    let forgotten = try Diagnostics.nestedRHat(draws, superchains: superchains)
    #expect(forgotten < (1 + 46.0 / 350).squareRoot())
    let remembered = zip(draws, superchains).map { draw, label in [draw[0] + Double(label)] }
    #expect(try Diagnostics.nestedRHat(remembered, superchains: superchains) > 2)
  }

  @Test func nestedRHatRefusesWrongGroups() {
    let draws = [[1.0, 2], [2, 3], [3, 4], [4, 5]]
    for labels in [[0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]] {
      let error = #expect(throws: DiagnosticsError.self) { try Diagnostics.nestedRHat(draws, superchains: labels) }
      guard case .superchains? = error else {
        Issue.record("wrong error: \(String(describing: error))")
        continue
      }
    }
    #expect(throws: DiagnosticsError.raggedChains(lengths: [1, 2])) {
      try Diagnostics.nestedRHat([[1], [1, 2]], superchains: [0, 1])
    }
    #expect(throws: DiagnosticsError.noDraws) { try Diagnostics.nestedRHat([], superchains: []) }
  }

  @Test func nestedRHatNeedsSpreadWithin() throws {
    #expect(try Diagnostics.nestedRHat([[1], [2]], superchains: [0, 1]).isNaN)
    #expect(try Diagnostics.nestedRHat([[1], [.nan], [2], [3]], superchains: [0, 0, 1, 1]).isNaN)
  }

  @Test func summaryRefusesUnusableChains() throws {
    #expect(throws: DiagnosticsError.noDraws) { try ObservableSummary(name: "loss", draws: []) }
    #expect(throws: DiagnosticsError.noDraws) { try ObservableSummary(name: "loss", draws: [[], []]) }
    #expect(throws: DiagnosticsError.raggedChains(lengths: [5, 4])) {
      try ObservableSummary(name: "loss", draws: [[1, 2, 3, 4, 5], [1, 2, 3, 4]])
    }
    let broken = try ObservableSummary(name: "loss", draws: [[1, 2, .infinity, 4, 5, .nan]])
    #expect(broken.nonFiniteDraws == 2)
    #expect(broken.mean.isNaN && broken.essBulk.isNaN && broken.median.isNaN)
  }

  @Test func ascendingOrderSorts() throws {
    var values = try TestChains.independent(chains: 1, draws: 3000, seed: 81)[0]
    values += values.prefix(500).map { $0.rounded() }
    values += [0, -0.0, .infinity, -.infinity, Double.leastNormalMagnitude, -1e300, 1e300]
    #expect(Diagnostics.ascending(values) == values.sorted())
    // Equal numbers, of which 0 and -0 are two, keep their order.
    #expect(Array(AscendingOrder([1, 0, 2, -0.0, 1, 0]).positions) == [1, 3, 5, 0, 4, 2])
    #expect(AscendingOrder([]).count == 0)
  }

  /// Ranks see an infinite draw as the largest, so the bulk does not change when the largest becomes infinite.
  @Test func infiniteDrawsKeepRankDiagnostics() throws {
    var draws = try TestChains.independent(chains: 2, draws: 50, seed: 71)
    let (rHat, ess) = (Diagnostics.bulkRHat(draws), Diagnostics.essBulk(draws))
    let largest = draws.joined().max()!
    draws = draws.map { $0.map { $0 == largest ? .infinity : $0 } }
    #expect(Diagnostics.bulkRHat(draws) == rHat)
    #expect(Diagnostics.essBulk(draws) == ess)
    #expect(Diagnostics.quantiles([[1, 2, .infinity]], at: [0.5, 1]) == [2, .infinity])
  }
}
