// Activation functions: the facts that each states, and what follows from φ and its derivatives alone.

import Foundation
import Sampling
import Testing

@testable import Networks

/// φ(x) = x/(1 + e⁻ˣ), with nothing but what is required: every average is by quadrature.
private enum Swish: ActivationFunction {
  static let name = "swish"
  static var gainRange: ClosedRange<Double> { -0.1...1.1 }
  static var growth: ActivationGrowth { .rectified }
  private static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  static func value(_ x: Double) -> Double { x * logistic(x) }
  static func gain(_ x: Double) -> Double { logistic(x) + x * logistic(x) * logistic(-x) }
  static func curvature(_ x: Double, value: Double, gain: Double) -> Double {
    let (s, r) = (logistic(x), logistic(-x))
    return s * r * (2 + x * (r - s))
  }
}

@Suite struct ActivationTests {
  static let inputs = stride(from: -9.0, through: 9, by: 0.37).map { $0 } + [0]

  @Test func namesAreWords() {
    #expect(
      Activation.allCases.map(\.rawValue) == [
        "linear", "relu", "tanh", "erf", "softplus", "gelu", "quadratic", "hermite2", "hermite3", "sign",
      ])
    for activation in Activation.allCases {
      #expect(Activation(rawValue: activation.rawValue) == activation && "\(activation)" == activation.rawValue)
    }
    #expect(Activation(rawValue: "swish") == nil && Activation.relu != .gelu)
  }

  /// Gains and curvatures are central differences, gains keep to their range and reach its ends, and odd is odd.
  @Test(arguments: Activation.allCases.filter(\.hasBoundedGains)) func factsAreTrue(activation: Activation) {
    let h = 1e-5
    for x in Self.inputs where x != 0 {
      let (value, gain) = (activation.value(x), activation.gain(x))
      #expect(abs((activation.value(x + h) - activation.value(x - h)) / (2 * h) - gain) < 1e-8)
      #expect(abs((activation.gain(x + h) - activation.gain(x - h)) / (2 * h) - activation.curvature(x)) < 1e-8)
      #expect(abs(activation.function.curvature(x, value: value, gain: gain) - activation.curvature(x)) < 1e-14)
      if activation.isOdd { #expect(activation.value(-x) == -value) }
      if activation.isHomogeneous { #expect(activation.value(2.5 * x) == 2.5 * value) }
      if activation.hasStepGain { #expect(activation.curvature(x) == 0) }
    }
    let gains = stride(from: -30.0, through: 30, by: 1e-3).map(activation.gain)
    #expect(gains.allSatisfy { $0 >= activation.smallestGain && $0 <= activation.largestGain })
    #expect(gains.min()! < activation.smallestGain + 1e-6 && gains.max()! > activation.largestGain - 1e-6)
    switch activation.function.growth {
    case .bounded(let span):
      #expect(abs(activation.value(40) - activation.value(-40) - span) < 1e-14 && activation.smallestGain >= 0)
    case .linear: #expect(activation.value(1e9) == 1e9 && activation.value(-1e9) == -1e9)
    case .polynomial: Issue.record("its gain is not bounded")
    case .rectified: #expect(activation.value(1e9) == 1e9 && abs(activation.value(-1e9)) < 1e-9)
    }
  }

  /// The vector form is the scalar one, also in place, for any count.
  @Test(arguments: Activation.allCases + [Activation(Swish.self)]) func vectorsAreScalars(activation: Activation) {
    for count in [1, 7, 64, 65, 200] {
      let x = (0..<count).map { 18 * Double($0) / Double(count) - 9 }
      var values = x
      var gains = [Double](repeating: .nan, count: count)
      var curvatures = gains
      values.withUnsafeMutableBufferPointer { values in
        gains.withUnsafeMutableBufferPointer { gains in
          activation.apply(values.baseAddress!, values: values.baseAddress!, gains: gains.baseAddress!, count: count)
        }
      }
      activation.function.writeCurvatures(x, values: values, gains: gains, to: &curvatures, count: count)
      for i in 0..<count {
        #expect(abs(values[i] - activation.value(x[i])) < 1e-14 * max(1, abs(x[i]), abs(activation.value(x[i]))))
        #expect(abs(gains[i] - activation.gain(x[i])) < 1e-14 * max(1, abs(activation.gain(x[i]))))
        #expect(abs(curvatures[i] - activation.curvature(x[i])) < 1e-13)
      }
    }
  }

  /// Averages by the rules that hold for any function, against the adaptive quadrature with its error, and against closed forms.
  @Test func quadratureIsTheDefault() throws {
    for (drive, spread) in [(-2.0, 0.3), (0.4, 1.7), (3, 6), (0, 1e-3), (-20, 40)] {
      let variance = spread * spread
      let own = Activation(Swish.self)
      let fast = own.gaussianGain(drive: drive, variance: variance)
      let (exact, error) = try own.gaussianGainByQuadrature(drive: drive, spread: spread)
      #expect(abs(fast.gain - exact.gain) < 1e-10 + error.gain)
      #expect(abs(fast.driveSlope - exact.driveSlope) < 1e-10 + 4 * error.driveSlope)
      #expect(abs(fast.varianceSlope - exact.varianceSlope) < 1e-10 + 4 * error.varianceSlope)
      for closed in [Activation.erf, .gelu, .tanh, .softplus] {
        func rule<Function: ActivationFunction>(_ function: Function.Type) -> GaussianGain {
          GaussianGainTrapezoid.gain(of: function, drive: drive, variance: variance)
        }
        let (rule, closed) = (rule(closed.function), closed.gaussianGain(drive: drive, variance: variance))
        #expect(abs(rule.gain - closed.gain) < 1e-10 && abs(rule.driveSlope - closed.driveSlope) < 1e-10)
        #expect(abs(rule.varianceSlope - closed.varianceSlope) < 1e-9)
      }
    }
    let moments = try Swish.evenMoments(variance: 1.7)
    #expect(abs(Swish.kernel(1.7, 1.7, 1.7) - moments.second) < 1e-9)
    #expect(!Activation(Swish.self).hasGaussianPairs)
  }

  /// The exact gain of GELU networks on Gaussian stimuli.
  @Test func geluGainIsTheAdaptiveOne() throws {
    for spread in [0.003, 0.05, 0.3, 1, 1.6, 7, 30] {
      for drive in [-20.0, -7.3, -2, -0.4, 0, 0.1, 1, 3.7, 11, 20] {
        let fast = Activation.gelu.gaussianGain(drive: drive, variance: spread * spread)
        let (exact, error) = try Activation.gelu.gaussianGainByQuadrature(drive: drive, spread: spread)
        #expect(abs(fast.gain - exact.gain) < 1e-12 + error.gain, "\(drive) \(spread)")
        #expect(abs(fast.driveSlope - exact.driveSlope) < 1e-11 + 4 * error.driveSlope)
        #expect(abs(fast.varianceSlope - exact.varianceSlope) < 1e-10 + 4 * error.varianceSlope)
      }
    }
  }

  /// Gains below zero count for the existence of the product ensemble: two contexts whose multipliers are opposite pull hardest where
  /// one gain is the largest and the other the smallest.
  @Test func negativeGainsBoundMultipliers() throws {
    let response = NeuronResponse(.gelu, stimuli: .small, contexts: 2, features: 1)
    let family = try NeuronFamily(response)
    let (lowest, highest) = (Activation.gelu.smallestGain, Activation.gelu.largestGain)
    let pull = family.largestPull([0.6, -0.6], inputPrecision: 1)
    #expect(abs(pull - 0.6 * (highest - lowest)) < 1e-14)
    #expect(family.refusal(of: [0.79, -0.79]) == nil)
    #expect(family.refusal(of: [0.8, -0.8]) != nil)
  }
}
