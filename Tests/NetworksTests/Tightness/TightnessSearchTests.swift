// The tightness for a wanted expected loss, and log Z of Gibbs ensembles, against exact integrals.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct TightnessSearchTests {
  static func density(
    neurons: Int, target: Matrix, tightness: Double, gains: BinaryGains
  ) -> GainModulatedLinearDensity {
    GainModulatedLinearDensity(
      neurons: neurons,
      potential: .loss(tightness: tightness, target: target, stimulusCovariance: .identity(target.columns)),
      outputPrecision: 1, inputPrecision: 1, gains: gains)
  }

  static func search(
    _ loss: Double, neurons: Int, target: Matrix, gains: BinaryGains, seed: UInt64 = 1,
    _ configure: (inout TightnessSearch) -> Void = { _ in }
  ) throws -> TightnessSolution {
    var search = TightnessSearch()
    configure(&search)
    return try search.solve(expectedLoss: loss, seed: seed) {
      density(neurons: neurons, target: target, tightness: $0, gains: gains)
    } makeKernel: { density in
      Cycle(
        HamiltonianMonteCarlo(density, tuning: Tuning(stepSize: 0.1), length: .uniform(5...15)), BinaryFlips(density))
    }
  }

  static let ones = BinaryGains.fixed(Matrix(rows: 1, columns: 10, repeating: 1))
  static let one = Matrix([[1]])

  @Test("one context, all gains one: the tightness of the exact integral (false alarm 1e-4)")
  func singleContext() throws {
    // THEORY section 5: N = 10, D = 1, σ = 1, A = 1, β = 10 has ⟨L⟩ = 0.00711008.
    let exact = try GibbsPrediction(
      MaxEntropyProblem(
        task: LearningTask(target: Self.one), activeProbability: 1, ensemble: .gibbs(tightness: 10)), neurons: 10)
    #expect(abs(exact!.loss - 0.00711008) < 1e-8)
    let solution = try Self.search(0.00711008, neurons: 10, target: Self.one, gains: Self.ones)
    #expect(abs(solution.tightness - 10) < 4 * solution.standardError && solution.standardError < 0.3, "\(solution)")
    #expect(abs(solution.loss - 0.00711008) < 6 * solution.lossError && solution.rHat < 1.05, "\(solution)")
    #expect(try Self.search(0.00711008, neurons: 10, target: Self.one, gains: Self.ones) == solution)
  }

  @Test("two contexts with drawn gains, loose and tight (false alarm 1e-4 each)", arguments: [0.2, 5, 200])
  func twoContexts(tightness: Double) throws {
    let exact = try #require(
      try GibbsPrediction(
        MaxEntropyProblem(task: .inputSelection(contexts: 2), ensemble: .gibbs(tightness: tightness)), neurons: 12))
    let solution = try Self.search(
      exact.loss, neurons: 12, target: .identity(2), gains: .drawn(activeProbability: 0.5)
    ) { $0.precision = 0.02 }
    #expect(abs(solution.tightness - tightness) < 4 * solution.standardError, "\(solution)")
    #expect(solution.standardError < 0.15 * tightness && solution.rounds < 25, "\(solution)")
  }

  @Test("stated errors are the real ones: z-scores of 30 repeats (false alarm below 1e-4)")
  func calibrated() throws {
    let scores = try (0..<30).map { seed in
      let solution = try Self.search(0.00711008, neurons: 10, target: Self.one, gains: Self.ones, seed: UInt64(seed)) {
        ($0.chains, $0.draws, $0.warmup, $0.precision) = (2, 200, 100, 0.05)
      }
      return (solution.tightness - 10) / solution.standardError
    }
    let squares = scores.reduce(0) { $0 + $1 * $1 }
    // χ² with 30 degrees of freedom is outside 8 … 76 with probability 2e-5; a mean beyond 0.8 has 1e-5. Errors wrong by a factor of
    // √10 either way would put the sum at about 3 or 300.
    #expect((8...76).contains(squares) && abs(scores.reduce(0, +)) < 0.8 * 30, "\(scores)")
  }

  @Test("losses above the prior's, below the floor or without meaning are refused with both numbers")
  func refusals() throws {
    // The prior's mean loss is (A² + σ⁴/N)/2 = 0.55.
    let above = #expect(throws: TightnessError.self) {
      try Self.search(0.7, neurons: 10, target: Self.one, gains: Self.ones)
    }
    guard case .abovePrior(0.7, let prior, let error)? = above else {
      Issue.record("\(String(describing: above))")
      return
    }
    #expect(abs(prior - 0.55) < 5 * error && error < 0.02)
    #expect(above?.description.contains("0.7 is not below the prior's mean loss 0.5") == true)
    // All gains one in two contexts that want +1 and −1: no network has a loss below 1.
    let floor = #expect(throws: TightnessError.self) {
      try Self.search(
        0.9, neurons: 10, target: Matrix([[1], [-1]]), gains: .fixed(Matrix(rows: 2, columns: 10, repeating: 1)))
    }
    guard case .unreachable(0.9, let reached, _, let tightness)? = floor else {
      Issue.record("\(String(describing: floor))")
      return
    }
    #expect(reached >= 1 && reached < 1.05 && tightness > 10)
    #expect(throws: TightnessError.invalidLoss(0)) {
      try Self.search(0, neurons: 10, target: Self.one, gains: Self.ones)
    }
  }

  @Test("log Z of a Gibbs ensemble by three estimators, against the exact integral (false alarm 1e-2 a seed)")
  func logPartition() throws {
    let exact = try #require(
      try GibbsPrediction(
        MaxEntropyProblem(
          task: LearningTask(target: Self.one), activeProbability: 1, ensemble: .gibbs(tightness: 10)), neurons: 10))
    let density = Self.density(neurons: 10, target: Self.one, tightness: 10, gains: Self.ones)
    let estimates = try estimateEvidence(
      HamiltonianMonteCarlo(density, tuning: Tuning(stepSize: 0.1), length: .uniform(5...15)),
      warmup: WindowedAdaptation(.windows(transitions: 300))
    ) { density.drawPrior(using: &$0) }
    let entropy = -exact.logEvidence - 10 * 10 * exact.loss
    for (name, estimate, value) in [
      ("thermodynamic integration", estimates.thermodynamicIntegration, exact.logEvidence),
      ("stepping-stone", estimates.steppingStone, exact.logEvidence),
      ("annealed importance sampling", estimates.annealedImportanceSampling, exact.logEvidence),
      ("relative entropy", estimates.relativeEntropy, entropy),
    ] {
      #expect(estimate.isReliable && abs(estimate.value - value) < 3 * estimate.standardError, "\(name): \(estimate)")
      #expect(estimate.standardError < 0.1, "\(name): \(estimate)")
    }
  }
}
