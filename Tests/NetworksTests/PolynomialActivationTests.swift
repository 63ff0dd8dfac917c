// Activations that are polynomials, and the sign: values, Gaussian averages, mean products of two neurons.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct PolynomialActivationTests {
  static let polynomials: [Activation] = [.quadratic, .hermite2, .hermite3]

  /// E f(z), z ~ N(0, 1), by the trapezoid rule, which is exact to rounding for smooth f.
  static func mean(_ f: (Double) -> Double) -> Double {
    let h = 1.0 / 32
    return stride(from: -14.0, through: 14, by: h).reduce(0) { $0 + h * f($1) * exp(-$1 * $1 / 2) }
      / (2 * Double.pi).squareRoot()
  }

  @Test func valuesAreThePolynomials() {
    for x in [-3.0, -1, 0, 0.5, 2, 1e8] {
      #expect(Activation.quadratic.value(x) == x * x)
      #expect(abs(Activation.hermite2.value(x) - (x * x - 1) / 2.0.squareRoot()) <= 1e-15 * max(1, x * x))
      #expect(
        abs(Activation.hermite3.value(x) - (x * x * x - 3 * x) / 6.0.squareRoot()) <= 1e-15 * max(1, abs(x * x * x)))
    }
    for activation in Self.polynomials {
      #expect(!activation.isBounded && activation.isSuperlinear && !activation.hasBoundedGains)
      #expect(activation.hasGaussianPairs && activation.isDifferentiable)
      // None counts as active: no gain is half of a largest one.
      #expect(!activation.isActive(gain: 1e300))
      for x in [-2.3, -0.4, 0.7, 3.1] {
        let h = 1e-5
        let slope = (activation.value(x + h) - activation.value(x - h)) / (2 * h)
        #expect(abs(slope - activation.gain(x)) < 1e-8)
        #expect(abs((activation.gain(x + h) - activation.gain(x - h)) / (2 * h) - activation.curvature(x)) < 1e-8)
        #expect(activation.isOdd == (activation.value(-x) == -activation.value(x)))
      }
    }
  }

  /// Hermite polynomials are orthonormal under the standard normal law.
  @Test func hermitePolynomialsAreOrthonormal() {
    for (i, first) in [Activation.linear, .hermite2, .hermite3].enumerated() {
      #expect(abs(Self.mean(first.value)) < 1e-13)
      for (j, second) in [Activation.linear, .hermite2, .hermite3].enumerated() {
        #expect(abs(Self.mean { first.value($0) * second.value($0) } - (i == j ? 1 : 0)) < 1e-12)
      }
      #expect(abs(first.kernel(1, 0.6, 1) - pow(0.6, Double(i + 1))) < 1e-15)
    }
  }

  @Test(arguments: polynomials) func averagesAreIntegrals(activation: Activation) throws {
    for variance in [0, 0.3, 1, 2.7] {
      let s = variance.squareRoot()
      let moments = try activation.evenMoments(variance: variance)
      let second = Self.mean { pow(activation.value(s * $0), 2) }
      let fourth = Self.mean { pow(activation.value(s * $0), 4) }
      #expect(abs(moments.second - second) < 1e-11 * max(1, second))
      #expect(abs(moments.fourth - fourth) < 1e-10 * max(1, fourth))
      #expect(abs(activation.kernel(variance, variance, variance) - second) < 1e-11 * max(1, second))
      for drive in [-1.3, 0, 0.4] {
        let gain = activation.gaussianGain(drive: drive, variance: variance)
        #expect(abs(gain.gain - Self.mean { activation.gain(drive + s * $0) }) < 1e-11)
        #expect(abs(gain.driveSlope - Self.mean { activation.curvature(drive + s * $0) }) < 1e-11)
        let h = 1e-5
        if variance > 0 {
          func at(_ v: Double) -> Double { activation.gaussianGain(drive: drive, variance: v).gain }
          #expect(abs(gain.varianceSlope - (at(variance + h) - at(variance - h)) / (2 * h)) < 1e-9)
        }
      }
    }
  }

  /// Mean products of two neurons against a sum in the plane, and their slopes against differences.
  @Test(arguments: polynomials) func pairsAreIntegrals(activation: Activation) throws {
    let pairs = activation.function.pairs
    let function = try #require(pairs)
    func pair(_ x: [Double]) -> GaussianPair {
      let first = GaussianInput(function, drive: x[0], variance: x[2])
      let second = GaussianInput(function, drive: x[1], variance: x[3])
      return function.pair(first, second, GaussianCorrelation(first, second, covariance: x[4]))
    }
    for x in [[0.3, -0.8, 1.2, 0.7, 0.4], [0, 0, 1, 1, -0.9], [1.1, 0.2, 0.5, 2, 0]] {
      let (p, q, r) = (x[2], x[3], x[4])
      let expected = Self.mean { z in
        Self.mean { y in
          activation.value(x[0] + p.squareRoot() * z)
            * activation.value(x[1] + r / p.squareRoot() * z + (q - r * r / p).squareRoot() * y)
        }
      }
      let value = pair(x)
      #expect(abs(value.value - expected) < 1e-10)
      let slopes = [
        value.driveSlopes.0, value.driveSlopes.1, value.varianceSlopes.0, value.varianceSlopes.1,
        value.covarianceSlope,
      ]
      for k in 0..<5 {
        var (above, below) = (x, x)
        above[k] += 1e-5
        below[k] -= 1e-5
        #expect(abs(slopes[k] - (pair(above).value - pair(below).value) / 2e-5) < 1e-8, "\(k)")
      }
    }
  }

  /// No law of independent neurons has a pull that outgrows the Gaussian: wide mean-field networks are left out with the reason.
  @Test func independentNeuronsHaveNoLaw() throws {
    let architecture = FeedforwardArchitecture.twoLayer(features: 1, contexts: 1, neurons: 5, activation: .quadratic)
    let stimuli = Matrix([[1], [-0.5]])
    #expect(throws: NotComputed.self) {
      try MeanFieldLimit(
        architecture, scales: WeightScales(), task: LearningTask(target: [[1]]), stimuli: stimuli, tightness: 2)
    }
    let inputs = try NeuronInputs(architecture, scales: WeightScales(), stimuli: stimuli)
    let draws = try EvenNeurons(inputs, NeuronProposal(inputs), parts: 1, each: 16, seed: 1)
    #expect(inputs.largestPull([1e-9, 0], from: draws) == .infinity && inputs.largestPull([0, 0], from: draws) == 0)
  }
}

@Suite struct SignActivationTests {
  @Test func signs() {
    #expect([-2.0, -1e-300, 0, 1e-300, 5].map(Activation.sign.value) == [-1, -1, 0, 1, 1])
    #expect(Activation.sign.value(.nan).isNaN)
    #expect(Activation.sign.isBounded && Activation.sign.isOdd && !Activation.sign.isDifferentiable)
    #expect(!Activation.sign.hasBoundedGains && !Activation.sign.hasStepGain && !Activation.sign.hasGaussianPairs)
  }

  /// E φ(b + qz) = erf(b/(q √2)), whose slope is the gain.
  @Test func gainsAreSlopesOfTheMean() throws {
    for (drive, variance) in [(0.0, 1.0), (-0.7, 0.3), (1.9, 4), (0.2, 40)] {
      func mean(_ b: Double, _ v: Double) -> Double { Foundation.erf(b / (2 * v).squareRoot()) }
      let gain = Activation.sign.gaussianGain(drive: drive, variance: variance)
      let h = 1e-4
      #expect(abs(gain.gain - (mean(drive + h, variance) - mean(drive - h, variance)) / (2 * h)) < 1e-7)
      func at(_ b: Double, _ v: Double) -> Double { Activation.sign.gaussianGain(drive: b, variance: v).gain }
      #expect(abs(gain.driveSlope - (at(drive + h, variance) - at(drive - h, variance)) / (2 * h)) < 1e-6)
      #expect(abs(gain.varianceSlope - (at(drive, variance + h) - at(drive, variance - h)) / (2 * h)) < 1e-6)
    }
    for variance in [0, 1e-300, 1e-17, 1e8] {
      for drive in [-1e8, 0, 1e-3, 1e8] {
        let gain = Activation.sign.gaussianGain(drive: drive, variance: variance)
        #expect(gain.gain >= 0 && !gain.driveSlope.isNaN && !gain.varianceSlope.isNaN, "\(drive) \(variance)")
      }
    }
    let moments = try Activation.sign.evenMoments(variance: 3)
    #expect(moments.second == 1 && moments.fourth == 1 && abs(Activation.sign.kernel(3, 3, 3) - 1) < 1e-7)
    #expect(abs(Activation.sign.kernel(2, 1, 2) - 1.0 / 3) < 1e-15 && Activation.sign.kernel(0, 0, 1) == 0)
  }
}
