// Kernels on the network densities: product ensembles by exact draws, Gibbs ensembles by Geweke's joint test.

import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite("Proof: kernels on network densities") struct ProofOfNetworkDensitiesTests {
  /// A test of one kernel on one ensemble.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let run: @Sendable (SequentialTest, inout RandomStream) throws -> KernelTestReport
    var testDescription: String { name }

    init<Kernel: PointKernel>(
      _ name: String, _ ensemble: GainModulatedLinearEnsemble, transitions: Int = 12,
      _ makeKernel: @escaping @Sendable (GainModulatedLinearDensity) throws -> Kernel
    ) {
      self.name = name
      run = {
        try #require(try ensemble.testKernel(transitions: transitions, rule: $0, using: &$1, makeKernel: makeKernel))
      }
    }
  }

  static func ensemble(
    _ kind: NetworkEnsemble, neurons: Int, convention: WeightConvention = .prior, activeProbability: Double = 0.4,
    covariance: Matrix = .identity(2)
  ) -> GainModulatedLinearEnsemble {
    GainModulatedLinearEnsemble(
      task: try! LearningTask(target: [[1, 0.3], [0, 0.8]]), neurons: neurons, ensemble: kind, convention: convention,
      outputScale: 1.2, inputScale: 1.5, activeProbability: activeProbability, stimulusCovariance: covariance)
  }

  static let product = ensemble(.product, neurons: 9)
  static let gibbs = ensemble(.gibbs(tightness: 8), neurons: 9)
  static let correlated = Matrix([[1.5, 0.4], [0.4, 0.7]])
  /// One stimulus in two dimensions.
  static let singular = Matrix([[1.44, 0.6], [0.6, 0.25]])

  /// All kernels, with steps that suit a few neurons.
  static func kernels(_ name: String, _ ensemble: GainModulatedLinearEnsemble) -> [Case] {
    @Sendable func flips(_ density: GainModulatedLinearDensity) -> BinaryFlips<GainModulatedLinearDensity> {
      BinaryFlips(density, scan: .eitherOrder)
    }
    return [
      Case("random walk and flips, \(name)", ensemble) {
        Cycle(RandomWalkMetropolis($0, tuning: Tuning(stepSize: 0.4)), flips($0))
      },
      Case("MALA and flips, \(name)", ensemble) { Cycle(Langevin($0, tuning: Tuning(stepSize: 0.8)), flips($0)) },
      Case("Crank-Nicolson and flips, \(name)", ensemble) {
        Cycle(PreconditionedCrankNicolson($0, stepSize: 0.5), flips($0))
      },
      Case("elliptical slice and flips, \(name)", ensemble) { Cycle(EllipticalSlice($0), flips($0)) },
      Case("HMC within flips, \(name)", ensemble) {
        Palindrome(HamiltonianMonteCarlo($0, tuning: Tuning(stepSize: 0.4), length: .uniform(1...8)), within: flips($0))
      },
      Case("NUTS or flips, \(name)", ensemble) {
        RandomMixture(NoUTurn($0, tuning: Tuning(stepSize: 0.5)), flips($0), firstProbability: 0.6)
      },
    ]
  }

  static let cases: [Case] =
    kernels("product", product) + kernels("Gibbs", gibbs) + [
      Case("MALA and flips, product with moments given", ensemble(.product, neurons: 5, convention: .moment)) {
        Cycle(Langevin($0, tuning: Tuning(stepSize: 0.8)), BinaryFlips($0))
      },
      Case("NUTS and flips, Gibbs, 19 neurons", ensemble(.gibbs(tightness: 20), neurons: 19)) {
        Cycle(NoUTurn($0, tuning: Tuning(stepSize: 0.3)), BinaryFlips($0))
      },
      Case("HMC, Gibbs with all gains on", ensemble(.gibbs(tightness: 8), neurons: 9, activeProbability: 1)) {
        HamiltonianMonteCarlo($0, tuning: Tuning(stepSize: 0.12), length: .fixed(6))
      },
      Case(
        "MALA and flips, Gibbs, correlated stimuli", ensemble(.gibbs(tightness: 8), neurons: 7, covariance: correlated)
      ) {
        Cycle(Langevin($0, tuning: Tuning(stepSize: 0.6)), BinaryFlips($0))
      },
      Case("MALA and flips, Gibbs, one stimulus", ensemble(.gibbs(tightness: 8), neurons: 7, covariance: singular)) {
        Cycle(Langevin($0, tuning: Tuning(stepSize: 0.6)), BinaryFlips($0))
      },
    ]

  static let rule = SequentialTest(falseAlarmRate: 1e-5, sampleSize: 2000).shared(by: cases.count + 1)

  @Test("every kernel is exact (false alarms below 1e-5 in all)", arguments: cases.indices)
  func isExact(number: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 411, chain: number, purpose: .testing))
    let report = try Self.cases[number].run(Self.rule, &stream)
    #expect(report.passed, "\(Self.cases[number].name): \(report)")
    let slowest = report.functions.map(\.changedFraction).min() ?? 0
    // A product of two gains is 1 with probability 0.16, so that even independent draws differ in 27 % of all cases.
    #expect(slowest > 0.15, "\(Self.cases[number].name) hardly moves: \(slowest)")
  }

  @Test("a reversible kernel has uniform ranks on the product ensemble (its share of the same false alarms)")
  func hasUniformRanks() throws {
    let target = try ProductEnsembleDensity(Self.product)
    let kernel = Palindrome(
      Langevin(target.density, tuning: Tuning(stepSize: 0.8)), within: BinaryFlips(target.density, scan: .eitherOrder))
    var stream = try RandomStream(StreamKey(seed: 412, chain: 0, purpose: .testing))
    let report = try ExactRankTest(target, rule: Self.rule).run(kernel, using: &stream)
    #expect(report.passed, "\(report)")
  }

  // MARK: Mutants

  typealias Misreading = Misread<GainModulatedLinearDensity>

  static func misread(
    _ name: String, _ ensemble: GainModulatedLinearEnsemble, _ change: @escaping @Sendable (inout Misreading) -> Void
  ) -> Case {
    Case(name, ensemble) { density in
      var misread = Misread(density)
      change(&misread)
      return Cycle(Langevin(misread, tuning: Tuning(stepSize: 0.7)), BinaryFlips(misread))
    }
  }

  static let mutants: [Case] =
    [("product", product), ("Gibbs", gibbs)].flatMap { name, ensemble in
      [
        misread("another temperature, \(name)", ensemble) { $0.inverseTemperature = 0.85 },
        misread("flips with other prior odds, \(name)", ensemble) { $0.extraLogOdds = 0.2 },
      ]
    } + [
      // Without interactions the product ensemble has no caches that flips could spoil.
      misread("caches that do not follow flips, Gibbs", gibbs) { $0.updatesCaches = false },
      misread("caches that follow the wrong flip, Gibbs", gibbs) { $0.updatesRightCoordinate = false },
      Case("ULA, Gibbs", gibbs) {
        Cycle(Langevin($0, tuning: Tuning(stepSize: 0.7), correction: .unadjusted), BinaryFlips($0))
      },
      Case("flips only, product", product) { BinaryFlips($0) },
    ]

  @Test("mutants are rejected", arguments: mutants.indices)
  func isRejected(number: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 413, chain: number, purpose: .testing))
    let rule = SequentialTest(falseAlarmRate: 1e-5, sampleSize: 4000).shared(by: Self.mutants.count)
    let report = try Self.mutants[number].run(rule, &stream)
    #expect(!report.passed, "\(Self.mutants[number].name): \(report)")
  }

  @Test("a kernel misreading nothing passes (false alarm below 1e-6)", arguments: [product, gibbs])
  func honest(ensemble: GainModulatedLinearEnsemble) throws {
    var stream = try RandomStream(StreamKey(seed: 414, chain: 0, purpose: .testing))
    let rule = SequentialTest(falseAlarmRate: 5e-7, sampleSize: 4000)
    let report = try Self.misread("", ensemble) { _ in }.run(rule, &stream)
    #expect(report.passed, "\(report)")
  }

  @Test("gradients pass the test of gradients, a wrong one does not", arguments: [product, gibbs])
  func testsGradients(ensemble: GainModulatedLinearEnsemble) throws {
    var stream = try RandomStream(StreamKey(seed: 415, chain: 0, purpose: .testing))
    let report = try ensemble.testGradient(using: &stream)
    #expect(report.passed && report.blocks.map(\.name) == ["output_weight", "input_weights"])
    #expect(report.blocks.allSatisfy { $0.error < 1e-8 })
    var wrong = Misread(try ensemble.density())
    wrong.gradientFactor = 1.00001
    let position = try ensemble.startingPosition(using: &stream)
    #expect(!GradientTest().run(wrong, at: [position]).passed)
  }
}
