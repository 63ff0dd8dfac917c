// The loss of tight gain-modulated ensembles: what its row expects, against exact averages at rising tightness.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct TightLossTests {
  private static func ensemble(
    target: [[Double]], neurons: Int, tightness: Double, gains: GainReference, covariance: Matrix
  ) throws -> GainModulatedLinearEnsemble {
    GainModulatedLinearEnsemble(
      task: try LearningTask(target: target), neurons: neurons, ensemble: .gibbs(tightness: tightness),
      convention: .prior, outputScale: 1.1, inputScale: 0.9, gains: gains, stimulusCovariance: covariance)
  }

  private static func row(_ ensemble: GainModulatedLinearEnsemble) throws -> Prediction {
    try #require(ensemble.theory().predictions.first { $0.name == "tight_loss" })
  }

  /// βN⟨L⟩ by exact integrals tends to what the row expects, as 1/β: K = 1, all gains one (K contexts with one target), K = 2 drawn.
  @Test(arguments: [
    ([[0.8, -0.4, 0.3]], 8, GainReference.independent(activeProbability: 1), 1.5),
    ([[0.8, -0.4], [0.8, -0.4]], 8, .independent(activeProbability: 1), 1),
    ([[1, 0], [0, 1]], 12, .independent(activeProbability: 0.5), 2),
    ([[0.7], [-0.3]], 10, .independent(activeProbability: 0.3), 1),
  ])
  func tendsToHalfTheConstraints(target: [[Double]], neurons: Int, gains: GainReference, expected: Double) throws {
    var covariance = Matrix.identity(target[0].count)
    covariance[0, 0] = 1.7
    var gaps: [Double] = []
    for tightness in [1e3, 1e4, 1e5] {
      let ensemble = try Self.ensemble(
        target: target, neurons: neurons, tightness: tightness, gains: gains, covariance: covariance)
      let row = try Self.row(ensemble)
      #expect(row.expected == expected && row.status == .asymptotic(order: "O(1/tightness)"))
      let exact = try #require(try GibbsPrediction(ensemble.problem(), neurons: neurons))
      guard case .function(let names, let unit) = row.quantity else { throw NotComputed("no function") }
      #expect(names == ["loss"])
      gaps.append(unit([exact.loss]) - expected)
    }
    #expect(abs(gaps[2]) < 0.02 * expected, "\(gaps)")
    #expect(abs(gaps[1]) < abs(gaps[0]) / 5 && abs(gaps[0] / gaps[1] - 10) < 3, "\(gaps)")
  }

  /// Directions that no stimulus has and contexts that gains do not tell apart prescribe nothing.
  @Test func onlyReachedDirectionsCount() throws {
    let flat = Matrix([[1, 1, 0], [1, 1, 0], [0, 0, 2]])
    let singular = try Self.ensemble(
      target: [[1, 0, 0], [0, 1, 1]], neurons: 6, tightness: 10, gains: .independent(activeProbability: 0.5),
      covariance: flat)
    #expect(try Self.row(singular).expected == 2)
    let given = try Self.ensemble(
      target: [[1, 0], [0.5, 0], [0, 2]], neurons: 4, tightness: 10,
      gains: .given(Matrix([[1, 0.5, 0], [0, 0, 1], [2, 1, 1], [0, 0, 0]])), covariance: .identity(2))
    #expect(try Self.row(given).expected == 2, "two of three contexts, two features")
  }

  /// A target out of reach keeps a loss at any tightness: the row is left out, with the reason.
  @Test func unreachableTargetsAreLeftOut() throws {
    for (gains, neurons) in [
      (GainReference.given(Matrix([[1, 1], [2, 2], [0, 0]])), 3), (.independent(activeProbability: 1), 3),
      (.independent(activeProbability: 0.5), 1),
    ] {
      let theory: Theory = try Self.ensemble(
        target: [[1, 0], [0, 1]], neurons: neurons, tightness: 10, gains: gains, covariance: .identity(2)
      ).theory()
      #expect(!theory.predictions.contains { $0.name == "tight_loss" })
      #expect(theory.leftOut.contains { $0.hasPrefix("the loss of tight ensembles") }, "\(theory.leftOut)")
    }
    // The prior has no such row.
    let prior = try Self.ensemble(
      target: [[1]], neurons: 3, tightness: 0, gains: .independent(activeProbability: 0.5), covariance: .identity(1))
    let ofPrior: Theory = prior.theory()
    #expect(!ofPrior.predictions.contains { $0.name == "tight_loss" })
  }
}
