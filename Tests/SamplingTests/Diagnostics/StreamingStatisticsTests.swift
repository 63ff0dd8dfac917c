// Running moments and batch means against stored draws and known values.

import CGSL
import Foundation
import Testing

@testable import Sampling

@Suite struct RunningMomentsTests {
  @Test func agreesWithTwoPasses() throws {
    // Far from zero, where the sum of squares would lose all digits.
    let values = try TestChains.independent(chains: 1, draws: 1001, seed: 81)[0].map { 1e9 + $0 }
    let moments = RunningMoments(values)
    #expect(moments.count == 1001)
    #expect(abs(moments.mean - Diagnostics.mean(values)) < 1e-6)
    #expect(abs(moments.variance / Diagnostics.variance(values) - 1) < 1e-6)
  }

  @Test(arguments: [[0, 1000], [1000, 0], [1, 999], [300, 300, 400], [0, 500, 0, 500]])
  func mergingEqualsOnePass(sizes: [Int]) throws {
    let values = try TestChains.independent(chains: 1, draws: 1000, seed: 82)[0].map { 3 + $0 }
    var merged = RunningMoments()
    var start = 0
    for size in sizes {
      merged.merge(RunningMoments(values[start..<start + size]))
      start += size
    }
    let whole = RunningMoments(values)
    #expect(merged.count == 1000)
    #expect(abs(merged.mean - whole.mean) < 1e-13)
    #expect(abs(merged.squaredDeviations / whole.squaredDeviations - 1) < 1e-12)
  }

  @Test func fewNumbersHaveNoVariance() {
    #expect(RunningMoments().variance.isNaN)
    #expect(RunningMoments([2]).variance.isNaN)
    #expect(RunningMoments([2]).mean == 2)
    #expect(RunningMoments([2, 4]).variance == 2)
  }

  @Test func codableKeepsEveryBit() throws {
    let moments = RunningMoments([0.1, 0.2, 0.7])
    let copy = try JSONDecoder().decode(RunningMoments.self, from: JSONEncoder().encode(moments))
    #expect(copy == moments)
  }
}

@Suite struct BatchMeansTests {
  @Test func batchesAreMeansOfConsecutiveDraws() {
    var batches = BatchMeans(capacity: 32)
    for draw in 0..<133 { batches.add(Double(draw)) }
    // 32 singles collapse to 16 pairs, those at 64 draws to 16 fours, at 128 to 16 eights; 5 draws are in the open batch.
    #expect(batches.batchLength == 8)
    #expect(batches.batches == (0..<16).map { 8 * Double($0) + 3.5 })
    #expect(batches.count == 133)
    #expect(abs(batches.mean - 66) < 1e-12)
  }

  @Test(arguments: [32, 128])
  func memoryIsBounded(capacity: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 91, chain: 0, purpose: .testing))
    var batches = BatchMeans(capacity: capacity)
    for draw in 1...100_000 {
      batches.add(stream.standardNormal())
      if draw >= capacity { #expect((capacity / 2..<capacity).contains(batches.batches.count)) }
    }
    #expect(batches.batchLength * batches.batches.count <= 100_000)
  }

  /// MCSE² over 60 chains against σ² τ / n with τ = (1 + φ) / (1 - φ): the sum of MCSE² is nearly chi-squared, so with
  /// its 1e-7 quantiles, and 1 % for the τ / L of correlation that batches of L lose, false alarms are below 2e-7.
  @Test(arguments: [0.0, 0.5, 0.9])
  func standardErrorOfAutoregression(coefficient: Double) throws {
    let draws = 300_000
    let known = 1 / pow(1 - coefficient, 2) / Double(draws)
    var ratio = 0.0
    var degreesOfFreedom = 0.0
    for chain in 0..<60 {
      var batches = BatchMeans()
      let values = try TestChains.autoregressive(
        chains: 1, draws: draws, coefficient: coefficient, seed: 900 + UInt64(chain))[0]
      for value in values { batches.add(value) }
      // One chain in about 700 is refused by design; it has nothing to compare.
      guard !batches.areCorrelated else { continue }
      let freedom = Double(batches.batches.count - 1)
      ratio += freedom * pow(batches.standardError, 2) / known
      degreesOfFreedom += freedom
    }
    #expect(degreesOfFreedom > 50 * 63)
    #expect(ratio > 0.99 * gsl_cdf_chisq_Pinv(1e-7, degreesOfFreedom))
    #expect(ratio < 1.01 * gsl_cdf_chisq_Qinv(1e-7, degreesOfFreedom))
  }

  /// A chain no longer than its correlation time gives no error, rather than one that is far too small.
  @Test func shortChainsAreRefused() throws {
    let values = try TestChains.autoregressive(chains: 1, draws: 1000, coefficient: 0.999, seed: 95)[0]
    var batches = BatchMeans()
    for value in values { batches.add(value) }
    #expect(batches.areCorrelated)
    #expect(batches.standardError.isNaN)
    var few = BatchMeans()
    for value in values.prefix(15) { few.add(value) }
    #expect(few.standardError.isNaN)
  }

  /// Independent draws are called correlated at most 8 times in 1000 chains (expected 1.35; Poisson tail 1.1e-4).
  @Test func independentDrawsAreSeldomRefused() throws {
    var refused = 0
    for chain in 0..<1000 {
      var batches = BatchMeans()
      for value in try TestChains.independent(chains: 1, draws: 1500, seed: 20_000 + UInt64(chain))[0] {
        batches.add(value)
      }
      if batches.areCorrelated { refused += 1 }
    }
    #expect(refused <= 8)
  }

  @Test func chainsCombineByTheirLengths() throws {
    let values = try TestChains.independent(chains: 2, draws: 4000, seed: 97)
    var (long, short) = (BatchMeans(), BatchMeans())
    for value in values[0] { long.add(value) }
    for value in values[1].prefix(1000) { short.add(value) }
    let expected = (pow(4000 * long.standardError, 2) + pow(1000 * short.standardError, 2)).squareRoot() / 5000
    #expect(abs(BatchMeans.standardError(of: [long, BatchMeans(), short]) / expected - 1) < 1e-12)
    #expect(BatchMeans.standardError(of: []).isNaN)
    #expect(BatchMeans.standardError(of: [BatchMeans()]).isNaN)
  }

  @Test func constantDrawsHaveNoError() {
    var batches = BatchMeans()
    for _ in 0..<1000 { batches.add(0.1) }
    #expect(!batches.areCorrelated)
    #expect(batches.standardError == 0)
  }

  @Test func savedAndRestoredItGoesOnAlike() throws {
    var original = BatchMeans(capacity: 32)
    for draw in 0..<77 { original.add(Double(draw % 7)) }
    var copy = try JSONDecoder().decode(BatchMeans.self, from: JSONEncoder().encode(original))
    for draw in 77..<200 {
      original.add(Double(draw % 7))
      copy.add(Double(draw % 7))
    }
    #expect(copy == original)
  }
}
