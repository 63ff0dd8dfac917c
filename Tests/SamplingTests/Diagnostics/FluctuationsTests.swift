// Variance, Binder's cumulant and autocorrelation time, where they are known.

import Foundation
import Testing

@testable import Sampling

@Suite struct FluctuationsTests {
  /// Autoregressive chains x' = ρ x + √(1 − ρ²) z around `mean`: variance 1, τ = (1 + ρ)/(1 − ρ).
  private func chains(_ replica: Int, rho: Double, mean: Double = 0, count: Int = 4, draws: Int = 2000) throws
    -> [[Double]]
  {
    try (0..<count).map { chain in
      var stream = try RandomStream(StreamKey(seed: 31, chain: replica * count + chain, purpose: .testing))
      var x = stream.standardNormal()
      return (0..<draws).map { _ in
        x = rho * x + (1 - rho * rho).squareRoot() * stream.standardNormal()
        return mean + x
      }
    }
  }

  /// Errors are right: over 100 replicas z has a standard deviation between 0.8 and 1.25 (1 ± 0.07 expected), and a mean within 4 errors.
  @Test(arguments: [0.0, 0.8]) func errorsAreThoseOfReplicas(rho: Double) throws {
    let all = try (0..<100).map { try #require(Fluctuations(try chains($0, rho: rho))) }
    func expectNormal(_ estimates: [Estimate], _ truth: Double, _ what: String) throws {
      let z = try estimates.map { ($0.value - truth) / (try #require($0.standardError)) }
      let moments = RunningMoments(z)
      let sd = (moments.squaredDeviations / 99).squareRoot()
      #expect((0.8...1.25).contains(sd), "\(what): \(sd)")
      #expect(abs(moments.mean) < 0.4 + 0.1, "\(what): \(moments.mean)")
    }
    try expectNormal(all.map(\.variance), 1, "variance")
    try expectNormal(all.map { try #require($0.binder) }, 0, "Binder")
    let times = all.compactMap(\.autocorrelationTime)
    #expect(times.count == 100)
    let time = (1 + rho) / (1 - rho)
    let mean = times.reduce(0) { $0 + $1.value } / 100
    #expect(abs(mean / time - 1) < 0.05, "\(mean)")
  }

  @Test func cumulantsOfKnownLaws() throws {
    // Two sharp values of opposite sign: 2/3.
    let two = try #require(Fluctuations([(0..<400).map { $0 % 2 == 0 ? 1.0 : -1 }]))
    #expect(abs(two.binder!.value - 2.0 / 3) < 1e-12 && abs(two.variance.value - 1) < 1e-12)
    // Far from zero the cumulant is near 2/3 as well, and the variance keeps its digits.
    let far = try #require(Fluctuations(try chains(0, rho: 0, mean: 1e6)))
    #expect(abs(far.binder!.value - 2.0 / 3) < 1e-6 && abs(far.variance.value - 1) < 0.1)
  }

  /// Units are powers of two apart or not: the same digits, and no overflow.
  @Test(arguments: [1e-200, 1e200]) func nothingDependsOnTheUnit(unit: Double) throws {
    let draws = try chains(1, rho: 0.5)
    let scaled = draws.map { $0.map { $0 * unit } }
    let (one, other) = (try #require(Fluctuations(draws)), try #require(Fluctuations(scaled)))
    #expect(abs(other.binder!.value - one.binder!.value) < 1e-12)
    #expect(unit > 1 || other.variance.value >= 0)
    #expect(abs(other.autocorrelationTime!.value - one.autocorrelationTime!.value) < 1e-9)
  }

  @Test func whatDoesNotFluctuateHasNone() {
    #expect(Fluctuations([[1, 1, 1, 1]]) == nil)
    #expect(Fluctuations([[1, .nan, 2, 3]]) == nil)
    #expect(Fluctuations([[1]]) == nil)
    #expect(Fluctuations([[1], [2]])?.variance.value == 0.25)
  }
}
