// The statistics behind the proofs: the sequential rule's error rates, and distances against their definition.

import Foundation
import Testing

@testable import Sampling

@Suite("Proof: the sequential rule and its distances") struct SequentialTestTests {
  static func function(_ pValue: Double, stuck: Bool = false) -> KernelTestReport.Function {
    .init(name: "f", distance: 0, pValue: pValue, changedFraction: stuck ? 0 : 1, isStuck: stuck)
  }

  /// Of 20,000 tests with uniform p-values at α = 0.1 7.4 % fail, 1470 ± 37.
  @Test("rejects a correct kernel at most at the stated rate, and not much less often (false alarm below 1e-5)")
  func falseAlarmRate() throws {
    var stream = try RandomStream(StreamKey(seed: 409, chain: 0, purpose: .testing))
    let rule = SequentialTest(falseAlarmRate: 0.1)
    var rejections = 0
    var rounds = 0
    for _ in 0..<20_000 {
      let report = rule.run { _ in [Self.function(stream.uniform())] }
      rejections += report.passed ? 0 : 1
      rounds += report.rounds.count
    }
    #expect((1300..<1660).contains(rejections), "\(rejections)")
    #expect(Double(rounds) / 20_000 < 2.5)
  }

  @Test("a p-value small enough is decisive at once, a doubtful one asks for larger rounds")
  func rounds() {
    let rule = SequentialTest(falseAlarmRate: 1e-5, sampleSize: 1000, growth: 4)
    let wrong = rule.run { _ in [Self.function(0.5), Self.function(1e-7)] }
    #expect(wrong.verdict == .rejected(function: "f") && wrong.rounds.map(\.sampleSize) == [1000])
    #expect(rule.run { _ in [Self.function(0.5)] }.rounds.count == 1)
    let doubtful = rule.run { _ in [Self.function(0.01)] }
    #expect(!doubtful.passed && doubtful.rounds.count == 6)
    #expect(doubtful.rounds.map(\.sampleSize) == [1000, 4000, 4000, 4000, 4000, 4000])
    #expect(rule.run { _ in [Self.function(1, stuck: true)] }.verdict == .stuck(function: "f"))
    #expect(rule.shared(by: 10).falseAlarmRate == 1e-5 / 10)
  }

  @Test("distances are their definition, ties and NaN included")
  func distances() throws {
    var stream = try RandomStream(StreamKey(seed: 409, chain: 1, purpose: .testing))
    for levels in [3, 1000] {
      func draw() -> [Double] { (0..<50).map { _ in Double(stream.integer(below: levels)) / Double(levels) } }
      let (a, b) = (draw(), draw() + [.nan])
      func below(_ sample: [Double], _ x: Double) -> Double {
        Double(sample.count { $0 <= x }) / Double(sample.count)
      }
      let brute = (a + b).filter { !$0.isNaN }.reduce(0) { max($0, abs(below(a, $1) - below(b, $1))) }
      #expect(abs(KolmogorovSmirnov.distance(a, b) - brute) < 1e-14)
      let uniform = stride(from: 0, through: 1, by: 1e-4).reduce(0) { max($0, abs(below(a, $1) - $1)) }
      #expect(abs(KolmogorovSmirnov.distanceFromUniform(a) - uniform) < 1.1e-4)
    }
    #expect(abs(KolmogorovSmirnov.twoSamplePValue(distance: 0.1, count: 1000) - 2 * exp(-10)) < 1e-15)
    #expect(abs(KolmogorovSmirnov.oneSamplePValue(distance: 0.1, count: 1000) - 2 * exp(-20)) < 1e-15)
  }

  @Test("the bounds on p-values are not exceeded under the null, and nearly reached (false alarm below 1e-5)")
  func bounds() throws {
    var stream = try RandomStream(StreamKey(seed: 409, chain: 2, purpose: .testing))
    let count = 500
    var small = (two: 0, one: 0)
    for _ in 0..<4000 {
      let (a, b) = ((0..<count).map { _ in stream.uniform() }, (0..<count).map { _ in stream.uniform() })
      let two = KolmogorovSmirnov.twoSamplePValue(distance: KolmogorovSmirnov.distance(a, b), count: count)
      let one = KolmogorovSmirnov.oneSamplePValue(distance: KolmogorovSmirnov.distanceFromUniform(a), count: count)
      small.two += two <= 0.1 ? 1 : 0
      small.one += one <= 0.1 ? 1 : 0
    }
    // 400 expected at most; five standard deviations are 95.
    #expect((250..<495).contains(small.two) && (250..<495).contains(small.one), "\(small)")
  }
}
