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

  /// The estimates are those of the closed forms, the energy distance's within two standard errors but for 12 of 60 at most (for 5%
  /// the probability of more is 2·10⁻⁵).
  @Test func closedFormsOfShiftedGaussians() throws {
    var stream = try RandomStream(StreamKey(seed: 30, chain: 0, purpose: .testing))
    let shift = 0.8
    let distance = 2 * Self.meanDistance(shift) - 2 * Self.meanDistance(0)
    var missed = 0
    var mean = (energy: 0.0, wasserstein: 0.0)
    for _ in 0..<60 {
      let first = try Self.cloud(networks: 30, neurons: 8, dimension: 1, using: &stream)
      let second = try Self.cloud(networks: 30, neurons: 8, dimension: 1, shift: shift, using: &stream)
      let energy = try EnergyDistance.compare(first, second, permutations: 20, using: &stream)
      // On a line all directions are one.
      let sliced = try SlicedWasserstein.compare(first, second, directions: 1, permutations: 20, using: &stream)
      missed += abs(energy.value - distance) < 2 * (try #require(energy.standardError)) ? 0 : 1
      #expect(sliced.standardError == nil)
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
      permutations: 20, using: &stream)
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
      if try EnergyDistance.compare(clouds[0], clouds[1], permutations: 99, using: &stream).pValue <= 0.05 {
        alarms.energy += 1
      }
      let sliced = try SlicedWasserstein.compare(
        clouds[0], clouds[1], directions: 8, permutations: 99, using: &stream)
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
    #expect(energy.pValue < 0.01 && energy.value > 2 * (energy.standardError ?? .infinity), "\(energy)")
    #expect(sliced.pValue < 0.01 && sliced.value > 2 * sliced.nullMean, "\(sliced)")
    // W₁ of N(0, 1) and N(0, 1.5²) is 0.5 E|z| in every direction.
    #expect(abs(sliced.value - 0.5 * (2 / Double.pi).squareRoot()) < 0.1)
  }

  /// Standard errors are of the right size whatever the numbers of networks and however much a network's neurons have in common:
  /// squared they are on average no less than the variance over 1,000 comparisons (whose own error is 5% for normal estimates, 10% for
  /// skewed ones), and not two and a half times as much where the laws differ. Neurons that are taken as independent (a mutant) have far less.
  @Test(arguments: [(4, 4), (4, 12), (12, 12), (30, 8)]) func errorsAreOfTheRightSize(_ n: Int, _ m: Int) throws {
    for (setting, spread) in [1.0, 1.3, 2].enumerated() {
      // Networks of 6 neurons at N(offset, 0.3²), offset ~ N(0, spread²): differences between networks are normal.
      func meanDistance(_ a: Double, _ b: Double) -> Double {
        (2 / Double.pi * (a * a + b * b + 2 * 0.09)).squareRoot()
      }
      let truth = 2 * meanDistance(1, spread) - meanDistance(1, 1) - meanDistance(spread, spread)
      let found = try parallelMap(1000, threads: 2) { index -> CloudDistance in
        var stream = try RandomStream(StreamKey(seed: UInt64(400 + setting), chain: index, purpose: .testing))
        return try EnergyDistance.compare(
          try Self.offsets(n, 1, &stream), try Self.offsets(m, spread, &stream), permutations: 20, threads: 1,
          using: &stream)
      }
      let moments = RunningMoments(found.map(\.value))
      let claimed = found.reduce(0) { $0 + ($1.standardError ?? 0) * ($1.standardError ?? 0) } / 1000
      // Four standard errors: 6·10⁻⁵ for each of 12.
      #expect(abs(moments.mean - truth) < 4 * (moments.variance / 1000).squareRoot(), "\(moments.mean), \(truth)")
      #expect(claimed > 0.8 * moments.variance, "spread \(spread): \(claimed) for \(moments.variance)")
      if spread == 2, min(n, m) > 4 {
        #expect(claimed < 2.5 * moments.variance, "spread \(spread): \(claimed) for \(moments.variance)")
      }
    }
  }

  @Test func errorsOfNeuronsAreTooSmall() throws {
    let found = try parallelMap(300, threads: 2) { index -> CloudDistance in
      var stream = try RandomStream(StreamKey(seed: 410, chain: index, purpose: .testing))
      return try EnergyDistance.compare(
        try NeuronCloud(independent: Self.offsets(4, 1, &stream).points),
        try NeuronCloud(independent: Self.offsets(4, 2, &stream).points), permutations: 20, threads: 1, using: &stream)
    }
    let claimed = found.reduce(0) { $0 + ($1.standardError ?? 0) * ($1.standardError ?? 0) } / 300
    #expect(claimed < 0.5 * RunningMoments(found.map(\.value)).variance)
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
      try SlicedWasserstein.compare(line, line, permutations: 3, using: &stream)
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
