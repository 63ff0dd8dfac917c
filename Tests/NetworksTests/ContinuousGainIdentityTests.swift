// Sampled networks with continuous gains, or on Gaussian stimuli, satisfy the identities that are exact at every width.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

/// Draws of a density by HMC, seen through the observables of an ensemble, against the identities of its weights.
func identityCheck<Density: NetworkDensity, Seen: Observables>(
  sampling density: Density, seen: Seen, identities: WeightIdentities, draws count: Int = 6000, thin: Int = 1
) throws -> Check {
  let kernel = HamiltonianMonteCarlo(density, tuning: Tuning(stepSize: 0.1), length: .uniform(4...12))
  let draws = try collectDraws(chains: 2, draws: count) { number in
    var start = try RandomStream(StreamKey(seed: 61, chain: number, purpose: .start))
    let chain = try Chain(
      number: number, kernel: kernel, warmup: WindowedAdaptation(.windows(transitions: 600), metric: .identity),
      start: density.drawPrior(using: &start),
      stream: try RandomStream(StreamKey(seed: 61, chain: number, purpose: .transitions)))
    return ChainSource(
      chain, layout: density.layout, observables: seen, accumulator: NoAccumulator(), thin: thin)
  }
  let names = draws.names
  let scalars = Dictionary(uniqueKeysWithValues: names.map { ($0, draws[$0]) })
  // 6.3e-5 a block for two sides: |z| <= 4.
  return Check(
    identities.predictions, against: DrawTable(names: names, scalars: scalars, streaming: [[], []]),
    falseAlarmRate: 6.3e-5 * Double(identities.blocks.count))
}

@Suite struct ContinuousGainIdentityTests {
  static func density(_ activation: Activation, neurons: Int, tightness: Double = 10) -> ContinuousGainDensity {
    ContinuousGainDensity(
      neurons: neurons, activation: activation,
      potential: .loss(
        tightness: tightness, target: .identity(2), stimulusCovariance: Matrix([[1, 0.3], [0.3, 0.8]])),
      outputScale: 1.2, inputScale: 1.1, contextScale: 1.5)
  }

  static func check(
    _ density: ContinuousGainDensity, sampling sampled: ContinuousGainDensity, thin: Int = 1
  ) throws -> Check {
    let seen = ContinuousGainObservables(
      density: density, target: .identity(2), stimulusCovariance: Matrix([[1, 0.3], [0.3, 0.8]]))
    return try identityCheck(sampling: sampled, seen: seen, identities: density.weightPrior.identities, thin: thin)
  }

  /// Three identities at each of three widths within 4 standard errors, each below 2 % of its value; false-alarm rate 6.3e-5
  /// an identity.
  @Test(arguments: [(Activation.tanh, 5), (.erf, 20), (.softplus, 100)])
  func identitiesHold(activation: Activation, neurons: Int) throws {
    let density = Self.density(activation, neurons: neurons)
    let check = try Self.check(density, sampling: density, thin: neurons == 5 ? 4 : 1)
    #expect(abs(check.threshold - 4) < 0.01)
    #expect(check.results.count == 3)
    #expect(check.results.allSatisfy { $0.status == .exact && $0.standardError < 0.02 }, "\(check.results)")
    #expect(check.passed, "\(check.failures), R-hat \(check.worstRHat)")
  }

  /// Networks bound a fifth less tightly do not pass for the ensemble's.
  @Test func identitiesCatchAnotherTightness() throws {
    let density = Self.density(.tanh, neurons: 20)
    let check = try Self.check(density, sampling: density.tempered(to: 0.8))
    #expect(check.results.allSatisfy { $0.status == .exact })
    #expect(!check.failures.isEmpty && !check.isUndecided)
  }
}
