// The Fourier integral for a few contexts and one feature against the mixture, simulation, and the slope of the evidence.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct ExactGibbsContourTests {
  static func problem(contexts: Int, tightness: Double, activeProbability: Double = 0.4) throws -> MaxEntropyProblem {
    try MaxEntropyProblem(
      task: LearningTask(target: [[0.7], [-0.3], [0.4], [0.1]].prefix(contexts).map { $0 }),
      activeProbability: activeProbability, outputScale: 1.2, inputScale: 0.9, ensemble: .gibbs(tightness: tightness),
      stimulusCovariance: Matrix([[1.3]]))
  }

  /// One and two contexts have another exact route, by positive integrals over squared weights.
  @Test(arguments: [(1, 10.0, 10), (1, 1, 3), (2, 2, 5), (2, 10, 40), (2, 10, 4)])
  func sameAsTheMixture(contexts: Int, tightness: Double, neurons: Int) throws {
    let problem = try Self.problem(contexts: contexts, tightness: tightness)
    let contour = try #require(try GibbsContour(problem, neurons: neurons)).predict()
    let mixture = try #require(try GibbsPrediction(problem, neurons: neurons))
    let tolerance = 1e-10 + 2 * (contour.relativeError + mixture.relativeError)
    #expect(tolerance < 1e-4)
    #expect(agree(contour.loss, mixture.loss, tolerance))
    #expect(agree(contour.outputSecondMoment, mixture.outputSecondMoment, tolerance))
    #expect(agree(contour.inputSecondMoment, mixture.inputSecondMoment, tolerance))
    #expect(agree(contour.readout.elements, mixture.readout.elements, tolerance))
    #expect(try agree(#require(contour.patternWeights), #require(mixture.patternWeights), tolerance))
    #expect(
      try agree(
        #require(contour.readoutCovariance).elements, #require(mixture.readoutCovariance).elements, 10 * tolerance))
    #expect(
      abs(contour.logEvidence - mixture.logEvidence) < 2 * (contour.logEvidenceError + mixture.logEvidenceError))
  }

  /// Importance sampling from the prior: fewer than 60 z-scores below 5.5, false alarms below 3·10⁻⁶.
  @Test(arguments: [(3, 3, 1.5), (4, 5, 0.4)])
  func importanceSampling(contexts: Int, neurons: Int, tightness: Double) throws {
    let problem = try Self.problem(contexts: contexts, tightness: tightness)
    let exact = try #require(try GibbsPrediction(problem, neurons: neurons))
    #expect(exact.relativeError < 1e-4 && exact.logEvidenceError < 1e-4)
    let patterns = 1 << contexts
    var expected = [exact.loss, exact.outputSecondMoment, exact.inputSecondMoment] + exact.readout.elements
    expected += try #require(exact.patternWeights)
    let spread = try #require(exact.readoutCovariance)
    expected.append(spread[0, 1] + exact.readout.elements[0] * exact.readout.elements[1])
    var deviations = [SampleMean](repeating: SampleMean(), count: expected.count)
    var partition = SampleMean()
    var stream = try RandomStream(StreamKey(seed: 80, chain: contexts, purpose: .testing))
    for _ in 0..<200_000 {
      var values = [Double](repeating: 0, count: expected.count)
      for _ in 0..<neurons {
        let w = 1.2 * stream.standardNormal()
        let m = 0.9 * stream.standardNormal()
        var pattern = 0
        for c in 0..<contexts {
          let active = stream.bernoulli(0.4)
          pattern = 2 * pattern + (active ? 1 : 0)
          if active { values[3 + c] += w * m / Double(neurons) }
        }
        values[1] += w * w / Double(neurons)
        values[2] += m * m / Double(neurons)
        values[3 + contexts + pattern] += 1 / Double(neurons)
      }
      for c in 0..<contexts {
        let error = values[3 + c] - problem.task.target[c, 0]
        values[0] += 0.5 * 1.3 * error * error
      }
      values[3 + contexts + patterns] = values[3] * values[4]
      let weight = exp(-tightness * Double(neurons) * values[0])
      partition.add(weight)
      for i in 0..<expected.count { deviations[i].add(weight * (values[i] - expected[i])) }
    }
    #expect(abs(partition.z(exp(exact.logEvidence))) < 5.5)
    #expect(partition.standardError < 0.02 * partition.mean)
    for i in 0..<expected.count { #expect(abs(deviations[i].z(0)) < 5.5, "observable \(i)") }
    #expect(deviations[0].standardError < 0.02 * exact.loss * partition.mean)
  }

  /// d ln Z/dβ = -N <L>, by central differences, on every route: all gains one, one to four contexts.
  @Test(arguments: [(1, 10.0, 1.0), (1, 5, 0.3), (2, 5, 0.5), (3, 2, 0.5), (4, 0.5, 0.5)])
  func evidenceSlope(contexts: Int, tightness: Double, activeProbability: Double) throws {
    let neurons = 10
    func at(_ tightness: Double) throws -> GibbsPrediction {
      try #require(
        try GibbsPrediction(
          Self.problem(contexts: contexts, tightness: tightness, activeProbability: activeProbability),
          neurons: neurons))
    }
    let h = 0.02 * tightness
    let middle = try at(tightness)
    let slope = try (at(tightness + h).logEvidence - at(tightness - h).logEvidence) / (2 * h)
    // Truncation h² L''/6 ~ 10⁻⁴ of the slope.
    #expect(abs(slope / (-Double(neurons) * middle.loss) - 1) < 1e-3)
    #expect(middle.logEvidenceError < 1e-4)
  }

  /// Loose tasks leave the prior: ln Z -> -βN <L>_0.
  @Test(arguments: 1...3) func looseLimit(contexts: Int) throws {
    let tightness = 1e-3
    let exact = try #require(try GibbsPrediction(Self.problem(contexts: contexts, tightness: tightness), neurons: 5))
    let squares = [0.49, 0.09, 0.16].prefix(contexts).reduce(0, +)
    let prior = 0.5 * 1.3 * (squares + Double(contexts) * 0.4 * 1.44 * 0.81 / 5)
    #expect(abs(exact.loss / prior - 1) < 0.01)
    #expect(abs(exact.logEvidence / (-tightness * 5 * prior) - 1) < 0.01)
  }

  @Test func refused() throws {
    #expect(try GibbsPrediction(Self.problem(contexts: 4, tightness: 100), neurons: 20) == nil)
    #expect(try GibbsPrediction(Self.problem(contexts: 3, tightness: 1e4), neurons: 20) == nil)
    let features = try MaxEntropyProblem(
      task: LearningTask(target: [[1, 0], [0, 1], [0, 0]]), ensemble: .gibbs(tightness: 1))
    #expect(try GibbsPrediction(features, neurons: 5) == nil)
  }
}
