// Normalising constants: estimators against exact evidence, calibration of their errors, and mutants that must fail.

import Foundation
import Synchronization
import Testing

@testable import Sampling

@Suite struct EvidenceTests {
  typealias Kernel = HamiltonianMonteCarlo<GaussianPath>

  static func kernel(_ path: GaussianPath) -> Kernel {
    HamiltonianMonteCarlo(path, tuning: Tuning(stepSize: 0.3), length: .uniform(2...6))
  }

  static func estimate(
    _ path: GaussianPath, _ settings: EvidenceSettings, warmup: Int = 300,
    progress: @escaping @Sendable (EvidenceProgress) -> Void = { _ in }
  ) throws -> EvidenceEstimates {
    try estimateEvidence(
      kernel(path), warmup: WindowedAdaptation(.windows(transitions: warmup)), settings: settings, progress: progress
    ) { stream in (0..<path.dimension).map { _ in stream.standardNormal() } }
  }

  @Test(
    "all three find the evidence of a Gaussian posterior, with errors that mean something (false alarm 2e-3 a seed)",
    arguments: [2, 10, 50])
  func gaussian(dimension: Int) throws {
    let path = GaussianPath(dimension: dimension, datum: 1, noise: 0.3)
    let exact = path.logEvidence()
    var settings = EvidenceSettings()
    settings.annealedRuns = 200
    let estimates = try Self.estimate(path, settings)
    for (name, estimate) in [
      ("thermodynamic integration", estimates.thermodynamicIntegration),
      ("stepping-stone", estimates.steppingStone),
      ("annealed importance sampling", estimates.annealedImportanceSampling),
    ] {
      #expect(estimate.isReliable, "\(name): \(estimate.problem ?? "")")
      #expect(abs(estimate.value - exact) < 3 * estimate.standardError, "\(name): \(estimate), exact \(exact)")
      #expect(estimate.standardError < 0.1, "\(name): \(estimate)")
    }
    let entropy = estimates.relativeEntropy
    #expect(abs(entropy.value - path.relativeEntropy) < 3 * entropy.standardError, "\(entropy)")
    #expect(entropy.standardError < 0.2)
    let rejections = estimates.ladder.rejectionRates
    #expect(Diagnostics.mean(rejections) < 0.55)
    #expect(estimates.quadratureError < estimates.thermodynamicIntegration.standardError)
    #expect(estimates.annealing.effectiveRuns > 80)
  }

  @Test("estimates depend on the seed only; progress counts to the end")
  func deterministic() throws {
    let path = GaussianPath(dimension: 2, datum: 1, noise: 0.5)
    var settings = EvidenceSettings()
    (settings.chains, settings.draws, settings.annealedRuns) = (3, 100, 40)
    let seen = Mutex<[EvidenceProgress]>([])
    let first = try Self.estimate(path, settings, warmup: 60) { report in seen.withLock { $0.append(report) } }
    let again = try Self.estimate(path, settings, warmup: 60)
    #expect(first.ladder == again.ladder && first.annealing == again.annealing)
    settings.seed = 2
    let other = try Self.estimate(path, settings, warmup: 60)
    #expect(first.ladder != other.ladder && first.annealing != other.annealing)
    let reports = seen.withLock { $0 }
    #expect(reports.contains(.annealing(done: 40, of: 40)))
    #expect(reports.contains(.sampling(done: 480, of: 480)))
    settings.rungs = 1
    #expect(throws: TuningError("the number of rungs is 1; allowed: 2 to 128")) {
      try Self.estimate(path, settings, warmup: 60)
    }
  }

  // Calibration: z-scores of small, independent repeats. A sum of 50 squared normals is outside 20 … 105 with
  // probability 1e-5, the mean of 50 beyond 0.6 with 2e-5.

  static let repeats = 50

  static func isCalibrated(_ scores: [Double]) -> Bool {
    let squares = scores.reduce(0) { $0 + $1 * $1 }
    return (20...105).contains(squares) && abs(Diagnostics.mean(scores)) < 0.6
  }

  static let small = GaussianPath(dimension: 3, datum: 1, noise: 0.5)

  static let runs: [(LadderDraws, AnnealedRuns)] = (0..<repeats).map { seed in
    var settings = EvidenceSettings()
    (settings.chains, settings.draws, settings.rungs) = (2, 300, 5)
    (settings.annealedRuns, settings.annealingRefinement, settings.seed) = (100, 4, UInt64(seed))
    let estimates = try! estimate(small, settings, warmup: 100)
    return (estimates.ladder, estimates.annealing)
  }

  static func scores(_ estimates: [EvidenceEstimate]) -> [Double] {
    estimates.map { ($0.value - small.logEvidence()) / $0.standardError }
  }

  @Test("stated errors are the real ones: z-scores of 50 repeats (false alarm below 1e-4)")
  func calibrated() {
    let all = [
      ("integration", Self.runs.map { ThermodynamicIntegration($0.0).estimate }),
      ("stepping-stone", Self.runs.map { SteppingStone($0.0).estimate }),
      ("annealing", Self.runs.map { $0.1.estimate }),
    ]
    for (name, estimates) in all {
      let scores = Self.scores(estimates)
      #expect(Self.isCalibrated(scores), "\(name): \(scores)")
      #expect(estimates.allSatisfy { $0.standardError < 0.2 }, "\(name)")
    }
  }

  @Test("mutants of the integration are found: ends forgotten, corrections of the wrong sign or absent")
  func integrationMutants() {
    func scores(_ mutate: (inout ThermodynamicIntegration.Weights) -> Void) -> [Double] {
      Self.scores(
        Self.runs.map { draws, _ in
          var weights = ThermodynamicIntegration.Weights(spacings: draws.spacings)
          mutate(&weights)
          return ThermodynamicIntegration(draws, weights: weights).estimate
        })
    }
    #expect(Self.isCalibrated(scores { _ in }))
    #expect(!Self.isCalibrated(scores { $0.means[0] = 0 }))
    #expect(!Self.isCalibrated(scores { $0.means[$0.means.count - 1] = 0 }))
    #expect(!Self.isCalibrated(scores { $0.means[1] *= -1 }))
    #expect(!Self.isCalibrated(scores { $0.variances = $0.variances.map { -$0 } }))
    #expect(!Self.isCalibrated(scores { $0.variances = $0.variances.map { _ in 0 } }))
  }

  @Test("mutants of the stepping-stone are found: a pair left out, hot and cold exchanged")
  func steppingStoneMutants() {
    func scores(_ mutate: (LadderDraws) -> LadderDraws) -> [Double] {
      Self.scores(Self.runs.map { SteppingStone(mutate($0.0)).estimate })
    }
    func mutant(_ draws: LadderDraws, _ slopes: [[[Double]]], _ temperatures: [Double]? = nil) -> LadderDraws {
      LadderDraws(inverseTemperatures: temperatures ?? draws.inverseTemperatures, slopes: slopes)
    }
    #expect(
      !Self.isCalibrated(
        scores { mutant($0, Array($0.slopes.dropFirst()), Array($0.inverseTemperatures.dropFirst())) }))
    #expect(!Self.isCalibrated(scores { mutant($0, $0.slopes.reversed()) }))
  }

  @Test("mutants of annealing are found: the first increment left out, a start that is no draw of the reference")
  func annealingMutants() throws {
    func scores(dropFirst: Bool, startScale: Double) throws -> [Double] {
      let ladder = try TemperatureLadder([0, 0.1, 0.3, 0.6, 1])
      let path = AnnealingPath(
        ReplicaExchange(Self.kernel(Self.small), ladder: ladder, seed: 0, chain: 0), refinement: [2, 2, 2, 2])
      return Self.scores(
        try (0..<Self.repeats).map { number in
          var stream = try RandomStream.test(40_000 + number)
          let logWeights = try (0..<400).map { _ in
            let start = (0..<3).map { _ in startScale * stream.standardNormal() }
            let increments = try path.increments(from: start, using: &stream)
            return increments.dropFirst(dropFirst ? 1 : 0).reduce(0, +)
          }
          return AnnealedRuns(logWeights: logWeights, temperatures: 8).estimate
        })
    }
    #expect(try Self.isCalibrated(scores(dropFirst: false, startScale: 1)))
    #expect(try !Self.isCalibrated(scores(dropFirst: true, startScale: 1)))
    #expect(try !Self.isCalibrated(scores(dropFirst: false, startScale: 0.5)))
  }

  @Test("estimates that cannot be made are refused with the reason")
  func refusals() {
    let dominated = AnnealedRuns(logWeights: [0] + [Double](repeating: -20, count: 99), temperatures: 1).estimate
    #expect(dominated.problem?.contains("100 annealed runs weigh as much as 1") == true)
    let empty = AnnealedRuns(logWeights: [-.infinity, -.infinity], temperatures: 1).estimate
    #expect(empty.value == -.infinity && !empty.isReliable)
    // Neighbours that do not overlap, and a hot rung outside the target's support.
    let apart = LadderDraws(
      inverseTemperatures: [0, 1],
      slopes: [[(0..<50).map { -100 - sin(Double($0)) }], [(0..<50).map { cos(Double($0)) }]])
    #expect(SteppingStone(apart).estimate.problem?.contains("hardly overlap") == true)
    let outside = LadderDraws(
      inverseTemperatures: [0, 1],
      slopes: [[(0..<50).map { $0 % 2 == 0 ? -Double.infinity : 0 }], [[Double](repeating: 0, count: 50)]])
    let integration = ThermodynamicIntegration(outside).estimate
    #expect(integration.value.isNaN && integration.problem?.contains("no density under the target") == true)
    // Half of the reference lies outside: ln Z(1) − ln Z(0) = ln ½, which stepping-stone still finds.
    #expect(abs(SteppingStone(outside).estimate.value - log(0.5)) < 1e-12)
    // Chains that sit in different places.
    let split = LadderDraws(
      inverseTemperatures: [0, 1],
      slopes: [
        [[0, 0.1, 0, 0.1, 0, 0.1], [1, 1.1, 1, 1.1, 1, 1.1]], [[0, 0.1, 0, 0.1, 0, 0.1], [1, 1.1, 1, 1.1, 1, 1.1]],
      ])
    #expect(SteppingStone(split).estimate.problem?.contains("the chains disagree") == true)
  }

  @Test("Bennett's ratio solves its own equation; a ladder resampled keeps its ends and order")
  func parts() throws {
    let hot = (0..<40).map { sin(Double($0)) }
    let cold = (0..<40).map { 0.7 + sin(2 * Double($0)) }
    let pair = SteppingStone.Pair(hot: hot, cold: cold)
    func fermi(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    let left = hot.reduce(0) { $0 + fermi($1 - pair.value) }
    let right = cold.reduce(0) { $0 + fermi(pair.value - $1) }
    #expect(abs(left - right) < 1e-10 && abs(pair.overlap - left / 40) < 1e-12)
    for rungs in [2, 3, 9, 40] {
      let ladder = try TemperatureLadder.denseNearReference(rungs: 8).resampled(rungs: rungs)
      #expect(ladder.inverseTemperatures.count == rungs && ladder.inverseTemperatures[0] == 0)
    }
    let same = try TemperatureLadder.denseNearReference(rungs: 8)
    for (a, b) in zip(try same.resampled(rungs: 8).inverseTemperatures, same.inverseTemperatures) {
      #expect(abs(a - b) < 1e-15)
    }
  }
}
