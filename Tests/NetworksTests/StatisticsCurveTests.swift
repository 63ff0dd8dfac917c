// Features of measured curves and scaling collapses, where both are known.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct StatisticsCurveTests {
  private static func stream(_ chain: Int) throws -> RandomStream {
    try RandomStream(StreamKey(seed: 21, chain: chain, purpose: .testing))
  }

  /// A curve with noise, its features over `count` replicas.
  private func features(
    _ count: Int, points: Int = 21, error: Double, _ curve: (Double) -> Double
  ) throws -> [CurveFeatures] {
    try (0..<count).map { replica in
      var stream = try Self.stream(replica)
      let x = (0..<points).map { 2 * Double($0) / Double(points - 1) }
      let y = x.map { curve($0) + error * stream.standardNormal() }
      return try CurveFeatures(x: x, y: y, errors: x.map { _ in error }, using: &stream)
    }
  }

  /// tanh((x − 0.93)/0.4) is steepest at 0.93 and half way where it is the mean of its ends; 1/cosh² has its peak there. Of 60 replicas
  /// at least 85 % are within two errors: 95 % are expected, of which 60 fall below 51 with probability 2e-3.
  @Test func placesAreFoundWithinTheirErrors() throws {
    let rise = { (x: Double) in tanh((x - 0.93) / 0.4) }
    let middle = (rise(0) + rise(2)) / 2
    let halfWay = 0.93 + 0.4 * atanh(middle)
    let rising = try features(60, error: 0.01, rise)
    let peaked = try features(60, error: 0.01) { 1 / pow(cosh(($0 - 0.93) / 0.4), 2) }
    func expectCovered(_ estimates: [Estimate?], _ truth: Double, within error: Double, _ what: String) {
      let z = estimates.compactMap { $0 }.map { ($0.value - truth) / $0.standardError! }
      #expect(z.count == 60, "\(what) is told")
      #expect(z.count { abs($0) < 2 } >= 51, "\(what): \(z.map { String(format: "%.1f", $0) })")
      #expect(
        estimates.compactMap { $0?.standardError }.max()! < error, "\(what): an error that covers all says nothing")
    }
    expectCovered(rising.map(\.steepest), 0.93, within: 0.2, "the steepest place")
    expectCovered(rising.map(\.halfWay), halfWay, within: 0.05, "half way")
    expectCovered(peaked.map(\.peak), 0.93, within: 0.1, "the peak")
    #expect(peaked.allSatisfy { $0.halfWay == nil }, "both ends are alike")
    #expect(rising.allSatisfy { $0.peak == nil }, "the largest value is at an end")
  }

  /// Noise has no features, few points have none, and a missing error has none.
  @Test func nothingIsToldOfNoise() throws {
    let flat = try features(100, error: 0.1) { _ in 1 }
    #expect(flat.allSatisfy { $0.steepest == nil && $0.halfWay == nil && $0.peak == nil })
    #expect(try features(5, points: 4, error: 0.01) { tanh(5 * ($0 - 1)) }.allSatisfy { $0.steepest == nil })
    var stream = try Self.stream(0)
    let x = (0..<9).map(Double.init)
    let unknown = try CurveFeatures(x: x, y: x, errors: x.map { _ in .nan }, using: &stream)
    #expect(unknown.halfWay == nil)
  }

  /// y = N^a f((x − x_c) N^b) with x_c = 1.2, a = −0.25, b = 0.5, at four sizes.
  private static func points(_ stream: inout RandomStream) -> [ScalingCollapse.Point] {
    [10.0, 20, 40, 80].flatMap { size in
      (0..<24).map { k in
        let x = 0.6 + 0.05 * Double(k)
        let y = pow(size, -0.25) * (1.5 + tanh((x - 1.2) * size.squareRoot() / 2))
        let error = 0.01 * pow(size, -0.25)
        return ScalingCollapse.Point(size: size, x: x, y: y + error * stream.standardNormal(), standardError: error)
      }
    }
  }

  @Test func exponentsAreFound() throws {
    var stream = try Self.stream(1)
    let points = Self.points(&stream)
    func collapse(_ given: ScalingCollapse.Exponents) throws -> ScalingCollapse {
      let found = try ScalingCollapse(points, given: given, using: &stream)
      return try #require(found)
    }
    let found = try collapse(.init())
    for (estimate, truth) in [(found.centre, 1.2), (found.value, -0.25), (found.width, 0.5)] {
      let error = try #require(estimate.standardError)
      #expect(abs(estimate.value - truth) < 4 * error + 0.02, "\(estimate) beside \(truth)")
      #expect(error < 0.1)
    }
    #expect((0.3...2).contains(found.quality) && found.compared > 40, "\(found.quality)")
    // Given exponents are not touched, and wrong ones are seen.
    let right = try collapse(.init(centre: 1.2, value: -0.25, width: 0.5))
    #expect(right.centre == Estimate(value: 1.2, standardError: nil) && right.quality < 2.5)
    let wrong = try collapse(.init(centre: 1.2, value: 0, width: 0.5))
    #expect(wrong.quality > 100)
    let part = try collapse(.init(value: -0.25))
    #expect(abs(part.width.value - 0.5) < 0.1 && part.value.standardError == nil)
  }

  @Test func curvesThatDoNotOverlapHaveNoCollapse() throws {
    var stream = try Self.stream(2)
    let one = Self.points(&stream).filter { $0.size == 10 }
    #expect(try ScalingCollapse(one, given: .init(), using: &stream) == nil)
    let few = Self.points(&stream).filter { $0.x < 0.75 }
    #expect(try ScalingCollapse(few, given: .init(centre: 1.2, value: 0, width: 3), using: &stream) == nil)
  }
}
