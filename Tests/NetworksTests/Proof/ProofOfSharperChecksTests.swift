// Faults that the identities of the weights do not see, and balance and conditional readouts do; and faults that no average sees.

import Foundation
import Sampling
import Testing

@testable import Networks

/// A fault of a sampler, and the same draws without it.
struct SubtleMutant: Sendable, CustomTestStringConvertible {
  let name: String
  let ensemble: FeedforwardEnsemble
  /// Positions, [chain][draw], with the fault or without.
  let draw: @Sendable (FeedforwardEnsemble, _ isFaulty: Bool) throws -> [[[Double]]]
  var testDescription: String { name }
}

@Suite struct ProofOfSharperChecksTests {
  static let draws = 2000

  static func ensemble(
    _ widths: [Int], _ activation: Activation, tightness: Double, output: Double = 1, stimuli count: Int = 12,
    drives: FeedforwardArchitecture.DrivenLayers = .first
  ) throws -> FeedforwardEnsemble {
    var stream = try RandomStream(StreamKey(seed: 71, chain: 0, purpose: .stimuli))
    return try FeedforwardEnsemble(
      task: .inputSelection(contexts: 2),
      architecture: FeedforwardArchitecture(
        features: 2, contexts: 2, widths: widths, activation: activation, drivenLayers: drives),
      stimuli: GaussianStimuli.draw(count, covariance: .identity(2), using: &stream),
      scales: WeightScales(output: output), binding: .gibbs(tightness: tightness))
  }

  /// Right draws of a density.
  static func sample<Density: DifferentiableLogDensity>(
    _ density: Density, prior: FeedforwardDensity, stepSize: Double = 0.12, seed: UInt64 = 72
  ) throws -> [[[Double]]] {
    try FaultySampling.positions(
      HamiltonianMonteCarlo(density, tuning: Tuning(stepSize: stepSize), length: .uniform(5...12)), draws: draws,
      thin: 2,
      warmup: 400, seed: seed
    ) { prior.drawPrior(using: &$1) }
  }

  static func weighted(
    _ name: String, _ ensemble: FeedforwardEnsemble, _ weight: @escaping @Sendable (_ row: Int) -> Double
  ) -> SubtleMutant {
    SubtleMutant(name: name, ensemble: ensemble) { ensemble, isFaulty in
      let density = ensemble.density()
      return try sample(
        UnequalLoss(density, weights: (0..<density.responseCount).map { isFaulty ? weight($0) : 1 }), prior: density)
    }
  }

  static func transformed(
    _ name: String, _ ensemble: FeedforwardEnsemble,
    _ change:
      @escaping @Sendable (_ position: [Double], _ before: [Double], FeedforwardDensity, inout RandomStream) -> [Double]
  ) -> SubtleMutant {
    SubtleMutant(name: name, ensemble: ensemble) { ensemble, isFaulty in
      let density = ensemble.density()
      let positions = try sample(density, prior: density)
      guard isFaulty else { return positions }
      var stream = try RandomStream(StreamKey(seed: 73, chain: 0, purpose: .testing))
      return positions.map { chain in
        chain.indices.map { change(chain[$0], chain[max(0, $0 - 1)], density, &stream) }
      }
    }
  }

  /// Draws of one chain in which some weights stand still, and are right otherwise.
  static func frozen(
    _ name: String, _ ensemble: FeedforwardEnsemble,
    _ isFrozen: @escaping @Sendable (_ coordinate: Int, ParameterLayout) -> Bool
  ) -> SubtleMutant {
    SubtleMutant(name: name, ensemble: ensemble) { ensemble, isFaulty in
      let density = ensemble.density()
      let start = try sample(density, prior: density)[0][0]
      let steps = (0..<density.dimension).map { isFaulty && isFrozen($0, density.layout) ? 0 : 0.25 }
      return try FaultySampling.positions(
        PartialLangevin(target: density, stepSizes: steps), chains: 1, draws: 4 * draws, thin: 15, warmup: 200, seed: 74
      ) { _, _ in start }
    }
  }

  static func unadjusted(_ name: String, _ ensemble: FeedforwardEnsemble, step: Double) -> SubtleMutant {
    SubtleMutant(name: name, ensemble: ensemble) { ensemble, isFaulty in
      let density = ensemble.density()
      let steps = [Double](repeating: step, count: density.dimension)
      let kernel = PartialLangevin(target: density, stepSizes: steps, isUnadjusted: isFaulty)
      return try FaultySampling.positions(kernel, draws: draws, thin: 30, warmup: 500, seed: 74) {
        density.drawPrior(using: &$1)
      }
    }
  }

  static func block(_ name: String) -> @Sendable (Int, ParameterLayout) -> Bool {
    { $1[name]!.range.contains($0) }
  }

  static let tanh = try! ensemble([8], .tanh, tightness: 10)
  static let lazy = try! ensemble([8], .tanh, tightness: 3, output: 3)
  static let deep = try! ensemble([6, 5], .tanh, tightness: 10)
  static let deepLazy = try! ensemble([6, 5], .tanh, tightness: 3, output: 3)
  static let deepRectified = try! ensemble([5, 4], .relu, tightness: 10)
  static let rectified = try! ensemble([6], .relu, tightness: 10)

  private static let stimuli = lazy.stimuli.rows

  static let mutants: [SubtleMutant] = [
    transformed("w scaled by 1.02", lazy) { x, _, density, _ in
      x.enumerated().map { $0 < density.neurons ? 1.02 * $1 : $1 }
    },
    weighted("a temperature 5 % too low", lazy) { _ in 1.05 },
    weighted("a temperature 5 % too high", lazy) { _ in 0.95 },
    weighted("a temperature 5 % too low, relu", rectified) { _ in 1.05 },
    weighted("a temperature 5 % too low, deep relu", deepRectified) { _ in 1.05 },
    weighted("a stimulus ignored", lazy) { $0 % stimuli == 3 ? 0 : 1 },
    weighted("a stimulus ignored, relu", rectified) { $0 % stimuli == 3 ? 0 : 1 },
    weighted("a stimulus ignored, deep", deep) { $0 % stimuli == 3 ? 0 : 1 },
    weighted("one context 4 % too tight, the other too loose", lazy) { $0 < stimuli ? 1.04 : 0.96 },
    weighted("one context 4 % too tight, the other too loose, deep", deepLazy) { $0 < stimuli ? 1.04 : 0.96 },
    transformed("w drawn with too much noise", rectified) { x, _, density, stream in
      x.enumerated().map { $0 < density.neurons ? $1 + 0.1 * stream.standardNormal() : $1 }
    },
    transformed("one output weight of the draw before", lazy) { x, before, _, _ in [before[0]] + x.dropFirst() },
    unadjusted("steps without an accept step, twice as long as they might be", deepRectified, step: 0.1),
  ]

  @Test("a fault that passed is found, and the draws without it pass", arguments: mutants)
  func subtleMutants(mutant: SubtleMutant) throws {
    let faulty = try FaultySampling.checks(mutant.ensemble, mutant.draw(mutant.ensemble, true))
    #expect(faulty.before.passed, "seen before: \(faulty.before.failures) \(faulty.before.doubts)")
    #expect(!faulty.now.isUndecided && !faulty.now.passed, "\(faulty.now.doubts)")
    let healthy = try FaultySampling.checks(mutant.ensemble, mutant.draw(mutant.ensemble, false))
    #expect(healthy.now.passed, "\(healthy.now.failures) \(healthy.now.doubts)")
    #expect(healthy.now.results.count { $0.status == .exact } >= 10)
  }

  /// What stands still in a single chain is seen by the identities of the weights as well; here the new rows alone must see it, or not.
  static let frozenBlocks: [(mutant: SubtleMutant, row: String?)] = [
    (frozen("w", tanh, block("output_weight")), "conditional_output_second_moment"),
    (frozen("hidden weights, deep relu", deepRectified, block("hidden_weights_2")), "balance[1]"),
    (frozen("context drives, deep relu", deepRectified, block("context_drive")), "balance[0]"),
    // Output weights are drawn as they should be given any drives, and tanh has no balance.
    (frozen("context drives, deep tanh", deep, block("context_drive")), nil),
  ]

  @Test("weights that stand still", arguments: frozenBlocks.indices)
  func frozenWeights(number: Int) throws {
    let (mutant, row) = Self.frozenBlocks[number]
    let draws = try FaultySampling.table(mutant.ensemble, mutant.draw(mutant.ensemble, true))
    let new = try mutant.ensemble.predictions().filter {
      $0.name.hasPrefix("balance") || $0.name.hasPrefix("conditional")
    }
    let failures = Check(new, against: draws).failures.map(\.name)
    #expect(row.map(failures.contains) ?? failures.isEmpty, "\(failures)")
  }

  /// With odd φ a neuron and its mirror image do the same. A sampler that shows only one of them breaks a symmetry of the law, but no
  /// average of what networks do, or of squares of weights, can tell.
  @Test("neurons turned so that their output weights are positive are not seen, and need not be")
  func turnedNeurons() throws {
    let turned = Self.transformed("turned", Self.tanh) { x, _, density, _ in
      let n = density.neurons
      return x.enumerated().map { x[$0 % n] < 0 ? -$1 : $1 }
    }
    let positions = try turned.draw(Self.tanh, true)
    #expect(positions.allSatisfy { $0.allSatisfy { $0[..<Self.tanh.neurons].allSatisfy { $0 >= 0 } } })
    let check = try FaultySampling.checks(Self.tanh, positions).now
    #expect(check.passed, "\(check.failures)")
    let right = try FaultySampling.checks(Self.tanh, turned.draw(Self.tanh, false)).now
    for (one, other) in zip(check.results, right.results) { #expect(abs(one.z - other.z) < 1e-6, "\(one.name)") }
  }

  /// Three contexts, which have no exact averages, at a tightness at which both identities of the weights are blind.
  @Test("balance decides where the identities of the weights cannot tell")
  func tightEnsemble() throws {
    let gains = Matrix((0..<16).map { i in (0..<3).map { Double(i >> $0 & 1) } })
    let ensemble = GainModulatedLinearEnsemble(
      task: try .inputSelection(contexts: 3), neurons: 16, ensemble: .gibbs(tightness: 1e7), convention: .prior,
      outputScale: 1, inputScale: 1, gains: .given(gains), stimulusCovariance: .identity(3))
    let density = try ensemble.density()
    let positions = try FaultySampling.positions(
      try #require(density.collapsedKernel()), draws: Self.draws, thin: 2, warmup: 200, seed: 75
    ) { density.drawPrior(using: &$1) }
    let (before, now) = try FaultySampling.checks(ensemble, positions)
    #expect(before.isUndecided && before.blindIdentities == ["output_weight_identity", "input_weight_identity"])
    #expect(now.passed && now.blindIdentities == before.blindIdentities, "\(now.failures) \(now.doubts)")
    let scaled = positions.map { $0.map { x in x.enumerated().map { $0 < 16 ? $1 / 1.02 : 1.02 * $1 } } }
    let check = try FaultySampling.checks(ensemble, scaled).now
    #expect(check.failures.contains { $0.name == "balance[0]" }, "\(check.results)")
  }
}
