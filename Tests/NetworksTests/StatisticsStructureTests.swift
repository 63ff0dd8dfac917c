// Populations in clouds: what is planted is found, what is not there is not.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct StatisticsStructureTests {
  /// Neurons around `centres`, with standard deviation `spread`, `each` at a centre.
  static func clusters(
    _ centres: [[Double]], each: Int, spread: Double, using stream: inout RandomStream
  ) -> Matrix {
    Matrix(centres.flatMap { centre in (0..<each).map { _ in centre.map { $0 + spread * stream.standardNormal() } } })
  }

  static func gaussian(_ count: Int, scales: [Double], using stream: inout RandomStream) -> Matrix {
    clusters([scales.map { _ in 0 }], each: count, spread: 1, using: &stream).rowArrays.withScales(scales)
  }

  @Test func kMeansByHand() throws {
    var stream = try RandomStream(StreamKey(seed: 40, chain: 0, purpose: .testing))
    let points = Matrix([[0, 0], [0, 1], [10, 0], [10, 1], [5, 20]])
    let fit = try KMeans(points, clusters: 3, using: &stream)
    #expect(abs(fit.withinSquares - 1) < 1e-12)
    #expect(fit.labels[0] == fit.labels[1] && fit.labels[2] == fit.labels[3] && Set(fit.labels).count == 3)
    // a = 1, b of each pair point: mean distance to the nearer other cluster; the lone point counts 0.
    let far = ((0.0 + 100).squareRoot() + 101.0.squareRoot()) / 2
    let expected = 4 * (far - 1) / far / 5
    #expect(abs(try #require(fit.silhouette(points)) - expected) < 1e-12)
    #expect(try KMeans(points, clusters: 1, using: &stream).silhouette(points) == nil)
    #expect(throws: StatisticsError.self) { try KMeans(points, clusters: 6, using: &stream) }
    // Fewer different points than clusters.
    let twice = try KMeans(Matrix([[1], [1], [2]]), clusters: 3, using: &stream)
    #expect(twice.withinSquares == 0)
  }

  /// Three planted clusters are found by gap and silhouette; one Gaussian or uniform cloud is found to be one by the gap.
  @Test func clustersAreCounted() throws {
    var stream = try RandomStream(StreamKey(seed: 41, chain: 0, purpose: .testing))
    let three = Self.clusters([[0, 0], [4, 0], [0, 4]], each: 40, spread: 0.5, using: &stream)
    let found = try ClusterCount(three, maximum: 6, using: &stream)
    #expect(found.byGap == 3 && found.bySilhouette == 3)
    var one = 0
    for _ in 0..<20 {
      let cloud = Self.gaussian(100, scales: [1, 2], using: &stream)
      one += try ClusterCount(cloud, maximum: 3, starts: 3, using: &stream).byGap == 1 ? 1 : 0
    }
    #expect(one >= 18, "\(one) of 20")
  }

  /// The gain vectors of a product ensemble: every pattern is a cluster without spread, 2^K in all.
  @Test func gainPatternsAreClusters() throws {
    var stream = try RandomStream(StreamKey(seed: 42, chain: 0, purpose: .testing))
    for contexts in [2, 3] {
      let law = NeuronLaw(try MaxEntropyProblem(task: .inputSelection(contexts: contexts)).solve())
      var network = law.makeChunk(neurons: 300)
      law.draw(into: &network, using: &stream)
      let found = try ClusterCount(network.gainCloud, maximum: 1 << contexts, references: 10, using: &stream)
      #expect(found.byGap == 1 << contexts && found.bySilhouette == 1 << contexts)
      #expect(found.candidates.last?.gap == .infinity)
    }
  }

  /// Gaussian clouds of any covariance: p ≤ 0.05 in at most 14 of 100 (10⁻⁴ for a rate of 5%), for both variants.
  @Test func pairsOfGaussianCloudsAreNotSignificant() throws {
    var stream = try RandomStream(StreamKey(seed: 43, chain: 0, purpose: .testing))
    var alarms = (whitened: 0, elliptical: 0)
    var values: [Double] = []
    for _ in 0..<100 {
      let cloud = Self.gaussian(60, scales: [1, 3, 0.5], using: &stream)
      let whitened = try EllipticalPairs(cloud, variant: .whitened, nulls: 99, using: &stream)
      alarms.whitened += whitened.pValue <= 0.05 ? 1 : 0
      values.append(whitened.pValue)
      let elliptical = try EllipticalPairs(cloud, variant: .elliptical, nulls: 99, using: &stream)
      alarms.elliptical += elliptical.pValue <= 0.05 ? 1 : 0
    }
    #expect(alarms.whitened <= 14 && alarms.elliptical <= 14, "\(alarms)")
    // The test is not always silent: the p-values are spread over (0, 1).
    let mean = values.reduce(0, +) / 100
    #expect(mean > 0.35 && mean < 0.65, "\(mean)")
  }

  /// Neurons along four directions: both variants see them, with a positive effect.
  @Test func pairsOfPlantedDirectionsAreSignificant() throws {
    var stream = try RandomStream(StreamKey(seed: 44, chain: 0, purpose: .testing))
    let planted = Self.clusters(
      [[2, 0, 0], [0, 2, 0], [0, 0, 2], [-2, -2, -2]], each: 25, spread: 0.3, using: &stream)
    for variant in [EllipticalPairs.Variant.whitened, .elliptical] {
      let test = try EllipticalPairs(planted, variant: variant, nulls: 199, using: &stream)
      #expect(test.effect > 0.2 && test.pValue <= 0.01, "\(variant): \(test.effect), \(test.pValue)")
      #expect(test.angles.count == 100)
    }
    // Evenly spread directions are too regular: no clusters, which only the two-sided variant reports.
    let circle = directions(40)
    let even = try EllipticalPairs(circle, variant: .elliptical, nulls: 199, using: &stream)
    #expect(even.effect < 0 && even.pValue <= 0.01)
    #expect(try EllipticalPairs(circle, variant: .whitened, nulls: 199, using: &stream).pValue > 0.9)
    #expect(throws: StatisticsError.self) { try EllipticalPairs(Matrix([[1], [2]]), using: &stream) }
    #expect(throws: StatisticsError.self) {
      try EllipticalPairs(Matrix((0..<9).map { [Double($0), 2 * Double($0)] }), using: &stream)
    }
  }

  /// The angles of variant A by hand: the arc cosine of the mean cosine to three neighbours, after whitening.
  @Test func anglesByHand() throws {
    var stream = try RandomStream(StreamKey(seed: 45, chain: 0, purpose: .testing))
    // Eight directions 45 degrees apart, already white: neighbours at 45, 45 and 90 degrees.
    let star = directions(8)
    let test = try EllipticalPairs(star, nulls: 19, using: &stream)
    let expected = acos(2 * cos(Double.pi / 4) / 3)
    #expect(test.angles.allSatisfy { abs($0 - expected) < 1e-9 })
  }

  /// Zero-mean populations that differ in the sign of a correlation: two are found, with their covariances; redrawn neurons have
  /// them too; one population is found in one Gaussian.
  @Test func mixtureOfCovariances() throws {
    var stream = try RandomStream(StreamKey(seed: 46, chain: 0, purpose: .testing))
    let rho = 0.95
    let points = Matrix(
      (0..<1200).map { i in
        let w = stream.standardNormal()
        let sign = i < 800 ? 1.0 : -1
        return [w, sign * rho * w + (1 - rho * rho).squareRoot() * stream.standardNormal()]
      })
    let (fits, found) = try GaussianMixture.selecting(points, maximum: 3, means: .zero, using: &stream)
    #expect(found == 2)
    let mixture = fits[1]
    let truth = zip(mixture.components, [1.0, -1])
    for (component, sign) in truth {
      #expect(abs(component.weight - (sign > 0 ? 2.0 / 3 : 1.0 / 3)) < 0.06)
      #expect(abs(component.covariance[0, 1] - sign * rho) < 0.15 && component.mean == [0, 0])
    }
    let redrawn = mixture.redraw(using: &stream)
    var products = MeanOfProducts()
    for i in 0..<1200 where mixture.labels[i] == 0 { products.add(redrawn[i, 0] * redrawn[i, 1]) }
    #expect(abs(products.z(mixture.components[0].covariance[0, 1])) < 5)
    // The likelihood of one component is that of the Gaussian with the sample's moments.
    var moments = Matrix(rows: 2, columns: 2)
    for i in 0..<1200 { for a in 0..<2 { for b in 0..<2 { moments[a, b] += points[i, a] * points[i, b] / 1200 } } }
    let logDeterminant = try Cholesky(moments).logDeterminant
    let expected = -600 * (2 * log(2 * Double.pi) + logDeterminant + 2)
    #expect(abs(fits[0].logLikelihood - expected) < 0.01)
    #expect(abs(fits[0].bic - (-2 * fits[0].logLikelihood + 3 * log(1200))) < 1e-9)
    let single = Self.gaussian(400, scales: [1, 0.3], using: &stream)
    #expect(try GaussianMixture.selecting(single, maximum: 3, means: .zero, using: &stream).byBIC == 1)
  }

  /// Free means: planted clusters are found; the labels are the clusters.
  @Test func mixtureOfMeans() throws {
    var stream = try RandomStream(StreamKey(seed: 47, chain: 0, purpose: .testing))
    let points = Self.clusters([[0, 0], [5, 0], [0, 5]], each: 60, spread: 1, using: &stream)
    let (fits, found) = try GaussianMixture.selecting(points, maximum: 4, using: &stream)
    #expect(found == 3)
    for start in [0, 60, 120] {
      let own = fits[2].labels[start..<start + 60]
      #expect(own.count { $0 == own[own.startIndex] } >= 57)
    }
    #expect(throws: StatisticsError.self) { try GaussianMixture(points, components: 61, using: &stream) }
    #expect(throws: StatisticsError.self) {
      try GaussianMixture(Matrix(rows: 9, columns: 1, repeating: 2), components: 1, using: &stream)
    }
  }

  /// The resampling test on maximum-entropy neurons: redrawn from 2^K zero-mean populations per pattern they keep the readout,
  /// redrawn from one Gaussian of (w, m) with the gains shuffled away from their weights they lose it.
  @Test func resamplingKeepsTheTaskOnlyWithPopulations() throws {
    var stream = try RandomStream(StreamKey(seed: 48, chain: 0, purpose: .testing))
    let law = NeuronLaw(
      try MaxEntropyProblem(task: .inputSelection(contexts: 2), outputScale: 0.5, inputScale: 0.5).solve())
    var network = law.makeChunk(neurons: 3000)
    law.draw(into: &network, using: &stream)
    func readout(_ cloud: Matrix) -> Matrix {
      var result = Matrix(rows: 2, columns: 2)
      for i in 0..<3000 {
        for c in 0..<2 {
          for d in 0..<2 { result[c, d] += cloud[i, 0] * network.gain[c * 3000 + i] * cloud[i, 1 + d] / 3000 }
        }
      }
      return result
    }
    let one = try GaussianMixture(network.weightCloud, components: 1, means: .zero, using: &stream)
    let many = try GaussianMixture(network.weightCloud, components: 4, means: .zero, using: &stream)
    let target = Matrix.identity(2)
    let (lost, kept) = (one.redraw(using: &stream), many.redraw(using: &stream))
    #expect((readout(network.weightCloud) - target).squaredNorm < 0.05)
    #expect((readout(lost) - target).squaredNorm > 0.3)
    #expect((readout(kept) - target).squaredNorm < 0.12)
  }
}

/// Evenly spread directions in the plane.
private func directions(_ count: Int) -> Matrix {
  var points = Matrix(rows: count, columns: 2)
  for i in 0..<count {
    let angle = 2 * Double.pi * Double(i) / Double(count)
    points[i, 0] = 3 * cos(angle)
    points[i, 1] = 3 * sin(angle)
  }
  return points
}

extension [[Double]] {
  fileprivate func withScales(_ scales: [Double]) -> Matrix { Matrix(map { zip($0, scales).map(*) }) }
}

/// The mean of some numbers and its standard error.
private struct MeanOfProducts {
  private var moments = RunningMoments()
  mutating func add(_ value: Double) { moments.add(value) }
  func z(_ expected: Double) -> Double {
    (moments.mean - expected) / (moments.standardDeviation / Double(moments.count).squareRoot())
  }
}
