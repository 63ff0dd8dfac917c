// The standard deviations that theory gives single draws of the product ensemble, in closed form and against draws.

import Foundation
import Sampling
import Testing

@testable import Networks

extension Prediction.Quantity {
  /// Whether its series is one of batch means instead of draws.
  fileprivate var isBatched: Bool { if case .streaming = self { true } else { false } }
}

@Suite struct DrawDeviationTests {
  static let correlated = Matrix([[1, 0.6], [0.6, 2]])
  /// A sum of several kinds of gains, none of them binary.
  static let continuousGains = Matrix([[0.2, 1.5], [1, 0], [0.7, 0.7], [1.5, -0.3], [0.2, 1.5]])

  static func deviations(_ solution: MaxEntropySolution, neurons: Int) throws -> [String: Double] {
    let list = try Prediction.product(NeuronLaw(solution), neurons: neurons)
    return Dictionary(uniqueKeysWithValues: list.map { ($0.name, $0.deviation!) })
  }

  static func solution(
    contexts: Int, scale: Double = 1, activeProbability: Double = 0.3, covariance: Matrix? = nil,
    method: PatternMethod = .automatic
  ) throws -> MaxEntropySolution {
    let task = try LearningTask(target: Matrix.identity(contexts).rowArrays.map { $0.map { scale * scale * $0 } })
    return try MaxEntropyProblem(
      task: task, activeProbability: activeProbability, outputScale: scale, inputScale: scale,
      stimulusCovariance: covariance
    ).solve(method: method)
  }

  /// Two contexts, ten neurons: computed apart from this program.
  @Test func varianceOfTheLossIsTheReference() throws {
    let deviation = try Self.deviations(Self.solution(contexts: 2, activeProbability: 0.5), neurons: 10)["N*loss"]!
    #expect(abs(deviation * deviation / 100 - 1.724937) < 1e-6)
  }

  /// Rare gains, a general target and covariance, one feature and three, given gains: √(mean square) of draws about the
  /// expected value, within five standard errors of its square.
  @Test(arguments: 0..<7) func drawsSpreadAsTheorySays(number: Int) throws {
    let given = { (gains: Matrix, target: [[Double]]) in
      try GainModulatedLinearEnsemble(
        task: LearningTask(target: target), neurons: gains.rows, ensemble: .product, convention: .prior,
        outputScale: 1, inputScale: 1, gains: .given(gains), stimulusCovariance: Self.correlated)
    }
    let ensemble =
      switch number {
      case 0: try ProductSourceTests.ensemble(neurons: 5)
      case 1: try ProductSourceTests.ensemble(neurons: 3, convention: .moment, scale: 1.5, covariance: Self.correlated)
      case 2:
        try ProductSourceTests.ensemble(target: [[1, 0.5, 0], [0, -0.3, 2]], neurons: 4, activeProbability: 0.3)
      case 3: try ProductSourceTests.ensemble(target: [[0.7], [0.7]], neurons: 2, activeProbability: 1)
      case 4: try ProductSourceTests.ensemble(neurons: 1, activeProbability: 0.2, covariance: Self.correlated)
      case 5: try given(Self.continuousGains, [[1, 0.2], [0, -0.4]])
      default: try given(Matrix([[1, 0], [1, 0], [1, 1], [0, 0]]), [[0.5, 0], [0, 0.3]])
      }
    let table = try drawTable(chains: 1, draws: 20_000) { try ProductSourceTests.source(ensemble, chain: $0) }
    var tested = 0
    for prediction in try ensemble.predictions() {
      guard let deviation = prediction.deviation, !prediction.quantity.isBatched else { continue }
      let squares = table.series(prediction.quantity)![0].map { pow($0 - prediction.expected, 2) }
      let moments = RunningMoments(squares)
      let error = moments.standardDeviation / Double(squares.count).squareRoot()
      #expect(abs(moments.mean - deviation * deviation) < 5 * error, "\(prediction.name) \(deviation)")
      tested += 1
    }
    #expect(tested >= 5)
  }

  /// Streaming averages keep their mean squares.
  @Test(arguments: [false, true]) func populationMomentsSpreadAsTheorySays(isGiven: Bool) throws {
    let ensemble = GainModulatedLinearEnsemble(
      task: try LearningTask(target: [[1, 0.2], [0, -0.4]]), neurons: 5, ensemble: .product, convention: .prior,
      outputScale: 1, inputScale: 1,
      gains: isGiven ? .given(Self.continuousGains) : .independent(activeProbability: 0.3),
      stimulusCovariance: .identity(2))
    let table = try drawTable(chains: 1, draws: 20_000) { try ProductSourceTests.source(ensemble, chain: $0) }
    var tested = 0
    for prediction in try ensemble.predictions() where prediction.quantity.isBatched {
      let series = table.series(prediction.quantity)!
      let spread = table.standardDeviation(prediction.quantity, series: series)
      // Heavy tails: a sixth moment's worth of noise.
      #expect(abs(spread / prediction.deviation! - 1) < 0.15, "\(prediction.name) \(spread) \(prediction.deviation!)")
      tested += 1
    }
    #expect(tested >= 12)
  }

  /// The mean size of a contribution to the readout, over independent neurons.
  @Test func sizeIsTheMeanAbsoluteContribution() throws {
    let solution = try Self.solution(contexts: 3)
    let law = NeuronLaw(solution)
    var chunk = law.makeChunk(neurons: 40_000)
    var stream = try RandomStream(StreamKey(seed: 5, chain: 0, purpose: .exactDraws))
    law.draw(into: &chunk, using: &stream)
    let size = ProductPrediction.readoutSize(solution)
    for (c, d) in [(0, 0), (0, 2), (2, 1)] {
      let n = chunk.neurons
      let moments = RunningMoments(
        (0..<n).map { abs(chunk.outputWeight[$0] * chunk.gain[c * n + $0] * chunk.inputWeights[d * n + $0]) })
      #expect(abs(moments.mean - size[c, d]) < 5 * moments.standardDeviation / Double(n).squareRoot())
    }
  }

  /// The reduction by symmetry is the sum over all patterns.
  @Test(arguments: [2, 3, 4, 7]) func symmetricReductionAgreesWithEnumeration(contexts: Int) throws {
    for activeProbability in [0.5, 0.1, 1e-3] {
      let reduced = try Self.solution(contexts: contexts, activeProbability: activeProbability)
      let summed = try Self.solution(contexts: contexts, activeProbability: activeProbability, method: .enumeration)
      let sizes = (ProductPrediction.readoutSize(reduced), ProductPrediction.readoutSize(summed))
      for (a, b) in zip(sizes.0.elements, sizes.1.elements) { #expect(abs(a / b - 1) < 1e-6) }
      for neurons in [1, 30] {
        let other = try Self.deviations(summed, neurons: neurons)
        for (name, value) in try Self.deviations(reduced, neurons: neurons) where other[name] != nil {
          #expect(abs(value / other[name]! - 1) < 1e-6, "\(name)")
        }
      }
    }
  }

  /// Where the covariance of the readout is left out, its place is taken by a bound; by the exact sum where contexts are alike.
  @Test func manyContextsNeedNoEnumeration() throws {
    let start = ContinuousClock.now
    let few = try Self.solution(contexts: 6, covariance: Matrix.identity(6))
    let exact = LossFluctuation(few, ProductPrediction(few)!).deviationTimesN(neurons: 20)
    var stretched = Matrix.identity(6)
    stretched[5, 5] = 1 + 1e-9
    let nearly = try Self.solution(contexts: 6, covariance: stretched)
    #expect(abs(LossFluctuation(nearly, ProductPrediction(nearly)!).deviationTimesN(neurons: 20) / exact - 1) < 1e-6)
    let many = try Self.solution(contexts: 300, activeProbability: 0.5)
    let prediction = try #require(ProductPrediction(many))
    let deviation = LossFluctuation(many, prediction).deviationTimesN(neurons: 100)
    #expect(deviation > 0 && deviation < prediction.lossTimesN)
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  /// Deviations and sizes scale as the quantities that they belong to.
  @Test(arguments: [1e-30, 1e-9, 1e30]) func unitsDropOut(scale: Double) throws {
    let list = try Prediction.product(NeuronLaw(Self.solution(contexts: 2)), neurons: 7)
    let rescaled = try Prediction.product(NeuronLaw(Self.solution(contexts: 2, scale: scale)), neurons: 7)
    #expect(list.count == rescaled.count)
    for (a, b) in zip(list, rescaled) {
      let unit = a.size / b.size
      #expect(abs(unit * b.deviation! / a.deviation! - 1) < 1e-6, "\(a.name)")
    }
  }
}
