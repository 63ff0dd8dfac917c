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
      numbers.withUnsafeBufferPointer { order.sort($0) }
      #expect(order.values == numbers.sorted())
      #expect(order.positions.map { numbers[Int($0)] } == order.values)
      let isStable = order.positions.indices.dropFirst().allSatisfy {
        order.values[$0] > order.values[$0 - 1] || order.positions[$0] > order.positions[$0 - 1]
      }
      #expect(isStable)
    }
  }

  /// Folded scores come from merging, not from sorting the distances.
  @Test(arguments: [0.0, 0.25]) func foldedScores(step: Double) throws {
    let draws = try TestChains.independent(chains: 2, draws: 501, seed: 95).map { chain in
      chain.map { step > 0 ? ($0 / step).rounded() * step : $0 }
    }
    let pooled = Array(draws.joined())
    let order = AscendingOrder(pooled)
    var scores = [Double](repeating: 0, count: pooled.count)
    order.writeFoldedScores(around: order.median, NormalScoreTable(count: pooled.count), to: &scores)
    #expect(scores == Array(Diagnostics.normalScores(Diagnostics.folded(draws)).joined()))
  }

  /// A summary made with memory that other scalars have used, of other sizes, is that of its own draws alone; the functions of one
  /// quantity each say the same.
  @Test func summariesDoNotDependOnWhatCameBefore() throws {
    let workspace = DiagnosticsWorkspace()
    for (chains, draws) in [(4, 1000), (3, 501), (1, 400), (2, 7), (4, 1000)] {
      for coefficient in [0, 0.5, 0.99, -0.6] {
        let series = try TestChains.autoregressive(
          chains: chains, draws: draws, coefficient: coefficient, seed: 96)
        let summary = try ObservableSummary(name: "x", draws: series, using: workspace)
        #expect(try summary == ObservableSummary(name: "x", draws: series))
        #expect(summary.mcseMean == Diagnostics.mcseMean(series) && summary.mcseSd == Diagnostics.mcseSd(series))
        #expect(summary.essBulk == Diagnostics.essBulk(series) && summary.essTail == Diagnostics.essTail(series))
        #expect(summary.rHat == Diagnostics.agreement(series))
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
    var transform = AutocovarianceTransform(draws: 3000)
    let all = transform.meanAutocovariance(Array(centred.joined()))
    for lag in [0, 1, 2, 7, 50] {
      let sum = centred.reduce(0.0) { sum, chain in
        sum + (0..<3000 - lag).reduce(0.0) { $0 + chain[$1] * chain[$1 + lag] }
      }
      #expect(abs(sum / 12000 - all[lag]) < 1e-13 * all[0])
    }
  }

  @Test func rankHistogramsCountEveryDraw() throws {
    let histograms = Diagnostics.rankHistograms([[1, 2, 3, 4], [5, 6, 7, 8]], bins: 4)
    #expect(histograms == [[2, 2, 0, 0], [0, 0, 2, 2]])
  }
}
