// Wide recurrent networks of the prior: mean squares of activities with and without leak, and chaos.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct RecurrentMeanFieldTests {
  /// Four values of the literature's sigmoid erf(√π x/2), in whose units inputs are 2/√π times as large; of tanh by Gauss-Hermite quadrature.
  @Test(arguments: [
    (1.2, 0.28774, 0.2426289), (1.5, 0.83875, 0.7476864), (2, 2.06408, 1.9248054), (3, 5.63743, 5.4463261),
  ])
  func chaosHasItsVariance(scale: Double, sigmoid: Double, tanh: Double) throws {
    let unit = Double.pi / 4
    let found = try #require(try ChaoticActivity.variance(of: .erf, scale: scale * unit.squareRoot()))
    #expect(abs(found / unit - sigmoid) < 6e-6)
    let other = try #require(try ChaoticActivity.variance(of: .tanh, scale: scale))
    #expect(abs(other - tanh) < 2e-6, "\(other)")
  }

  @Test func chaosNeedsAGainAboveOne() throws {
    #expect(try ChaoticActivity.variance(of: .tanh, scale: 1) == nil)
    #expect(try ChaoticActivity.variance(of: .erf, scale: 0.886) == nil)
    #expect(try ChaoticActivity.variance(of: .erf, scale: 0) == nil)
    for activation in [Activation.linear, .relu, .softplus, .sign, .quadratic] {
      #expect(try ChaoticActivity.variance(of: activation, scale: 3) == nil, "\(activation)")
    }
    // Just above the transition, and far above, where neurons are signs: Δ0/2 = q² (2/π) ∫_0^1 asin s ds = q² (1 − 2/π).
    let small = try #require(try ChaoticActivity.variance(of: .tanh, scale: 1.01))
    #expect(small > 0 && small < 0.02)
    let large = try #require(try ChaoticActivity.variance(of: .erf, scale: 1e6))
    #expect(abs(large / (2e12 * (1 - 2 / Double.pi)) - 1) < 1e-5)
    #expect(throws: NotComputed.self) { try ChaoticActivity.variance(of: .tanh, scale: 1e4) }
  }

  static func density(
    _ activation: Activation, neurons: Int = 40, leak: Double, trials: TrialBatch = RecurrentCase.batch(),
    scales: WeightScales = RecurrentCase.scales
  ) -> RecurrentDensity {
    RecurrentDensity(
      architecture: RecurrentArchitecture(for: trials, neurons: neurons, activation: activation, leak: leak),
      scales: scales, trials: trials, tightness: 0)
  }

  /// A pulse in the first step, and silence.
  static func pulse(times: Int) throws -> TrialBatch {
    let inputs = (0..<times).map { $0 == 0 ? 1.0 : 0 }
    let ones = [Double](repeating: 1, count: times)
    return try TrialBatch(
      trials: 1, times: times, inputChannels: 1, outputChannels: 1, inputs: inputs, targets: ones, mask: ones,
      contextOfTrial: [0], contexts: 1)
  }

  /// The recursion in two times, with a leak of nearly 1, is that of the variance alone without.
  @Test(arguments: [Activation.tanh, .erf, .relu, .linear, .softplus, .sign, .gelu, .quadratic])
  func leakOfOneIsTheLimit(activation: Activation) throws {
    let one = try RecurrentMeanField(Self.density(activation, leak: 1))
    let nearly = try RecurrentMeanField(Self.density(activation, leak: 1 - 1e-12))
    // Covariances next to the variance move by the leak's distance from 1, those of signs by its root.
    let error = activation == .sign ? 1e-7 : 1e-9
    #expect(abs(one.square - nearly.square) < error * one.square)
    #expect(abs(one.finalSquare - nearly.finalSquare) < error * one.finalSquare)
  }

  /// Linear neurons without inputs but a pulse: h_t = Σ_k binomial(t, k) (1 − a)^(t−k) a^(k+1) (J/√N)^k I u, and powers are uncorrelated.
  @Test func linearNeuronsByTheBinomialLaw() throws {
    let (a, q, times) = (0.3, 1.4, 8)
    let scales = WeightScales(output: 1, input: 0.8, context: 1e-40, hidden: q)
    let field = try RecurrentMeanField(
      Self.density(.linear, leak: a, trials: try Self.pulse(times: times), scales: scales))
    func square(_ t: Int) -> Double {
      var (sum, binomial) = (0.0, 1.0)
      for k in 0...t {
        let term = binomial * pow(1 - a, Double(t - k)) * pow(a, Double(k + 1)) * pow(q, Double(k))
        sum += term * term * 0.64
        binomial *= Double(t - k) / Double(k + 1)
      }
      return sum
    }
    #expect(abs(field.finalSquare / square(times - 1) - 1) < 1e-12)
    let mean = (0..<times).reduce(0) { $0 + square($1) } / Double(times)
    #expect(abs(field.square / mean - 1) < 1e-12)
  }

  /// Small steps, long after a pulse: the chaos of continuous time.
  @Test func longAfterAPulseActivityIsChaotic() throws {
    let q = 2 * (Double.pi / 4).squareRoot()
    let scales = WeightScales(output: 1, input: 1, context: 1e-6, hidden: q)
    let field = try RecurrentMeanField(
      Self.density(.erf, leak: 0.02, trials: try Self.pulse(times: 1500), scales: scales))
    let chaos = try #require(try ChaoticActivity.variance(of: .erf, scale: q))
    #expect(abs(q * q * field.finalSquare / chaos - 1) < 0.01, "\(q * q * field.finalSquare), \(chaos)")
    // Without leak it is the fixed point of q_t, which is larger.
    let discrete = try RecurrentMeanField(
      Self.density(.erf, leak: 1, trials: try Self.pulse(times: 200), scales: scales))
    #expect(q * q * discrete.finalSquare > 1.1 * chaos)
  }

  /// The value of continuous time is predicted where steps come to it: not where they are no continuous time, nor before it is reached.
  @Test func chaosIsPredictedWhereItIsReached() throws {
    func predicted(_ leak: Double, times: Int, scale: Double) throws -> [Prediction] {
      try Prediction.chaoticVariance(
        Self.density(
          .erf, leak: leak, trials: try Self.pulse(times: times),
          scales: WeightScales(output: 1, input: 1, context: 1e-6, hidden: scale)))
    }
    let scale = 2 * (Double.pi / 4).squareRoot()
    #expect(try predicted(0.1, times: 300, scale: scale).map(\.name) == ["chaotic_variance"])
    #expect(try predicted(0.1, times: 50, scale: scale).isEmpty)
    #expect(throws: NotComputed.self) { try predicted(1, times: 100, scale: scale) }
    #expect(throws: NotComputed.self) { try predicted(0.2, times: 100, scale: 0.92) }
  }

  /// Drawn networks approach it as 1/N (false alarms 1e-5); a recursion that forgets the leak is off by more.
  @Test(arguments: [(Activation.tanh, 0.4), (.relu, 0.25), (.erf, 0.7)])
  func drawsFollow(activation: Activation, leak: Double) throws {
    let density = Self.density(activation, neurons: 200, leak: leak)
    let field = try RecurrentMeanField(density)
    var stream = try RandomStream(StreamKey(seed: 62, chain: 0, purpose: .testing))
    var (sum, squares) = (0.0, 0.0)
    let draws = 150
    for _ in 0..<draws {
      let x = density.drawPrior(using: &stream)
      let activities = density.activities(at: x.span, trials: density.batch)
      let square = activities.reduce(0) { $0 + $1 * $1 } / Double(activities.count)
      sum += square
      squares += square * square
    }
    let mean = sum / Double(draws)
    let error = ((squares / Double(draws) - mean * mean) / Double(draws)).squareRoot()
    #expect(abs(mean - field.square) < 4.5 * error + 0.005 * mean, "\(mean) +- \(error), \(field.square)")
    let forgetful = try RecurrentMeanField(Self.density(activation, neurons: 200, leak: 1))
    #expect(abs(mean - forgetful.square) > 4.5 * error + 0.005 * mean)
  }

  @Test func whatTakesTooLongIsLeftOut() throws {
    let long = try Self.pulse(times: 3000)
    #expect(throws: NotComputed.self) { try RecurrentMeanField(Self.density(.tanh, leak: 0.1, trials: long)) }
    _ = try RecurrentMeanField(Self.density(.tanh, leak: 1, trials: long))
    let scales = WeightScales(output: 1, input: 1, context: 1, hidden: 1e30)
    #expect(throws: NotComputed.self) { try RecurrentMeanField(Self.density(.relu, leak: 0.5, scales: scales)) }
  }
}
