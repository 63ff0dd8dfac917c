// The given part of low rank of recurrent networks: its vectors, and the eigenvalues that it adds.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct LowRankConnectivityTests {
  static func part(_ overlaps: [Double], size: Double, neurons: Int, seed: UInt64 = 4) throws -> LowRankConnectivity {
    var stream = try RandomStream(StreamKey(seed: seed, chain: 0, purpose: .testing))
    return LowRankConnectivity(overlaps: overlaps, size: size, neurons: neurons, using: &stream)
  }

  @Test(arguments: [
    ([2.0], 1.5, 2), ([-2.25], 1.5, 1), ([3, -1, 0], 2.0, 6), ([0.5, 4, -4], 2.0, 50), ([1e-30], 1e25, 9),
    ([-3], 3.0.squareRoot() * (1 + 1e-15), 1),
  ])
  func vectorsHaveTheirOverlaps(overlaps: [Double], size: Double, neurons: Int) throws {
    let part = try Self.part(overlaps, size: size, neurons: neurons)
    #expect(LowRankConnectivity.directions(overlaps: overlaps, size: size) <= neurons)
    for r in 0..<part.rank {
      for vector in [part.outgoing.row(r), part.selecting.row(r)] {
        let square = vector.reduce(0) { $0 + $1 * $1 } / Double(neurons)
        #expect(abs(square - size * size) < 1e-12 * size * size)
      }
      for s in 0..<part.rank {
        #expect(abs(part.overlaps[r, s] - (r == s ? overlaps[r] : 0)) < 1e-12 * size * size, "\(r), \(s)")
      }
    }
    let found = part.eigenvalues
    let sorted = overlaps.sorted { abs($0) > abs($1) }
    #expect(found.count == overlaps.count)
    for (value, wanted) in zip(found, sorted) {
      #expect(abs(abs(value.real) - abs(wanted)) < 1e-12 * size * size && abs(value.imaginary) < 1e-12 * size * size)
    }
  }

  /// A part that turns: the overlaps of two vectors each are a rotation, whose eigenvalues are a pair.
  @Test func eigenvaluesMayBeAPair() throws {
    let part = LowRankConnectivity(
      outgoing: Matrix([[2, 0, 1], [0, 2, 1]]), selecting: Matrix([[0, 3, 0], [-3, 0, 0]]))
    let values = part.eigenvalues
    #expect(values.count == 2)
    for value in values { #expect(abs(value.real) < 1e-14 && abs(abs(value.imaginary) - 2) < 1e-14) }
    #expect(part.outlierVariance(scale: 0.1) == nil)
  }

  /// Without drawn weights the connectivity is the part: its eigenvalues, and zeros.
  @Test func connectivityWithoutDrawnWeightsIsThePart() throws {
    let network = RecurrentCase(.tanh, overlaps: [1.2, -0.7])
    let zeros = [Double](repeating: 0, count: network.position.count)
    let values = network.density.recurrentEigenvalues(at: zeros).map(\.real).sorted()
    #expect(abs(values[0] + 0.7) < 1e-7 && abs(values[values.count - 1] - 1.2) < 1e-7)
    for value in values.dropFirst().dropLast() { #expect(abs(value) < 1e-7) }
    let figures = RecurrentFigures(network.density, at: zeros, trials: network.batch)
    #expect(figures.effectiveRank <= 4 && figures.effectiveRank > 1)
  }

  /// Where two eigenvalues of the part are alike, two of the network are near them: each is taken once, the nearest first.
  @Test func eachEigenvalueIsTakenOnce() {
    var diagonal = Matrix(rows: 4, columns: 4)
    for (i, value) in [0.1, 1.5, 1.75, -0.2].enumerated() { diagonal[i, i] = value }
    var nearest = [0.0, 0, 0]
    let spectrum = RecurrentSpectrum(neurons: 4)
    for points in [[1.6, 1.6, 1.6], [1.7, 1.5, 0]] {
      _ = diagonal.elements.withUnsafeBufferPointer { weights in
        nearest.withUnsafeMutableBufferPointer {
          spectrum.radius(
            weights.baseAddress!, scale: 1, points: points.map { ($0, 0) }, nearest: $0.baseAddress!)
        }
      }
      let expected = points[1] == 1.6 ? [1.5, 1.75, 0.1] : [1.75, 1.5, 0.1]
      #expect(zip(nearest, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(nearest)")
    }
  }

  /// Mean λ and N Var = |n|²|m|²/N² q²/(λ² − q²), both with corrections of 1/N. A variance of the other scale is three times as large, or as
  /// small. False alarms 1e-5.
  @Test(arguments: [0.5, 1.2]) func outliersAreWhereTheyShouldBe(scale: Double) throws {
    let (neurons, draws) = (60, 500)
    let part = try Self.part([2], size: 1.8, neurons: neurons)
    let architecture = RecurrentArchitecture(
      neurons: neurons, inputChannels: 2, outputChannels: 2, contexts: 2, activation: .tanh, lowRank: part)
    let density = RecurrentDensity(
      architecture: architecture,
      scales: WeightScales(output: 1, input: 1, context: 1, hidden: scale), trials: RecurrentCase.batch(), tightness: 0)
    let seen = RecurrentObservables(density: density)
    let names = seen.variables.flatMap(\.scalarNames)
    let first = try #require(names.firstIndex(of: "outlier[0]"))
    var stream = try RandomStream(StreamKey(seed: 61, chain: 0, purpose: .testing))
    var view = seen.makeWorkspace()
    var values = [Double](repeating: 0, count: names.count)
    var found: [Double] = []
    for _ in 0..<draws {
      let x = density.drawPrior(using: &stream)
      var span = values.mutableSpan
      seen.evaluate(at: x.span, logDensity: 0, into: &span, using: &view)
      found.append(values[first])
    }
    let expected = try #require(part.outlierVariance(scale: scale))
    let size = 1.8 * 1.8
    #expect(abs(expected - size * size * scale * scale / (4 - scale * scale)) < 1e-12 * expected)
    let mean = found.reduce(0, +) / Double(draws)
    let spread = (expected / Double(neurons)).squareRoot()
    #expect(abs(mean - 2) < 4.5 * spread / Double(draws).squareRoot() + 2 * expected / Double(neurons), "\(mean)")
    let variance = found.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(draws - 1) * Double(neurons)
    #expect(abs(variance / expected - 1) < 4.5 * (2 / Double(draws)).squareRoot() + 0.25, "\(variance), \(expected)")
    #expect(part.outlierVariance(scale: 2.1) == nil)
  }

  /// Identities of the drawn weights hold whatever is given, and the rows of the part are there (false alarms 1e-9).
  @Test func predictionsHold() throws {
    let network = RecurrentCase(.tanh, neurons: 8, tightness: 0, overlaps: [2])
    let ensemble = network.ensemble
    let table = try RecurrentReferenceTests.draw(
      ensemble, 6000, seed: 77,
      try #require(ensemble.density().collapsedTrajectoryKernel(stepSize: 0.3, length: .time(upTo: 2))))
    let check = Check(try ensemble.predictions(), against: table, falseAlarmRate: 1e-9)
    #expect(check.failures.isEmpty, "\(check.failures)")
    let names = check.results.map(\.name)
    #expect(names.contains("outlier[0]") && names.contains("outlier_variance_times_n"))
    #expect(!names.contains("real_eigenvalues") && !names.contains("activity_second_moment"))
    #expect(ensemble.theory().leftOut.contains { $0.contains("drives neurons together") })
    let bound = RecurrentCase(.relu, neurons: 8, tightness: 3, overlaps: [0.5]).ensemble
    let other = try RecurrentReferenceTests.draw(
      bound, 6000, seed: 78,
      try #require(bound.density().collapsedTrajectoryKernel(stepSize: 0.15, length: .time(upTo: 1.5))))
    let second = Check(try bound.predictions(), against: other, falseAlarmRate: 1e-9)
    #expect(second.failures.isEmpty, "\(second.failures)")
    #expect(second.results.contains { $0.name.hasPrefix("balance") && $0.status == .exact })
  }
}
