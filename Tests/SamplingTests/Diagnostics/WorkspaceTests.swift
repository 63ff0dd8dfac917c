// Sorting, ranks and effective sample sizes with memory that is kept: the same numbers as from the definitions.

import Foundation
import Testing

@testable import Sampling

@Suite struct WorkspaceTests {
  /// Far outliers, whose neighbours all share one place of the scale; ties; numbers that differ in their last bit.
  @Test(arguments: 0..<6) func sortsNumbersOfAnyLaw(kind: Int) throws {
    let normal = try TestChains.independent(chains: 1, draws: 5000, seed: 90 + UInt64(kind))[0]
    let numbers: [Double] =
      switch kind {
      case 0: normal
      case 1: normal + [1e300, -1e300]
      case 2: normal.map { exp(40 * $0) }
      case 3: normal.map { ($0 * 4).rounded() / 4 }
      case 4: normal.map { 1 + ($0 * 100).rounded() * Double.ulpOfOne }
      default: normal.map { $0 * Double.leastNonzeroMagnitude * 1000 }
      }
    var order = AscendingOrder()
    for _ in 0..<2 {
      var scratch = [Double](repeating: .nan, count: numbers.count)
      numbers.withUnsafeBufferPointer { order.sort($0, scratch: &scratch) }
      let positions = Array(order.positions)
      #expect(positions.map { numbers[$0] } == numbers.sorted())
      let isStable = positions.indices.dropFirst().allSatisfy {
        numbers[positions[$0]] > numbers[positions[$0 - 1]] || positions[$0] > positions[$0 - 1]
      }
      #expect(isStable)
    }
  }

  /// Folded scores come from merging, not from sorting the distances.
  @Test(arguments: 0..<8) func foldedScores(kind: Int) throws {
    let draws = try TestChains.independent(chains: 2, draws: 2501, seed: 95).map { chain in
      chain.map { normal in
        switch kind {
        case 0: normal
        case 1: (normal * 4).rounded() / 4
        case 2: exp(20 * normal)
        case 3: (normal * 1e6).rounded() / 1e6
        case 4: normal < 1 ? 0 : normal
        case 5: abs(normal)
        case 6: 1 + (normal * 100).rounded() * Double.ulpOfOne
        default: normal > 3 ? 1e300 : normal
        }
      }
    }
    let pooled = Array(draws.joined())
    let order = AscendingOrder(pooled)
    var scores = [Double](repeating: 0, count: pooled.count)
    pooled.withUnsafeBufferPointer { pooled in
      order.forEachFoldedScore(of: pooled, NormalScoreTable(count: pooled.count)) { scores[$0] = $1 }
    }
    #expect(scores == Array(Diagnostics.normalScores(Diagnostics.folded(draws)).joined()))
  }

  /// Scores of both halves have the same size: 4 bytes a draw hold all. They are what the definition says.
  @Test(arguments: [1, 2, 7, 1000]) func scoresAreAntisymmetric(count: Int) {
    let table = NormalScoreTable(count: count)
    for first in 0..<min(count, 50) {
      for last in first..<min(count, first + 4) {
        let score = table.score(ofTied: first..<last + 1)
        #expect(score == -table.score(ofTied: count - 1 - last..<count - first))
        let rank = Double(first + last + 2) / 2
        #expect(abs(erfc(-score / 2.0.squareRoot()) / 2 - (rank - 0.375) / (Double(count) + 0.25)) < 1e-14)
      }
    }
  }

  /// A summary made with memory that other scalars have used, of other sizes, is that of its own draws alone; the functions of one
  /// quantity each say the same.
  @Test func summariesDoNotDependOnWhatCameBefore() throws {
    let workspace = DiagnosticsWorkspace()
    for (chains, draws) in [
      (4, 1000), (3, 501), (1, 400), (1, 402), (1, 401), (1, 403), (2, 7), (1, 7), (1, 9), (2, 3), (4, 1000),
    ] {
      for coefficient in [0, 0.5, 0.99, -0.6] {
        let series = try TestChains.autoregressive(
          chains: chains, draws: draws, coefficient: coefficient, seed: 96)
        let summary = try ObservableSummary(name: "x", draws: series, using: workspace)
        let own = try ObservableSummary(name: "x", draws: series)
        guard draws >= 8 else {
          #expect("\(summary)" == "\(own)")
          continue
        }
        #expect(summary == own)
        #expect(summary.mcseMean == Diagnostics.mcseMean(series) && summary.mcseSd == Diagnostics.mcseSd(series))
        #expect(summary.essBulk == Diagnostics.essBulk(series) && summary.essTail == Diagnostics.essTail(series))
        // Its folded half comes from sums in the order of the distances.
        #expect(abs(summary.rHat / Diagnostics.agreement(series) - 1) < 1e-13)
        #expect(
          [summary.quantile5, summary.median, summary.quantile95]
            == Diagnostics.quantiles(series, at: [0.05, 0.5, 0.95]))
      }
    }
  }

  /// Lags that are summed one by one give what the transform of all lags does.
  @Test(arguments: [-0.5, 0, 0.5, 0.9]) func summedLagsAreTheTransforms(coefficient: Double) throws {
    let draws = try TestChains.autoregressive(chains: 4, draws: 3000, coefficient: coefficient, seed: 97)
    let centred = draws.map { Diagnostics.centred($0) }
    // All lags at once, and fewer, of blocks: of a last one that is short, and of some that fit.
    for lags in [3000, 64, 1000] {
      var transform = AutocovarianceTransform(lags: lags)
      var values = Array(centred.joined())
      let some = values.withUnsafeMutableBufferPointer { transform.meanAutocovariance(ChainSeries($0, chains: 4)) }
      #expect(some.count == lags)
      for lag in [0, 1, 2, 7, 50, lags - 1] {
        let sum = centred.reduce(0.0) { sum, chain in
          sum + (0..<3000 - lag).reduce(0.0) { $0 + chain[$1] * chain[$1 + lag] }
        }
        #expect(abs(sum / 12000 - some[lag]) < 1e-13 * some[0])
      }
    }
  }

  /// Chains whose correlations last long take more lags, and no fewer than their sum needs.
  @Test(arguments: [0.99, 0.999, 0.99999]) func slowChainsTakeTheLagsTheyNeed(coefficient: Double) throws {
    let draws = try TestChains.autoregressive(chains: 2, draws: 40_000, coefficient: coefficient, seed: 98)
    let halves = Diagnostics.split(Diagnostics.inOwnUnit(draws).values)
    let means = halves.map { Diagnostics.mean($0) }
    var transform = AutocovarianceTransform(lags: 20_000)
    var values = Array(halves.map { Diagnostics.centred($0) }.joined())
    let all = values.withUnsafeMutableBufferPointer { transform.meanAutocovariance(ChainSeries($0, chains: 4)) }
    let expected = values.withUnsafeMutableBufferPointer { values in
      EffectiveSampleSizeEstimator.ess(ChainSeries(values, chains: 4), Diagnostics.variance(means)) { all[$0] }!
    }
    #expect(abs(Diagnostics.essMean(draws) / expected - 1) < 1e-9)
  }

  /// One thread takes 28 bytes a draw, the draws included, of one chain as of several.
  @Test(arguments: [1, 4]) func memoryADraw(chains: Int) async {
    await #expect(processExitsWith: .success) { [chains] in
      func peak() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Int(usage.ru_maxrss) * 1024
      }
      let count = 4_000_000
      var stream = try RandomStream(StreamKey(seed: 99, chain: 0, purpose: .testing))
      // What small runs take.
      var few = (0..<4000).map { _ in stream.standardNormal() }
      _ = ObservableSummary(name: "x", replacing: &few, chains: chains, using: DiagnosticsWorkspace())
      let before = peak()
      var values = [Double](repeating: 0, count: count)
      for index in values.indices { values[index] = stream.standardNormal() }
      let workspace = DiagnosticsWorkspace()
      for _ in 0..<2 {
        _ = ObservableSummary(name: "x", replacing: &values, chains: chains, using: workspace)
        for index in values.indices { values[index] = stream.standardNormal() }
      }
      let bytes = Double(peak() - before) / Double(count)
      #expect(bytes < 30, "\(bytes) bytes a draw")
      let mean = peak()
      for _ in 0..<2 { _ = Diagnostics.mcseMean(replacing: &values, chains: chains) }
      #expect(peak() - mean < 1 << 20)
    }
  }

  @Test func rankHistogramsCountEveryDraw() throws {
    let histograms = Diagnostics.rankHistograms([1, 2, 3, 4, 5, 6, 7, 8], chains: 2, bins: 4)
    #expect(histograms == [[2, 2, 0, 0], [0, 0, 2, 2]])
  }
}
