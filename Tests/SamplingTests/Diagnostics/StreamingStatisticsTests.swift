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
