// Exact product-ensemble predictions against networks drawn neuron by neuron.

import Foundation
import Sampling
import Testing

@testable import Networks

/// The mean of some numbers and its standard error.
struct SampleMean {
  var sum = 0.0
  var squares = 0.0
  var count = 0.0
  mutating func add(_ value: Double) {
    sum += value
    squares += value * value
    count += 1
  }
  var mean: Double { sum / count }
  var standardError: Double { ((squares / count - mean * mean) / (count - 1)).squareRoot() }
  func z(_ expected: Double) -> Double { (mean - expected) / standardError }
}

@Suite struct ExactProductTests {
  /// All z-scores of this suite (fewer than 200) stay below 5.5: a false alarm has probability below 200 · 4·10⁻⁸ ≈ 10⁻⁵.
  static let largestZ = 5.5

  @Test(arguments: [WeightConvention.prior, .moment]) func networksMatch(convention: WeightConvention) throws {
    let covariance = Matrix([[1, 0.4, 0], [0.4, 2, 0.3], [0, 0.3, 0.6]])
    let target = Matrix([[1, 0.5, 0], [0, 1, -0.5]])
    let problem = try MaxEntropyProblem(
      task: LearningTask(target: target), activeProbability: 0.4, convention: convention, outputScale: 1.6,
      inputScale: 1.3, stimulusCovariance: covariance)
    let solution = try problem.solve()
    let law = NeuronLaw(solution)
    let prediction = try #require(ProductPrediction(solution))
    let spread = try #require(prediction.readoutCovarianceTimesN)
    var stream = try RandomStream(StreamKey(seed: 20, chain: 0, purpose: .testing))
    let neurons = 5
    var chunk = law.makeChunk(neurons: neurons)
    var loss = SampleMean()
    var output = SampleMean()
    var outputSquare = SampleMean()
    var input = SampleMean()
    var inputSquare = SampleMean()
    var readout = [SampleMean](repeating: SampleMean(), count: 6)
    var products = [SampleMean](repeating: SampleMean(), count: 36)
    for _ in 0..<200_000 {
      law.draw(into: &chunk, using: &stream)
      var error = [Double](repeating: 0, count: 6)
      var w2 = 0.0
      var m2 = 0.0
      for i in 0..<neurons {
        w2 += chunk.outputWeight[i] * chunk.outputWeight[i] / Double(neurons)
        for d in 0..<3 {
          let m = chunk.inputWeights[d * neurons + i]
          m2 += m * m / Double(neurons)
          for c in 0..<2 {
            error[c * 3 + d] += chunk.outputWeight[i] * chunk.gain[c * neurons + i] * m / Double(neurons)
          }
        }
      }
      for i in 0..<6 { error[i] -= target.elements[i] }
      var value = 0.0
      for c in 0..<2 {
        for d in 0..<3 { for e in 0..<3 { value += 0.5 * covariance[d, e] * error[c * 3 + d] * error[c * 3 + e] } }
      }
      loss.add(value)
      output.add(w2)
      outputSquare.add(pow(w2 - prediction.outputSecondMoment.mean, 2))
      input.add(m2)
      inputSquare.add(pow(m2 - prediction.inputSecondMoment.mean, 2))
      for i in 0..<6 {
        readout[i].add(error[i])
        for j in i..<6 { products[i * 6 + j].add(error[i] * error[j]) }
      }
    }
    #expect(abs(loss.z(prediction.loss(neurons: neurons))) < Self.largestZ)
    #expect(loss.standardError < 0.01 * loss.mean)
    #expect(abs(output.z(prediction.outputSecondMoment.mean)) < Self.largestZ)
    #expect(abs(input.z(prediction.inputSecondMoment.mean)) < Self.largestZ)
    #expect(abs(outputSquare.z(pow(prediction.outputSecondMoment.deviation(neurons: neurons), 2))) < Self.largestZ)
    #expect(abs(inputSquare.z(pow(prediction.inputSecondMoment.deviation(neurons: neurons), 2))) < Self.largestZ)
    for i in 0..<6 {
      #expect(abs(readout[i].z(0)) < Self.largestZ)
      for j in i..<6 { #expect(abs(products[i * 6 + j].z(spread[i, j] / Double(neurons))) < Self.largestZ) }
    }
  }

  /// Weights and covariances of every population, enumerated and by the symmetric reduction.
  @Test(arguments: [PatternMethod.automatic, .enumeration]) func populationsMatch(method: PatternMethod) throws {
    let solution = try MaxEntropyProblem(task: .inputSelection(contexts: 2), activeProbability: 0.6).solve(
      method: method)
    let law = NeuronLaw(solution)
    var stream = try RandomStream(StreamKey(seed: 21, chain: 0, purpose: .testing))
    let neurons = 400_000
    var chunk = law.makeChunk(neurons: neurons)
    law.draw(into: &chunk, using: &stream)
    for index in 0..<4 {
      let pattern = GainPattern(index: index, contexts: 2)
      let expected = try law.moments(of: pattern)
      var weight = SampleMean()
      var w2 = SampleMean()
      var cross = [SampleMean(), SampleMean()]
      var m = [SampleMean(), SampleMean(), SampleMean()]
      for i in 0..<neurons {
        let own = (0..<2).allSatisfy { (chunk.gain[$0 * neurons + i] == 1) == pattern.isActive(in: $0) }
        weight.add(own ? 1 : 0)
        guard own else { continue }
        let w = chunk.outputWeight[i]
        let first = chunk.inputWeights[i]
        let second = chunk.inputWeights[neurons + i]
        w2.add(w * w)
        cross[0].add(w * first)
        cross[1].add(w * second)
        m[0].add(first * first)
        m[1].add(first * second)
        m[2].add(second * second)
      }
      #expect(abs(weight.z(expected.weight)) < Self.largestZ)
      #expect(abs(w2.z(expected.outputVariance)) < Self.largestZ)
      for d in 0..<2 { #expect(abs(cross[d].z(expected.covariance[d])) < Self.largestZ) }
      for (index, (d, e)) in [(0, 0), (0, 1), (1, 1)].enumerated() {
        #expect(abs(m[index].z(expected.inputCovariance[d, e])) < Self.largestZ)
      }
    }
  }

  /// Uniform subsets: with 40 contexts the readout of a large network is on target, entry by entry.
  @Test func manyContexts() throws {
    let solution = try MaxEntropyProblem(task: .inputSelection(contexts: 40), outputScale: 2, inputScale: 2).solve()
    let law = NeuronLaw(solution)
    let prediction = try #require(ProductPrediction(solution))
    #expect(prediction.readoutCovarianceTimesN == nil)
    var stream = try RandomStream(StreamKey(seed: 22, chain: 0, purpose: .testing))
    let neurons = 20_000
    var chunk = law.makeChunk(neurons: neurons)
    law.draw(into: &chunk, using: &stream)
    for c in [0, 1, 17, 39] {
      for d in [0, 1, 17, 38, 39] {
        var product = SampleMean()
        for i in 0..<neurons {
          product.add(
            chunk.outputWeight[i] * chunk.gain[c * neurons + i] * chunk.inputWeights[d * neurons + i])
        }
        let deviation = (prediction.readoutVarianceTimesN[c, d] / Double(neurons)).squareRoot()
        #expect(abs(product.mean - (c == d ? 1 : 0)) < Self.largestZ * deviation)
        #expect(abs(product.standardError / deviation - 1) < 0.15)
      }
    }
  }

  /// Variances without the full covariance agree with its diagonal.
  @Test func varianceByBothRoutes() throws {
    for target in [Matrix.identity(5), genericTarget(5, 3)] {
      let solution = try MaxEntropyProblem(task: LearningTask(target: target), activeProbability: 0.3).solve()
      let prediction = try #require(ProductPrediction(solution))
      let direct = ProductPrediction.variance(
        solution, root: (solution.outputPrecision * solution.inputPrecision).squareRoot())
      #expect(agree(direct.elements, prediction.readoutVarianceTimesN.elements, 1e-9))
      #expect(agree(0.5 * direct.elements.reduce(0, +), prediction.lossTimesN, 1e-9))
    }
  }
}
