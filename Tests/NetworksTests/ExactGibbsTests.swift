// The exact finite-N Gibbs predictions against known values, identities and simulation.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct ExactGibbsTests {
  /// THEORY section 5: K = 1 with all gains one.
  @Test func scaleMixture() throws {
    let problem = try MaxEntropyProblem(
      task: LearningTask(target: [[1]]), activeProbability: 1, ensemble: .gibbs(tightness: 10))
    let exact = try #require(try GibbsPrediction(problem, neurons: 10))
    #expect(abs(exact.readout[0, 0] - 0.933070) < 0.6e-6)
    #expect(abs(exact.loss - 0.00711008) < 0.6e-8)
    #expect(exact.relativeError < 1e-9)
  }

  /// THEORY section 5: K = D = 2, A = I, unit scales.
  @Test(arguments: [(10.0, 10, 0.02868, 2e-5), (10, 40, 0.0120404, 0.6e-7), (40, 20, 0.0029800, 3e-7)])
  func twoContexts(tightness: Double, neurons: Int, loss: Double, tolerance: Double) throws {
    let problem = try MaxEntropyProblem(
      task: .inputSelection(contexts: 2), ensemble: .gibbs(tightness: tightness))
    let exact = try #require(try GibbsPrediction(problem, neurons: neurons))
    #expect(abs(exact.loss - loss) < tolerance, "\(exact.loss)")
    #expect(exact.relativeError < 1e-7, "\(exact.relativeError)")
    if tightness == 10, neurons == 40 {
      #expect(abs(exact.outputSecondMoment - 2.3727) < 0.6e-4)
      #expect(try abs(#require(exact.patternWeights)[0] - 0.1662) < 0.6e-4)
    }
  }

  /// Simulation by importance sampling from the prior; 24 z-scores below 5.5: a false alarm has probability below 10⁻⁶.
  @Test(arguments: [1, 2]) func importanceSampling(contexts: Int) throws {
    let covariance = Matrix([[1.5, 0.4], [0.4, 0.7]])
    let target = contexts == 1 ? Matrix([[0.6, -0.3]]) : Matrix([[0.6, -0.3], [0.1, 0.5]])
    let tightness = 1.5
    let neurons = 3
    let problem = try MaxEntropyProblem(
      task: LearningTask(target: target), activeProbability: 0.4, outputScale: 1.2, inputScale: 0.9,
      ensemble: .gibbs(tightness: tightness), stimulusCovariance: covariance)
    let exact = try #require(try GibbsPrediction(problem, neurons: neurons))
    #expect(exact.relativeError < 1e-7)
    var stream = try RandomStream(StreamKey(seed: 30, chain: contexts, purpose: .testing))
    // Draws of (weight, observables); ratio estimates with linearised errors.
    let patterns = 1 << contexts
    let size = contexts * 2
    let count = 3 + size + patterns + 1
    var expected = [exact.loss, exact.outputSecondMoment, exact.inputSecondMoment] + exact.readout.elements
    expected += try #require(exact.patternWeights)
    let spread = try #require(exact.readoutCovariance)
    expected.append(spread[0, 1] + exact.readout.elements[0] * exact.readout.elements[1])
    var deviations = [SampleMean](repeating: SampleMean(), count: count)
    var partition = SampleMean()
    for _ in 0..<400_000 {
      var readout = [Double](repeating: 0, count: size)
      var values = [Double](repeating: 0, count: count)
      for _ in 0..<neurons {
        let w = 1.2 * stream.standardNormal()
        let m = [0.9 * stream.standardNormal(), 0.9 * stream.standardNormal()]
        var pattern = 0
        for c in 0..<contexts {
          let active = stream.bernoulli(0.4)
          pattern = 2 * pattern + (active ? 1 : 0)
          if active { for d in 0..<2 { readout[c * 2 + d] += w * m[d] / Double(neurons) } }
        }
        values[1] += w * w / Double(neurons)
        values[2] += (m[0] * m[0] + m[1] * m[1]) / Double(neurons)
        values[3 + size + pattern] += 1 / Double(neurons)
      }
      for c in 0..<contexts {
        for d in 0..<2 {
          for e in 0..<2 {
            values[0] +=
              0.5 * covariance[d, e] * (readout[c * 2 + d] - target[c, d]) * (readout[c * 2 + e] - target[c, e])
          }
        }
      }
      for i in 0..<size { values[3 + i] = readout[i] }
      values[count - 1] = readout[0] * readout[1]
      let weight = exp(-tightness * Double(neurons) * values[0])
      partition.add(weight)
      for i in 0..<count { deviations[i].add(weight * (values[i] - expected[i])) }
    }
    #expect(abs(partition.z(exp(exact.logEvidence))) < 5.5)
    for i in 0..<count { #expect(abs(deviations[i].z(0)) < 5.5, "observable \(i)") }
    #expect(deviations[0].standardError < 0.01 * exact.loss * partition.mean)
  }

  /// Two equations for one thing: π = 1 through the scale mixture, and two contexts of which the second asks for nothing.
  @Test func independentContextDrops() throws {
    // With A's second row zero and the contexts' gains coupled only by the loss, β -> 0 leaves the prior untouched.
    let loose = try MaxEntropyProblem(
      task: LearningTask(target: [[1, 0], [0, 0]]), activeProbability: 0.3, ensemble: .gibbs(tightness: 1e-9))
    let exact = try #require(try GibbsPrediction(loose, neurons: 6))
    // <L> = ½ (|A|² + Σ_cd <R_cd²>), <R_cd²> = π/N.
    #expect(abs(exact.loss - 0.5 * (1 + 4 * 0.3 / 6)) < 1e-7)
    #expect(abs(exact.outputSecondMoment - 1) < 1e-7 && abs(exact.inputSecondMoment - 2) < 1e-7)
    #expect(try agree(#require(exact.patternWeights), [0.49, 0.21, 0.21, 0.09], 1e-7))
    #expect(try abs(#require(exact.readoutCovariance)[0, 0] - 0.3 / 6) < 1e-7)
  }

  /// The first corrections are what the exact values tend to: the remainder falls as 1/N².
  @Test func largeNetworks() throws {
    let problem = try MaxEntropyProblem(
      task: LearningTask(target: [[1, 0.3], [-0.2, 0.8]]), activeProbability: 0.4, inputScale: 1.2,
      ensemble: .gibbs(tightness: 8), stimulusCovariance: Matrix([[1.2, 0.3], [0.3, 0.8]]))
    let solution = try problem.solve()
    let expansion = try #require(try GibbsAsymptotics(solution))
    let small = try #require(try GibbsPrediction(problem, neurons: 100))
    let large = try #require(try GibbsPrediction(problem, neurons: 200))
    func remainders(_ value: KeyPath<GibbsPrediction, Double>, _ expansion: LargeNExpansion) -> (Double, Double) {
      (
        100 * 100 * (small[keyPath: value] - expansion.value(neurons: 100)),
        200 * 200 * (large[keyPath: value] - expansion.value(neurons: 200))
      )
    }
    for (value, expansion) in [
      (\GibbsPrediction.loss, expansion.loss), (\.outputSecondMoment, expansion.outputSecondMoment),
      (\.inputSecondMoment, expansion.inputSecondMoment),
    ] {
      let (first, second) = remainders(value, expansion)
      #expect(abs(second / first - 1) < 0.15, "\(first) \(second)")
      #expect(try abs(first) < 20 * abs(#require(expansion.firstCorrection)))
    }
    let spread = try #require(large.readoutCovariance)
    let scale = sqrt(expansion.readoutCovarianceTimesN.squaredNorm)
    #expect(sqrt((200 * spread - expansion.readoutCovarianceTimesN).squaredNorm) < 0.1 * scale)
    #expect(sqrt((large.readout - expansion.readout).squaredNorm) < 0.02)
  }

  /// Many neurons and tight constraints, in logarithms throughout.
  @Test func extremes() throws {
    for (neurons, tightness) in [(1, 10.0), (100_000, 10), (1000, 1e4)] {
      let problem = try MaxEntropyProblem(
        task: LearningTask(target: [[1]]), activeProbability: 1, ensemble: .gibbs(tightness: tightness))
      let exact = try #require(try GibbsPrediction(problem, neurons: neurons))
      #expect(exact.relativeError < 1e-8)
      if neurons > 1 {
        let solution = try problem.solve()
        let expected = try #require(try GibbsAsymptotics(solution)).loss.value(neurons: neurons)
        #expect(abs(exact.loss / expected - 1) < 20 / Double(neurons))
      }
    }
  }

  /// One context whose gain is one in three neurons of ten, up to many neurons.
  @Test func oneContext() throws {
    let problem = try MaxEntropyProblem(
      task: LearningTask(target: [[1]]), activeProbability: 0.3, ensemble: .gibbs(tightness: 10))
    let expansion = try #require(try GibbsAsymptotics(problem.solve()))
    var remainders: [Double] = []
    for neurons in [500, 5000] {
      let exact = try #require(try GibbsPrediction(problem, neurons: neurons))
      #expect(exact.relativeError < 1e-8)
      remainders.append(pow(Double(neurons), 2) * (exact.loss - expansion.loss.value(neurons: neurons)))
    }
    #expect(abs(remainders[1] / remainders[0] - 1) < 0.1)
  }

  @Test func noPrediction() throws {
    let task = try LearningTask.inputSelection(contexts: 3)
    #expect(try GibbsPrediction(MaxEntropyProblem(task: task, ensemble: .gibbs(tightness: 1)), neurons: 10) == nil)
    let two = try LearningTask.inputSelection(contexts: 2)
    #expect(try GibbsPrediction(MaxEntropyProblem(task: two), neurons: 10) == nil)
    #expect(throws: MaxEntropyError.self) {
      try GibbsPrediction(MaxEntropyProblem(task: two, ensemble: .gibbs(tightness: 1)), neurons: 0)
    }
  }
}
