// Multipliers of neurons with continuous gains by quadrature over their drives, against values of other programs.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct NeuronQuadratureTests {
  static func family(
    _ activation: Activation, contexts: Int = 2, features: Int = 2, output: Double = 1, input: Double = 1,
    context: Double = 1
  ) throws -> NeuronFamily {
    try NeuronFamily(
      NeuronResponse(activation, stimuli: .small, contexts: contexts, features: features), outputScale: output,
      inputScale: input, contextScale: context)
  }

  /// r times input selection in two contexts; Λ by an independent quadrature to five digits.
  @Test(arguments: [
    (Activation.erf, 1.0, 0.78623, -0.35475), (.tanh, 0.6, 0.86527, -0.47192),
  ])
  func multipliersAreTheKnownOnes(activation: Activation, size: Double, own: Double, other: Double) throws {
    let targets = [size, 0, 0, size]
    let found = try #require(NeuronQuadrature(try Self.family(activation), targets: targets)?.solve())
    for (value, wanted) in zip(found.multipliers, [own, other, other, own]) {
      #expect(abs(value - wanted) < 1e-5, "\(found.multipliers)")
    }
    for (moment, target) in zip(found.moments, targets) { #expect(abs(moment - target) < 1e-9) }
    #expect(found.multiplierErrors.allSatisfy { $0 < 1e-5 } && found.momentErrors.allSatisfy { $0 < 1e-9 })
  }

  /// One weight each: ∫ db N(b) (1 − λ²g²)^(−1/2) and its slope by adaptive quadrature, at scales other than 1.
  @Test(arguments: [Activation.tanh, .erf, .softplus, .gelu]) func oneContextByAdaptiveQuadrature(
    activation: Activation
  ) throws {
    let family = try Self.family(activation, contexts: 1, features: 1, output: 0.8, input: 1.3, context: 0.7)
    let found = try #require(NeuronQuadrature(family, targets: [0.3])?.solve())
    let variance = 0.64 * 1.69
    func average(_ body: (Double) -> Double) throws -> Double {
      try AdaptiveQuadrature.integrate(-10...10, absoluteError: 0, relativeError: 1e-11) { z in
        let gain = activation.gain(0.7 * z)
        let pull = found.multipliers[0] * gain
        return exp(-0.5 * z * z) / (2 * Double.pi).squareRoot() * body(gain) / (1 - variance * pull * pull).squareRoot()
      }.value
    }
    let total = try average { _ in 1 }
    let mean = try average { gain in
      variance * found.multipliers[0] * gain * gain / (1 - variance * pow(found.multipliers[0] * gain, 2))
    }
    #expect(abs(mean / total - 0.3) < 1e-8)
    let entropy = try #require(found.relativeEntropy)
    #expect(abs(entropy.value - (0.3 * found.multipliers[0] - log(total))) < 1e-9)
  }

  /// The same law by draws.
  @Test("draws agree (false alarms 1e-6)") func drawsAgree() throws {
    let family = try Self.family(.tanh)
    let targets = [0.3, 0.1, 0, 0.25]
    let exact = try #require(NeuronQuadrature(family, targets: targets)?.solve())
    let drawn = try ConstraintSolver().solve(family, targets: targets, seed: 3)
    for k in targets.indices {
      #expect(abs(drawn.multipliers[k] - exact.multipliers[k]) < 5.5 * drawn.multiplierErrors[k])
      for l in targets.indices {
        #expect(
          abs(drawn.hessian[k, l] - exact.hessian[k, l]) < 0.15 * exact.hessian[k, k].squareRoot()
            * exact.hessian[l, l].squareRoot())
      }
    }
    let (a, b) = (try #require(drawn.relativeEntropy), try #require(exact.relativeEntropy))
    #expect(abs(a.value - b.value) < 5.5 * a.standardError)
  }

  @Test func whatQuadratureCannotDoIsLeftToDraws() throws {
    #expect(NeuronQuadrature(try Self.family(.tanh, contexts: 5), targets: [Double](repeating: 0, count: 10)) == nil)
    let smooth = try NeuronFamily(
      NeuronResponse(.tanh, stimuli: .gaussian(covariance: .identity(1)), contexts: 1, features: 1))
    #expect(NeuronQuadrature(smooth, targets: [0.1]) == nil)
    // Drives so wide that points miss where gains are.
    #expect(NeuronQuadrature(try Self.family(.tanh, context: 1e4), targets: [1e-4, 0, 0, 1e-4])?.solve() == nil)
  }
}
