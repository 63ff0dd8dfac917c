// Kernels on recurrent networks by Geweke's joint test, and mistakes that it must see.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite("Proof: kernels on recurrent networks") struct ProofOfRecurrentTests {
  typealias Case = ProofOfStructuredKernelsTests.Case

  static func ensemble(
    _ activation: Activation, leak: Double = 1, scaling: FeedforwardArchitecture.ReadoutScaling = .standard,
    channels: Int = 2, overlaps: [Double] = [], askingForOne: Bool = false
  ) -> RecurrentEnsemble {
    let batch =
      askingForOne
      ? RecurrentCase.batchOfOneAskedChannel(trials: 3, times: 3)
      : RecurrentCase.batch(channels: channels, trials: 3, times: 3)
    var stream = try! RandomStream(StreamKey(seed: 17, chain: 0, purpose: .testing))
    return RecurrentEnsemble(
      architecture: RecurrentArchitecture(
        for: batch, neurons: 4, activation: activation, leak: leak, readoutScaling: scaling,
        lowRank: overlaps.isEmpty
          ? nil : LowRankConnectivity(overlaps: overlaps, size: 2, neurons: 4, using: &stream)),
      scales: RecurrentCase.scales, trials: batch, tightness: scaling == .standard ? 6 : 2)
  }

  @Sendable static func collapsed(
    _ density: RecurrentDensity
  ) throws -> CollapsedHamiltonian<RecurrentHiddenDensity> {
    try #require(CollapsedHamiltonian(density, stepSize: 0.35, length: .uniform(1...6)))
  }

  static let cases: [Case] = [
    Case("outputs integrated out, tanh, masked", ensemble(.tanh)) { try collapsed($0) },
    Case("outputs integrated out, one of two channels asked for", ensemble(.tanh, askingForOne: true)) {
      try collapsed($0)
    },
    Case("outputs integrated out, relu, leaky", ensemble(.relu, leak: 0.5, scaling: .meanField, channels: 1)) {
      try collapsed($0)
    },
    Case("HMC, erf", ensemble(.erf, leak: 0.7)) {
      HamiltonianMonteCarlo($0, tuning: Tuning(stepSize: 0.2), length: .uniform(1...8))
    },
    Case("outputs integrated out, a part of rank one given", ensemble(.tanh, overlaps: [1.5])) { try collapsed($0) },
    Case("NUTS, softplus", ensemble(.softplus)) { NoUTurn($0, tuning: Tuning(stepSize: 0.2)) },
    Case("slices, signs", ensemble(.sign)) { EllipticalSlice($0) },
  ]

  static func mistaken(
    _ name: String, _ ensemble: RecurrentEnsemble, _ change: @escaping @Sendable (inout NeuronSumTask) -> Void
  ) -> Case {
    Case(name, ensemble) { density in
      CollapsedHamiltonian(
        density, RecurrentHiddenDensity(density) { change(&$0) }, stepSize: 0.35, length: .uniform(1...6))
    }
  }

  static let mutants: [Case] = [
    mistaken("another precision", ensemble(.tanh)) { $0.precision *= 1.4 },
    mistaken("another factor", ensemble(.tanh, channels: 1)) { $0.factor *= 1.2 },
    mistaken("another task", ensemble(.relu, scaling: .meanField)) { $0.wanted[0] += 0.8 },
    Case("output weights that stay", ensemble(.tanh)) { StaleOutputs(try collapsed($0)) },
  ]

  /// Output weights left behind where the other weights go on.
  struct StaleOutputs: PointKernel {
    var inner: CollapsedHamiltonian<RecurrentHiddenDensity>
    var target: RecurrentDensity {
      get { inner.target }
      set { inner.target = newValue }
    }
    init(_ inner: CollapsedHamiltonian<RecurrentHiddenDensity>) { self.inner = inner }
    func makeScratch() -> CollapsedHamiltonian<RecurrentHiddenDensity>.Scratch { inner.makeScratch() }
    func step(
      _ point: inout PointState<RecurrentDensity>, scratch: inout CollapsedHamiltonian<RecurrentHiddenDensity>.Scratch,
      using stream: inout RandomStream
    ) -> Transition {
      let count = target.layout.blocks[0].count
      let stale = Array(point.current.position[0..<count])
      let transition = inner.step(&point, scratch: &scratch, using: &stream)
      point.current.position.replaceSubrange(0..<count, with: stale)
      point.current.invalidate()
      point.current.evaluate(target, using: &point.workspace)
      return transition
    }
  }

  @Test("kernels leave ensembles invariant (false alarms 1e-6 each)", arguments: cases.indices)
  func kernelIsRight(number: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 1200 + UInt64(number), chain: 0, purpose: .testing))
    let report = try Self.cases[number].run(SequentialTest(falseAlarmRate: 1e-6, sampleSize: 2000), &stream)
    #expect(report.passed, "\(Self.cases[number].name): \(report)")
  }

  @Test("mutants are rejected", arguments: mutants.indices)
  func mutantIsRejected(number: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 1220 + UInt64(number), chain: 0, purpose: .testing))
    let report = try Self.mutants[number].run(SequentialTest(falseAlarmRate: 1e-5, sampleSize: 4000), &stream)
    #expect(!report.passed, "\(Self.mutants[number].name): \(report)")
  }

  @Test("log densities are the density's, restarts exact, steps free of allocations") func keepTheContract() throws {
    for (number, network) in [RecurrentCase(.tanh), RecurrentCase(.relu, leak: 0.4, channels: 1)].enumerated() {
      try ProofOfStructuredKernelsTests.expectContract(Self.collapsed(network.density), stream: 30 + number)
    }
  }
}
