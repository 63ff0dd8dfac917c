// Drawn networks against averages that are known otherwise: quadrature for one neuron, identities for more.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite("recurrent networks against quadrature and identities") struct RecurrentReferenceTests {
  /// A case of Reference/recurrent_neuron.json, which says how it was made.
  struct Reference: Decodable {
    let name, activation: String
    let leak, tightness: Double
    let contexts: Int
    let context: [Int]
    let scales: [String: Double]
    let inputs, targets, mask: [[Double]]
    let expected: [String: Double]

    var ensemble: RecurrentEnsemble {
      get throws {
        let batch = try TrialBatch(
          trials: inputs.count, times: inputs[0].count, inputChannels: 1, outputChannels: 1,
          inputs: inputs.flatMap { $0 }, targets: targets.flatMap { $0 }, mask: mask.flatMap { $0 },
          contextOfTrial: context, contexts: contexts)
        return RecurrentEnsemble(
          architecture: RecurrentArchitecture(
            for: batch, neurons: 1, activation: try #require(Activation(rawValue: activation)), leak: leak),
          scales: WeightScales(
            output: scales["output"]!, input: scales["input"]!, context: scales["context"]!,
            hidden: scales["recurrent"]!),
          trials: batch, tightness: tightness)
      }
    }
  }

  struct References: Decodable { let cases: [Reference] }

  static let references: [Reference] = {
    let url = Bundle.module.url(forResource: "Reference/recurrent_neuron", withExtension: "json")!
    return try! JSONDecoder().decode(References.self, from: Data(contentsOf: url)).cases
  }()

  /// |z| that chance exceeds in one of 60 comparisons with probability 1e-9.
  static let bound = 6.8

  static let quantities = [
    "output_second_moment", "recurrent_second_moment", "input_second_moment", "context_second_moment", "loss",
  ]

  static func draw<Kernel: TunableKernel>(
    _ ensemble: RecurrentEnsemble, _ draws: Int, seed: UInt64, _ kernel: Kernel
  ) throws -> DrawTable where Kernel.Target == RecurrentDensity {
    let density = ensemble.density()
    let seen = ensemble.observables(of: density)
    return try collectDraws(chains: 4, draws: draws, threads: 2) { number in
      var start = try RandomStream(StreamKey(seed: seed, chain: number, purpose: .start))
      let chain = try Chain(
        number: number, kernel: kernel, warmup: WindowedAdaptation(.windows(transitions: 500)),
        start: density.drawPrior(using: &start),
        stream: try RandomStream(StreamKey(seed: seed, chain: number, purpose: .transitions)))
      return ChainSource(
        chain, layout: density.layout, observables: seen, accumulator: ensemble.accumulator(of: density), thin: 1)
    }
  }

  @Test("one neuron has the averages of quadrature (false alarms 1e-9 in all)", arguments: references.indices)
  func oneNeuron(number: Int) throws {
    let reference = Self.references[number]
    let ensemble = try reference.ensemble
    let density = ensemble.density()
    let kernels: [(String, DrawTable)] = [
      (
        "collapsed",
        try Self.draw(
          ensemble, 6000, seed: 40 + UInt64(number),
          try #require(density.collapsedTrajectoryKernel(stepSize: 0.3, length: .time(upTo: 2))))
      ),
      (
        "hmc",
        try Self.draw(
          ensemble, 6000, seed: 60 + UInt64(number),
          HamiltonianMonteCarlo(density, tuning: Tuning(stepSize: 0.3, inUnitsOf: density), length: .time(upTo: 2)))
      ),
    ]
    #expect(Self.references.count * kernels.count * Self.quantities.count <= 60)
    for (kernel, table) in kernels {
      for name in Self.quantities {
        let draws = table[name]
        let mean = RunningMoments(draws.joined()).mean
        let z = (mean - reference.expected[name]!) / Diagnostics.mcseMean(draws)
        #expect(
          abs(z) < Self.bound, "\(reference.name), \(kernel), \(name): \(mean), \(reference.expected[name]!), z = \(z)")
      }
    }
  }

  /// Three neurons and three steps, masked, in two contexts.
  static func small(_ activation: Activation, leak: Double, scaling: FeedforwardArchitecture.ReadoutScaling)
    -> RecurrentEnsemble
  {
    let batch = RecurrentCase.batch(channels: 2, trials: 4, times: 3)
    return RecurrentEnsemble(
      architecture: RecurrentArchitecture(
        for: batch, neurons: 3, activation: activation, leak: leak, readoutScaling: scaling),
      // Polynomials of polynomials have tails that small weights keep in bounds.
      scales: activation.isSuperlinear
        ? WeightScales(output: 0.8, input: 0.4, context: 0.5, hidden: 0.3) : RecurrentCase.scales,
      trials: batch, tightness: 3)
  }

  @Test(
    "all exact predictions hold (false alarms 1e-9 each)",
    arguments: Activation.allCases.filter { $0.isDifferentiable }.indices)
  func identities(number: Int) throws {
    let activation = Activation.allCases.filter { $0.isDifferentiable }[number]
    let isOdd = number % 2 == 1
    let ensemble = Self.small(activation, leak: isOdd ? 0.6 : 1, scaling: isOdd ? .meanField : .standard)
    let kernel = try #require(
      ensemble.density().collapsedTrajectoryKernel(stepSize: 0.2, length: .time(upTo: 2)))
    let table = try Self.draw(ensemble, 4000, seed: 80 + UInt64(number), kernel)
    let check = Check(try ensemble.predictions(), against: table, falseAlarmRate: 1e-9)
    #expect(check.failures.isEmpty, "\(activation): \(check.failures)")
    #expect(check.results.contains { $0.name == "weight_identity[1]" && $0.status == .exact })
  }

  @Test("averages of the prior (false alarms 1e-9)") func prior() throws {
    let batch = RecurrentCase.batch(channels: 1, trials: 3, times: 3)
    let ensemble = RecurrentEnsemble(
      architecture: RecurrentArchitecture(for: batch, neurons: 4, activation: .tanh), scales: RecurrentCase.scales,
      trials: batch, tightness: 0)
    let table = try Self.draw(
      ensemble, 10_000, seed: 99,
      try #require(ensemble.density().collapsedTrajectoryKernel(stepSize: 0.5, length: .time(upTo: 2))))
    let check = Check(try ensemble.predictions(), against: table, falseAlarmRate: 1e-9)
    #expect(check.failures.isEmpty, "\(check.failures)")
    for name in ["recurrent_power[3]", "real_eigenvalues", "recurrent_second_moment"] {
      #expect(check.results.contains { $0.name == name && $0.status == .exact }, "\(name)")
    }
    #expect(check.results.contains { $0.name == "activity_second_moment" && $0.status == .asymptotic })
  }
}
