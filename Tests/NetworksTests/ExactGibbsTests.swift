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
}
