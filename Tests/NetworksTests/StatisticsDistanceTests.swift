// Distances between clouds of neurons: closed forms, coverage, false alarms, and differences that are there.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct StatisticsDistanceTests {
  /// `networks` clouds of `neurons` standard normal neurons, moved by `shift` along the first coordinate.
  static func cloud(
    networks: Int, neurons: Int, dimension: Int, shift: Double = 0, scale: Double = 1,
    using stream: inout RandomStream
  ) throws -> NeuronCloud {
    var list: [Matrix] = []
    for _ in 0..<networks {
      var points = Matrix(rows: neurons, columns: dimension)
      for k in points.elements.indices { points.elements[k] = scale * stream.standardNormal() }
      for i in 0..<neurons { points[i, 0] += shift }
      list.append(points)
    }
    return try NeuronCloud(networks: list)
  }

  /// E|X − Y| of X ~ N(0, 1), Y ~ N(μ, 1).
  static func meanDistance(_ shift: Double) -> Double {
    let spread = (2.0).squareRoot()
    return spread * (2 / Double.pi).squareRoot() * exp(-shift * shift / 4) + shift * erf(shift / 2)
  }

  /// The estimates, and the energy distance's interval, cover the closed forms. 60 intervals at 95% miss 12 or more with
  /// probability 2·10⁻⁵.
  @Test func closedFormsOfShiftedGaussians() throws {
    var stream = try RandomStream(StreamKey(seed: 30, chain: 0, purpose: .testing))
    let shift = 0.8
    let distance = 2 * Self.meanDistance(shift) - 2 * Self.meanDistance(0)
    var missed = 0
    var mean = (energy: 0.0, wasserstein: 0.0)
    for _ in 0..<60 {
      let options = Resampling(permutations: 20)
      let first = try Self.cloud(networks: 30, neurons: 8, dimension: 1, using: &stream)
      let second = try Self.cloud(networks: 30, neurons: 8, dimension: 1, shift: shift, using: &stream)
      let energy = try EnergyDistance.compare(first, second, resampling: options, using: &stream)
      // On a line all directions are one.
      let sliced = try SlicedWasserstein.compare(first, second, directions: 1, resampling: options, using: &stream)
      missed += try #require(energy.interval).contains(distance) ? 0 : 1
      #expect(sliced.interval == nil)
      mean.energy += energy.value / 60
      mean.wasserstein += sliced.value / 60
    }
    #expect(missed < 12, "\(missed)")
    #expect(abs(mean.energy / distance - 1) < 0.05, "\(mean.energy) for \(distance)")
    #expect(abs(mean.wasserstein / shift - 1) < 0.05, "\(mean.wasserstein) for \(shift)")
    // In three dimensions |shift|/2; finite samples add about 0.02 to it, directions 3%.
    let space = try SlicedWasserstein.compare(
      Self.cloud(networks: 30, neurons: 100, dimension: 3, using: &stream),
      Self.cloud(networks: 30, neurons: 100, dimension: 3, shift: shift, using: &stream), directions: 500,
      resampling: Resampling(permutations: 20), using: &stream)
    #expect(abs(space.value / (shift / 2) - 1) < 0.1, "\(space.value)")
  }

  /// One law: p ≤ 0.05 in at most 22 of 160 comparisons, false alarm 10⁻⁵ for a rate of 5%; and not never (3·10⁻⁴).
  ///
  /// The neurons of a network share an offset, which a permutation of neurons instead of networks would take for a difference.
  @Test func noDifferenceIsNotSignificant() throws {
    var stream = try RandomStream(StreamKey(seed: 31, chain: 0, purpose: .testing))
    var alarms = (energy: 0, wasserstein: 0)
    for _ in 0..<160 {
      var clouds: [NeuronCloud] = []
      for _ in 0..<2 {
        clouds.append(
          try NeuronCloud(
            networks: (0..<8).map { _ in
              var points = Matrix(rows: 5, columns: 2)
              let offset = stream.standardNormal()
              for k in points.elements.indices { points.elements[k] = offset + 0.3 * stream.standardNormal() }
              return points
            }))
      }
      let options = Resampling(permutations: 99)
      if try EnergyDistance.compare(clouds[0], clouds[1], resampling: options, using: &stream).pValue <= 0.05 {
        alarms.energy += 1
      }
      let sliced = try SlicedWasserstein.compare(
        clouds[0], clouds[1], directions: 8, resampling: options, using: &stream)
      if sliced.pValue <= 0.05 { alarms.wasserstein += 1 }
    }
    #expect((1...22).contains(alarms.energy) && (1...22).contains(alarms.wasserstein), "\(alarms)")
  }

  /// Laws of equal mean and different spread are told apart, with an interval away from zero.
  @Test func aDifferenceIsFound() throws {
    var stream = try RandomStream(StreamKey(seed: 32, chain: 0, purpose: .testing))
    let narrow = try Self.cloud(networks: 25, neurons: 10, dimension: 2, using: &stream)
    let wide = try Self.cloud(networks: 20, neurons: 10, dimension: 2, scale: 1.5, using: &stream)
    let energy = try EnergyDistance.compare(narrow, wide, using: &stream)
    let sliced = try SlicedWasserstein.compare(narrow, wide, using: &stream)
    #expect(energy.pValue < 0.01 && (energy.interval?.lowerBound ?? 0) > 0)
    #expect(sliced.pValue < 0.01 && sliced.value > 3 * sliced.nullMean)
    // W₁ of N(0, 1) and N(0, 1.5²) is 0.5 E|z| in every direction.
    #expect(abs(sliced.value - 0.5 * (2 / Double.pi).squareRoot()) < 0.1)
  }

  /// Intervals cover at their rate, 95%, whatever the numbers of networks and however much a network's neurons have in common.
  ///
  /// 1,000 intervals per setting: three standard errors are 2.1%. Intervals that count neurons as independent (a mutant) cover far
  /// less. Equal laws, where the estimate is degenerate, are covered more often than stated.
  @Test(arguments: [(4, 4), (4, 12), (12, 12), (30, 8)]) func intervalsCoverAtTheirRate(_ n: Int, _ m: Int) throws {
    for (setting, spread) in [1.0, 1.1, 2].enumerated() {
      // Networks of 6 neurons at N(offset, 0.3²), offset ~ N(0, spread²): differences between networks are normal.
      func meanDistance(_ a: Double, _ b: Double) -> Double {
        (2 / Double.pi * (a * a + b * b + 2 * 0.09)).squareRoot()
      }
      let truth = 2 * meanDistance(1, spread) - meanDistance(1, 1) - meanDistance(spread, spread)
      let covered = try parallelMap(1000, threads: 2) { index -> Bool in
        var stream = try RandomStream(StreamKey(seed: UInt64(400 + setting), chain: index, purpose: .testing))
        let found = try EnergyDistance.compare(
          try Self.offsets(n, 1, &stream), try Self.offsets(m, spread, &stream),
          resampling: Resampling(permutations: 20), threads: 1, using: &stream)
        let interval = try #require(found.interval)
        #expect(interval.contains(found.value))
        return interval.contains(truth)
      }
      let rate = Double(covered.count { $0 }) / 1000
      #expect(rate > 0.95 - 0.021, "spread \(spread): \(rate)")
      if spread > 1.5 { #expect(rate < 0.995, "spread \(spread): \(rate), so wide that it says nothing") }
    }
  }

  /// The mutant: neurons taken as independent, 600 intervals.
  @Test func intervalsOfNeuronsDoNotCover() throws {
    let truth =
      2 * (2 / Double.pi * 5.18).squareRoot() - (2 / Double.pi * 2.18).squareRoot()
      - (2 / Double.pi * 8.18).squareRoot()
    let covered = try parallelMap(600, threads: 2) { index -> Bool in
      var stream = try RandomStream(StreamKey(seed: 410, chain: index, purpose: .testing))
      let found = try EnergyDistance.compare(
        try NeuronCloud(independent: Self.offsets(4, 1, &stream).points),
        try NeuronCloud(independent: Self.offsets(4, 2, &stream).points), resampling: Resampling(permutations: 20),
        threads: 1, using: &stream)
      return try #require(found.interval).contains(truth)
    }
    #expect(covered.count { $0 } < 540, "\(covered.count { $0 }) of 600")
  }

  private static func offsets(_ networks: Int, _ spread: Double, _ stream: inout RandomStream) throws -> NeuronCloud {
    try NeuronCloud(
      networks: (0..<networks).map { _ in
        let offset = spread * stream.standardNormal()
        return Matrix((0..<6).map { _ in [offset + 0.3 * stream.standardNormal()] })
      })
  }

  /// By hand: {0, 1} against {3, 5} in one dimension.
  @Test func valuesByHand() throws {
    var stream = try RandomStream(StreamKey(seed: 33, chain: 0, purpose: .testing))
    let first = try NeuronCloud(independent: Matrix([[0], [1]]))
    let second = try NeuronCloud(independent: Matrix([[3], [5]]))
    // 2·(3 + 5 + 2 + 4)/4 − 1 − 2.
    let energy = try EnergyDistance.compare(first, second, using: &stream)
    #expect(abs(energy.value - 4) < 1e-12)
    // (3 + 4)/2.
    let sliced = try SlicedWasserstein.compare(first, second, using: &stream)
    #expect(abs(sliced.value - 3.5) < 1e-12)
    // Unequal numbers: {0} four times against {0, 0, 0, 1}: a quarter of the mass moves by 1.
    let third = try NeuronCloud(networks: [Matrix([[0], [0]]), Matrix([[0], [1]])])
    let fourth = try NeuronCloud(independent: Matrix([[0], [0], [0]]))
    let moved = try SlicedWasserstein.compare(third, fourth, using: &stream)
    #expect(abs(moved.value - 0.25) < 1e-12)
  }

  @Test func resultsRepeatAndBadInputIsRefused() throws {
    var results: [CloudDistance] = []
    for _ in 0..<2 {
      var stream = try RandomStream(StreamKey(seed: 34, chain: 0, purpose: .testing))
      let first = try Self.cloud(networks: 5, neurons: 4, dimension: 2, using: &stream)
      let second = try Self.cloud(networks: 5, neurons: 4, dimension: 2, using: &stream)
      results.append(try EnergyDistance.compare(first, second, using: &stream))
      results.append(try SlicedWasserstein.compare(first, second, using: &stream))
    }
    #expect(results[0] == results[2] && results[1] == results[3])
    var stream = try RandomStream(StreamKey(seed: 35, chain: 0, purpose: .testing))
    let plane = try NeuronCloud(independent: Matrix([[0, 1], [1, 1]]))
    let line = try NeuronCloud(independent: Matrix([[0], [1]]))
    let single = try NeuronCloud(networks: [Matrix([[0], [1]])])
    #expect(throws: StatisticsError.self) { try EnergyDistance.compare(plane, line, using: &stream) }
    #expect(throws: StatisticsError.self) { try EnergyDistance.compare(line, single, using: &stream) }
    #expect(throws: StatisticsError.self) {
      try SlicedWasserstein.compare(line, line, resampling: Resampling(level: 1), using: &stream)
    }
    #expect(throws: StatisticsError.self) { try NeuronCloud(independent: Matrix([[.nan]])) }
    #expect(throws: StatisticsError.self) { try NeuronCloud(networks: []) }
  }

  @Test func correlationAndParticipation() throws {
    #expect(abs(try Correlation.pearson([1, 2, 3, 5], [2, 4, 6, 10]) - 1) < 1e-14)
    #expect(abs(try Correlation.pearson([1, 2, 3], [1, -2, 1])) < 1e-14)
    #expect(throws: StatisticsError.self) { try Correlation.pearson([1, 1], [1, 2]) }
    #expect(throws: StatisticsError.self) { try Correlation.pearson([1, 1], [1]) }
    // Variances 4, 1, 1 (times a half) in rotated axes: 36/18.
    let s = (0.5).squareRoot()
    let points = Matrix([[2 * s, 2 * s, 0], [-2 * s, -2 * s, 0], [s, -s, 0], [-s, s, 0], [0, 0, 1], [0, 0, -1]])
    let shifted = Matrix(points.rowArrays.map { [$0[0] + 5, $0[1] - 1, $0[2]] })
    #expect(abs(try PrincipalAxes(shifted).participationRatio - 2) < 1e-12)
    #expect(abs(try PrincipalAxes(points, isCentred: false).participationRatio - 2) < 1e-12)
    #expect(try PrincipalAxes(shifted, isCentred: false).participationRatio < 1.5)
    #expect(throws: StatisticsError.self) { try PrincipalAxes(Matrix([[1, 2]])) }
  }
}
