// Simulation-based calibration: right samplers pass, samplers of another law do not.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite("Proof: simulation-based calibration") struct ProofOfCalibrationTests {
  /// What the tests decide by: all cases and quantities together fail a right sampler with this probability.
  static let falseAlarmRate = 1e-3
  static let draws = 19

  /// The replicas of one sampler.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let quantities: [String]
    let replica: @Sendable (Int) throws -> CalibrationReplica?
    var testDescription: String { name }

    init<Ensemble: SampledEnsemble, Kernel: PointKernel>(
      _ name: String, _ ensemble: Ensemble, warmup: Int = 60, thin: Int = 3,
      _ makeKernel: @escaping @Sendable (Ensemble.Density) throws -> Kernel
    ) where Kernel.Target == Ensemble.Density {
      let calibration = try! SimulationBasedCalibration(ensemble, seed: 151)!
      self.name = name
      quantities = calibration.quantities
      replica = { number in
        try calibration.replica(number, draws: ProofOfCalibrationTests.draws, thin: thin) {
          (try makeKernel($0), NoAdaptation<Kernel>(transitions: warmup))
        }
      }
    }

    /// The quantities that leave their band.
    func outside(replicas: Int, falseAlarmRate: Double) throws -> [String] {
      let found = try parallelMap(replicas, threads: 2) { try replica($0)! }
      let band = RankBand(
        replicas: replicas, draws: ProofOfCalibrationTests.draws,
        falseAlarmRate: falseAlarmRate / Double(quantities.count))
      return quantities.indices.filter { k in
        !band.contains(RankBand.counts(of: found.map { $0.ranks[k] }, draws: ProofOfCalibrationTests.draws))
      }.map { quantities[$0] }
    }
  }

  /// K = D = 4, 24 neurons with given gains: 16 numbers of data.
  static let given = GainModulatedLinearEnsemble(
    task: try! LearningTask(target: Matrix.identity(4)), neurons: 24, ensemble: .gibbs(tightness: 8),
    convention: .prior,
    outputScale: 1.2, inputScale: 1.5,
    gains: .given(
      Matrix((0..<24).map { i in (0..<4).map { c in Double((i * 7 + c * c * 5 + i * i * c) % 3 == 0 ? 0 : 1) } })),
    stimulusCovariance: .identity(4))
  static let drawn = ProofOfStructuredKernelsTests.drawn()
  static let tanh = ProofOfStructuredKernelsTests.twoLayer(.tanh)
  static let deep = ProofOfStructuredKernelsTests.deep(.tanh)

  @Sendable static func langevin<Target: NetworkDensity>(
    _ density: Target, _ stepSize: Double, _ correction: Langevin<Target>.Correction
  ) -> Langevin<Target> {
    Langevin(density, tuning: Tuning(stepSize: stepSize, inUnitsOf: density), correction: correction)
  }

  static let right: [Case] = [
    Case("collapsed, given gains", given) { PopulationGibbs($0)! },
    Case("collapsed, drawn gains", drawn) { PatternGibbs($0)! },
    Case("neuron by neuron, tanh", tanh) { NeuronGibbs($0, stepSize: 0.7, sweeps: 2)! },
    Case("HMC, deep tanh", deep) {
      HamiltonianMonteCarlo($0, tuning: Tuning(stepSize: 0.25, inUnitsOf: $0), length: .time(upTo: 2))
    },
    Case("outputs integrated out, deep relu", ProofOfStructuredKernelsTests.deep(.relu, scaling: .standard)) {
      try ProofOfStructuredKernelsTests.collapsed($0)
    },
    Case("Langevin, tanh", tanh, warmup: 400, thin: 40) { langevin($0, 0.35, .adjusted) },
    Case("Langevin and flips", drawn, warmup: 150, thin: 30) {
      Cycle(FaultyLangevin(target: $0, stepSize: 0.25, fault: .none), BinaryFlips($0))
    },
  ]

  @Test("right samplers pass (false alarms below 1e-3 in all)", arguments: right.indices)
  func passes(number: Int) throws {
    let outside = try Self.right[number].outside(
      replicas: 600, falseAlarmRate: Self.falseAlarmRate / Double(Self.right.count))
    #expect(outside.isEmpty, "\(Self.right[number].name): \(outside)")
  }

  static let mutants: [Case] = [
    Case("a tightness 10 % too small", given) { PopulationGibbs($0.tempered(to: 0.9))! },
    Case("Langevin steps of twice the length without an accept step", tanh, warmup: 400, thin: 40) {
      langevin($0, 0.7, .unadjusted)
    },
    Case("a stale gradient after flips", drawn, warmup: 150, thin: 30) {
      Cycle(FaultyLangevin(target: $0, stepSize: 0.25, fault: .staleGradient), BinaryFlips($0))
    },
    Case("chains that have not left their start", deep, warmup: 0, thin: 1) {
      langevin($0, 0.02, .adjusted)
    },
    Case("one degree of freedom too many in every norm", given) {
      PopulationGibbs($0) { law in law.counts = law.counts.map { $0 + 1 } }!
    },
  ]

  @Test("mutants leave the band", arguments: mutants.indices)
  func isRejected(number: Int) throws {
    let outside = try Self.mutants[number].outside(replicas: 2400, falseAlarmRate: Self.falseAlarmRate)
    #expect(!outside.isEmpty, "\(Self.mutants[number].name)")
  }

  @Test("replicas depend on their number alone, ranks are those of the streams, and ends are kept")
  func areReproducible() throws {
    let one = Self.right[0]
    let first = try #require(try one.replica(3))
    #expect(try one.replica(3) == first)
    #expect(try one.replica(4) != first)
    #expect(first.ranks.allSatisfy { (0...Self.draws).contains($0) })
    #expect(first.ranks.count == one.quantities.count && first.correlations.count == one.quantities.count)
    #expect(one.quantities.prefix(2) == ["lp", "loss"])
    #expect(one.quantities.contains("readout[0,1]") && !one.quantities.contains { $0.hasPrefix("weight_identity") })
    let calibration = try #require(try SimulationBasedCalibration(Self.tanh, seed: 1))
    typealias Kernel = NeuronGibbs<FeedforwardDensity>
    let ended = try calibration.replica(
      0, draws: 3, thin: 1, goesOn: { false },
      makeChain: { (try #require(Kernel($0)), NoAdaptation<Kernel>(transitions: 5)) })
    #expect(ended == nil)
  }

  @Test("ensembles that are conditioned on no data have no calibration")
  func needsData() throws {
    let product = ProofOfNetworkDensitiesTests.ensemble(.product, neurons: 7, covariance: .identity(2))
    #expect(try SimulationBasedCalibration(product, seed: 1) == nil)
  }
}
