// Warm-up: the schedule, dual averaging, the metric estimate, and that tuning stops when warm-up ends.

import Foundation
import Testing

@testable import Sampling

@Suite struct WarmupTests {
  /// A long last stage, so that the step size settles well enough to be tested.
  static let schedule = WarmupSchedule(
    WarmupSchedule.windows(transitions: 4000).stages + [.fast(4000)])

  @Test("the windows are Stan's")
  func windows() {
    typealias Stage = WarmupSchedule.Stage
    #expect(
      WarmupSchedule.windows(transitions: 1000).stages
        == [.fast(75), .slow(25), .slow(50), .slow(100), .slow(200), .slow(500), .fast(50)] as [Stage])
    #expect(
      WarmupSchedule.windows(transitions: 450).stages
        == [.fast(75), .slow(25), .slow(50), .slow(250), .fast(50)] as [Stage])
    #expect(WarmupSchedule.windows(transitions: 150).stages == [.fast(75), .slow(25), .fast(50)] as [Stage])
    #expect(WarmupSchedule.windows(transitions: 100).stages == [.fast(15), .slow(75), .fast(10)] as [Stage])
    #expect(WarmupSchedule.windows(transitions: 19).stages == [.fast(19)] as [Stage])
    for transitions in 0..<1200 { #expect(WarmupSchedule.windows(transitions: transitions).transitions == transitions) }
  }

  @Test("dual averaging finds the step size whose acceptance rate is wanted, from far off", arguments: [1e-4, 1, 1e4])
  func dualAveraging(start: Double) throws {
    // Acceptance falls with the step size as exp(-step/3): 0.8 is reached at -3 ln 0.8.
    var averaging = DualAveraging(stepSize: start, targetAcceptanceRate: 0.8)
    var stepSize = start
    for _ in 0..<20_000 { stepSize = averaging.update(acceptanceRate: exp(-stepSize / 3)) }
    let averaged = try #require(averaging.averagedStepSize)
    #expect(abs(averaged + 3 * log(0.8)) < 0.01)
  }

  @Test("the estimator gives Stan's regularised covariance")
  func estimator() throws {
    let points = [[1.0, 2, 9], [3, -1, 9], [0.5, 0.25, 9], [-2, 4, 9], [7, 7, 9]]
    var dense = CovarianceEstimator(dimension: 2, isDense: true)
    var diagonal = CovarianceEstimator(dimension: 2, isDense: false)
    #expect(dense.inverseMetric(units: nil) == nil)
    for point in points {
      dense.add(point)
      diagonal.add(point)
    }
    let mean = [1.9, 2.45]
    func covariance(_ i: Int, _ j: Int) -> Double {
      points.reduce(0) { $0 + ($1[i] - mean[i]) * ($1[j] - mean[j]) } / 4 * 0.5 + (i == j ? 0.5e-3 : 0)
    }
    let denseEstimate = try #require(dense.inverseMetric(units: nil)).covariance(dimension: 2)
    let diagonalEstimate = try #require(diagonal.inverseMetric(units: nil)).covariance(dimension: 2)
    for i in 0..<2 {
      for j in 0..<2 {
        #expect(abs(denseEstimate[i, j] - covariance(i, j)) < 1e-13)
        #expect(abs(diagonalEstimate[i, j] - (i == j ? covariance(i, i) : 0)) < 1e-13)
      }
    }
  }

  @Test("a change of units changes the estimate by their squares, bit for bit", arguments: [true, false])
  func estimatorInUnits(isDense: Bool) throws {
    let units = [0x1p-300, 0x1p200]
    var plain = CovarianceEstimator(dimension: 2, isDense: isDense)
    var scaled = plain
    for point in [[1.0, 2], [3, -1], [0.5, 0.25], [-2, 4], [7, 7]] {
      plain.add(point)
      scaled.add(zip(point, units).map { $0 * $1 })
    }
    let estimate = try #require(plain.inverseMetric(units: [1, 1])).covariance(dimension: 2)
    #expect(estimate == (try #require(plain.inverseMetric(units: nil)).covariance(dimension: 2)))
    let other = try #require(scaled.inverseMetric(units: units)).covariance(dimension: 2)
    for i in 0..<2 { for j in 0..<2 { #expect(other[i, j] == estimate[i, j] * units[i] * units[j]) } }
  }

  @Test("kick and drift are Lᵀ and L of the covariance's factor")
  func metric() throws {
    let covariance = Matrix([[4.0, 1, 0.5], [1, 2, -0.3], [0.5, -0.3, 1]])
    let factor = try Cholesky(covariance).factor
    let metric = try InverseMetric.dense(covariance: covariance)
    var momentum = [0.1, 0.2, 0.3]
    metric.kick(&momentum, along: [1, -2, 3], by: 0.5)
    let pulled = factor.transposed * [1, -2, 3]
    for i in 0..<3 { #expect(abs(momentum[i] - (0.1 * Double(i + 1) + 0.5 * pulled[i])) < 1e-14) }
    var position = [1.0, 1, 1, 7]
    metric.drift(&position, along: [1, -2, 3], by: 2)
    let pushed = factor * [1, -2, 3]
    for i in 0..<3 { #expect(abs(position[i] - (1 + 2 * pushed[i])) < 1e-14) }
    #expect(position[3] == 7)
    #expect(throws: TuningError.self) { try InverseMetric.diagonal(variances: [1, 0]) }
    #expect(throws: GSLError.self) { try InverseMetric.dense(covariance: Matrix([[1, 2], [2, 1]])) }
  }

  @Test("warm-up learns scales that differ by 10⁴ and reaches the wanted acceptance rate, then changes nothing")
  func adaptation() throws {
    let scales = [0.01, 1, 100]
    var covariance = Matrix(rows: 3, columns: 3)
    for i in 0..<3 { covariance[i, i] = scales[i] * scales[i] }
    let target = try GaussianTarget(covariance: covariance)
    var chain = try Chain(
      number: 0, kernel: Langevin(target, tuning: Tuning(stepSize: 1)),
      warmup: WindowedAdaptation(Self.schedule), start: [0.01, 1, 100], stream: .test(40))
    while chain.isWarmingUp { _ = chain.advance() }
    let tuned = chain.kernel.tuning
    let learnt = tuned.inverseMetric.covariance(dimension: 3)
    for i in 0..<3 { #expect(abs(log(learnt[i, i].squareRoot() / scales[i])) < 0.3) }
    var acceptance = 0.0
    for _ in 0..<4000 { acceptance += chain.advance().acceptanceRate / 4000 }
    #expect(abs(acceptance - 0.574) < 0.05)
    #expect(chain.kernel.tuning == tuned)
  }

  @Test("warm-up of a mixture ignores the transitions in which the tuned kernel did not run")
  func mixture() throws {
    let target = SpinTarget.example(spins: 3, pull: 0.8)
    let kernel = RandomMixture(
      Langevin(target, tuning: Tuning(stepSize: 1)), BinaryFlips(target), firstProbability: 0.5)
    var chain = try Chain(
      number: 0, kernel: kernel, warmup: WindowedAdaptation(Self.schedule),
      start: [0, 0, 0, 0, 0, 0], stream: .test(41))
    while chain.isWarmingUp { _ = chain.advance() }
    var acceptance = 0.0
    var steps = 0.0
    for _ in 0..<4000 {
      let transition = chain.advance()
      guard !transition.tunedAcceptanceRate.isNaN else { continue }
      acceptance += transition.tunedAcceptanceRate
      steps += 1
    }
    #expect(steps > 1800 && steps < 2200)
    #expect(abs(acceptance / steps - 0.574) < 0.05)
  }
}
