// What is said of the shape of drawn recurrent networks, against definitions and networks that are known.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite struct RecurrentFiguresTests {
  /// The same network with its neurons in another order, some of them turned.
  private static func shuffled(_ network: RecurrentCase, order: [Int], turned: Set<Int> = []) -> [Double] {
    let n = network.architecture.neurons
    var result = network.position
    func sign(_ i: Int) -> Double { turned.contains(i) ? -1 : 1 }
    for block in network.density.layout.blocks {
      for row in 0..<block.shape[0] {
        for i in 0..<n {
          let isRecurrent = block.name == "recurrent_weights"
          let from = isRecurrent ? order[row] : row
          let value = network.position[block.offset + from * n + order[i]] * sign(i)
          result[block.offset + row * n + i] = isRecurrent ? value * sign(row) : value
        }
      }
    }
    return result
  }

  @Test func shuffledNetworksAreTheSame() throws {
    let network = RecurrentCase(.tanh, neurons: 9)
    let order = [3, 0, 8, 1, 2, 7, 5, 4, 6]
    let other = Self.shuffled(network, order: order, turned: [1, 4])
    let before = network.density.outputs(at: network.position.span, trials: network.batch)
    let after = network.density.outputs(at: other.span, trials: network.batch)
    for (x, y) in zip(before, after) { #expect(abs(x - y) < 1e-12) }
    let overlap = try RecurrentOverlap(network.position, other, of: network.density)
    #expect(abs(overlap.outer - 1) < 1e-12 && abs(overlap.recurrent - 1) < 1e-12)
    #expect(overlap.unmatchedOuter < 0.9 && overlap.unmatchedRecurrent < 0.9)
    // Without the symmetry of odd neurons turned ones are others.
    let relu = RecurrentCase(.relu, neurons: 9)
    let plain = try RecurrentOverlap(relu.position, Self.shuffled(relu, order: order), of: relu.density)
    #expect(abs(plain.outer - 1) < 1e-12 && abs(plain.recurrent - 1) < 1e-12)
    let independent = RecurrentCase(.tanh, neurons: 9, seed: 77)
    let apart = try RecurrentOverlap(network.position, independent.position, of: network.density)
    #expect(apart.outer < 0.95 && abs(apart.recurrent) < 0.5)
  }

  @Test func ranksAndDimensionsAreTheirDefinitions() throws {
    let network = RecurrentCase(.relu, neurons: 5)
    let figures = RecurrentFigures(network.density, at: network.position, trials: network.batch)
    let first = network.density.layout["recurrent_weights"]!.offset
    let j = Matrix(rows: 5, columns: 5, elements: Array(network.position[first..<first + 25]))
    func ratio(_ covariance: Matrix) throws -> Double {
      let values = try SymmetricEigen(covariance).values
      let sum = values.reduce(0, +)
      return sum * sum / values.reduce(0) { $0 + $1 * $1 }
    }
    #expect(abs(figures.effectiveRank - (try ratio(j.transposed * j))) < 1e-10)
    let rows = Matrix(network.naive.activities.flatMap { $0 })
    #expect(abs(figures.trajectoryDimension - (try PrincipalAxes(rows).participationRatio)) < 1e-10)
    let outputs = network.density.outputs(at: network.position.span, trials: network.batch)
    #expect(figures.performance == TrialPerformance(outputs: outputs, of: network.batch))
    // Shares of neurons that are on for more than half of a context's steps.
    var shares = [Double](repeating: 0, count: 4)
    for i in 0..<5 {
      let active = (0..<2).map { c -> Bool in
        let own = (0..<network.batch.trials).filter { network.batch.contextOfTrial[$0] == c }
        let on = own.reduce(0) { $0 + network.naive.activities[$1].count { $0[i] > 0 } }
        return 2 * on > own.count * network.batch.times
      }
      shares[(active[0] ? 2 : 0) + (active[1] ? 1 : 0)] += 0.2
    }
    let found = try #require(figures.populations)
    for (x, y) in zip(found, shares) { #expect(abs(x - y) < 1e-12) }
    #expect(
      RecurrentFigures(RecurrentCase(.quadratic).density, at: RecurrentCase(.quadratic).position, trials: network.batch)
        .populations == nil)
  }

  /// Long trials are run some at a time: how many makes no difference but that of rounding.
  @Test(arguments: [1, 40, 90]) func slicesOfTrialsAreTheWhole(slice: Int) throws {
    let batch = RecurrentCase.batch(channels: 2, trials: 7, times: 3)
    let network = RecurrentCase(.erf, neurons: 6)
    let whole = RecurrentFigures(network.density, at: network.position, trials: network.batch)
    let parts = RecurrentFigures(network.density, at: network.position, trials: network.batch, slice: slice)
    #expect(parts.performance == whole.performance && parts.populations == whole.populations)
    #expect(parts.effectiveRank == whole.effectiveRank)
    #expect(abs(parts.trajectoryDimension / whole.trajectoryDimension - 1) < 1e-12)
    #expect(batch.slices(of: 3).map(\.trials) == [3, 3, 1] && batch.slices(of: 7) == [batch])
    #expect(batch.slices(of: 3).flatMap(\.inputs) == batch.inputs)
  }

  /// A network whose neurons never fire has no dimensions, and one without connections no rank.
  @Test func deadNetworksHaveNoDimensions() {
    let network = RecurrentCase(.relu, neurons: 5)
    let zeros = [Double](repeating: 0, count: network.position.count)
    let figures = RecurrentFigures(network.density, at: zeros, trials: network.batch)
    #expect(figures.trajectoryDimension == 0 && figures.effectiveRank == 0)
  }

  @Test func explodingNetworksAreRefused() throws {
    let batch = RecurrentCase.batch(channels: 1, trials: 2, times: 40)
    let ensemble = RecurrentEnsemble(
      architecture: RecurrentArchitecture(for: batch, neurons: 5, activation: .linear),
      scales: WeightScales(hidden: 1e9), trials: batch, tightness: 1)
    var stream = try RandomStream(StreamKey(seed: 4, chain: 0, purpose: .testing))
    let error = #expect(throws: RecurrentEnsembleError.self) { try ensemble.requireFiniteTrajectories(using: &stream) }
    #expect(error?.description.contains("weights.recurrent") == true)
    try RecurrentCase(.tanh).ensemble.requireFiniteTrajectories(using: &stream)
  }
}
