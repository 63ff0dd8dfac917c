// The exact gain for Gaussian stimuli: closed forms and fast sums against adaptive quadrature, and its limits.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct GaussianGainTests {
  static let drives = [-20.0, -7.3, -2, -0.4, 0, 0.1, 1, 3.7, 11, 20]
  static let spreads = [0.003, 0.05, 0.3, 0.45, 0.7, 1, 1.6, 3, 7, 15, 30]

  /// The fast gain and the adaptive one, at drives in [−20, 20] and spreads up to 30: gains to 1e-10 of themselves, slopes to
  /// 1e-10 of the gain and of what the quadrature's own error allows.
  @Test(arguments: [Activation.tanh, .softplus, .erf])
  func fastGainIsTheAdaptiveOne(activation: Activation) throws {
    for spread in Self.spreads {
      for drive in Self.drives {
        let fast = activation.gaussianGain(drive: drive, variance: spread * spread)
        let (exact, error) = try activation.gaussianGainByQuadrature(drive: drive, spread: spread)
        #expect(error.gain < 1e-11 * exact.gain, "\(drive) \(spread)")
        #expect(abs(fast.gain - exact.gain) < 1e-10 * exact.gain, "\(activation) \(drive) \(spread)")
        #expect(abs(fast.driveSlope - exact.driveSlope) < 1e-10 * exact.gain + 4 * error.driveSlope)
        #expect(abs(fast.varianceSlope - exact.varianceSlope) < 1e-10 * exact.gain + 4 * error.varianceSlope)
      }
    }
  }

  /// The sum and its limit meet where one gives way to the other, and nothing is too wide, or too far off, for the limit.
  @Test(arguments: [Activation.tanh, .softplus]) func wideSpreadsHaveALimit(activation: Activation) {
    let border = GaussianGainTrapezoid.widest * GaussianGainTrapezoid.widest
    for drive in [-2e5, -3e4, -1, 0, 2e3, 1e5] {
      let sum = activation.gaussianGain(drive: drive, variance: border * (1 - 1e-13))
      let limit = activation.gaussianGain(drive: drive, variance: border * (1 + 1e-13))
      #expect(abs(sum.gain - limit.gain) < 1e-9 * sum.gain, "\(drive)")
      #expect(abs(sum.driveSlope - limit.driveSlope) < 1e-10 * sum.gain)
      #expect(abs(sum.varianceSlope - limit.varianceSlope) < 1e-10 * sum.gain)
    }
    for variance in [1e20, 1e100, 1e200, 1e300, .infinity] {
      for drive in [-1e300, -1, 0, 1e50, 1e300] {
        let gain = activation.gaussianGain(drive: drive, variance: variance)
        #expect((0...1).contains(gain.gain) && gain.driveSlope.isFinite && gain.varianceSlope.isFinite)
      }
    }
  }

  /// The step of a rectifier's gain defeats the adaptive rule's relative goal, not its error estimate.
  @Test func rectifierGainIsTheAdaptiveOne() throws {
    for spread in [0.3, 1, 4] {
      for drive in [-2.0, -0.3, 0, 0.7, 3] {
        let fast = Activation.relu.gaussianGain(drive: drive, variance: spread * spread)
        let (exact, error) = try Activation.relu.gaussianGainByQuadrature(drive: drive, spread: spread)
        #expect(error.gain < 1e-10)
        #expect(abs(fast.gain - exact.gain) < 1e-12)
        #expect(abs(fast.driveSlope - exact.driveSlope) < 1e-11)
        #expect(abs(fast.varianceSlope - exact.varianceSlope) < 1e-11)
      }
    }
  }

  @Test(arguments: Activation.allCases.filter(\.hasBoundedGains))
  func slopesAreCentralDifferences(activation: Activation) {
    for variance in [0.04, 0.5, 3, 40] {
      for drive in [-3.0, -0.2, 0.5, 2] {
        func gain(_ db: Double, _ dv: Double) -> Double {
          activation.gaussianGain(drive: drive + db, variance: variance + dv).gain
        }
        let value = activation.gaussianGain(drive: drive, variance: variance)
        let (h, k) = (1e-5, 1e-5 * variance)
        #expect(abs(value.driveSlope - (gain(h, 0) - gain(-h, 0)) / (2 * h)) < 1e-8)
        #expect(abs(value.varianceSlope - (gain(0, k) - gain(0, -k)) / (2 * k)) < 1e-8)
        let q = variance.squareRoot()
        let spreadDifference = gain(0, 2 * q * 1e-6 + 1e-12) - gain(0, -2 * q * 1e-6 + 1e-12)
        #expect(abs(2 * q * value.varianceSlope - spreadDifference / 2e-6) < 1e-8)
      }
    }
  }

  /// At q = 0 and near it the gain is φ'(b) and ∂ḡ/∂(q²) is ½ φ'''(b), a central difference of φ''.
  @Test(arguments: [Activation.tanh, .softplus, .erf, .gelu, .linear])
  func narrowLimit(activation: Activation) {
    for drive in [-1.3, 0, 0.4, 5] {
      let third = (activation.curvature(drive + 1e-5) - activation.curvature(drive - 1e-5)) / 2e-5
      for variance in [1e-20, 1e-14, 1e-9] {
        let value = activation.gaussianGain(drive: drive, variance: variance)
        #expect(abs(value.gain - activation.gain(drive) - variance * third / 2) < 1e-14)
        #expect(abs(value.driveSlope - activation.curvature(drive)) < 1e-7)
        #expect(abs(value.varianceSlope - third / 2) < 1e-7)
      }
      #expect(activation.gaussianGain(drive: drive, variance: 0).gain == activation.gain(drive))
    }
  }

  /// Far out nothing overflows: gains stay within their bounds and are finite.
  @Test(arguments: Activation.allCases.filter(\.hasBoundedGains))
  func extremeInputsAreFinite(activation: Activation) {
    for variance in [0, .leastNonzeroMagnitude, 1e-200, 1e-17, 1, 1e4, 1e8] {
      for drive in [-1e8, -1000, -50, 0, 50, 1000, 1e8] {
        let value = activation.gaussianGain(drive: drive, variance: variance)
        let largest = activation.largestGain * (1 + 1e-10)
        #expect(value.gain >= activation.smallestGain - 1e-10 && value.gain <= largest)
        #expect(value.driveSlope.isFinite && value.varianceSlope.isFinite, "\(drive) \(variance)")
      }
    }
  }

  /// 64-node Gauss–Hermite, an obvious shortcut, is 1 % off for tanh at |m|² = 10 (THEORY section 1): the exact value, from
  /// a fine Riemann sum in long ranges, is what is returned.
  @Test func tanhAtVarianceTenIsARiemannSum() {
    var sum = 0.0
    let h = 1e-4
    for k in -100_000...100_000 {
      let z = h * Double(k)
      let t = Foundation.tanh(10.0.squareRoot() * z)
      sum += h * (1 - t * t) * exp(-z * z / 2) / (2 * Double.pi).squareRoot()
    }
    #expect(abs(Activation.tanh.gaussianGain(drive: 0, variance: 10).gain - sum) < 1e-12)
  }
}
