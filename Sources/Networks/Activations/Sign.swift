// The sign as an activation function: neurons that answer +1 or −1, without gradients.

import CGSL
import Sampling

extension Activation {
  /// φ(x) = 1 for x > 0, −1 for x < 0, and 0 at 0.
  public static let sign = Activation(Sign.self)
}

/// φ(x) = sign x. Its gain is 0 wherever there is one, and says nothing of how φ changes: densities of such networks have no gradient.
enum Sign: ActivationFunction {
  static let name = "sign"
  static var gainRange: ClosedRange<Double> { 0...0 }
  static var growth: ActivationGrowth { .bounded(span: 2) }
  static var isOdd: Bool { true }
  static var isDifferentiable: Bool { false }

  static func value(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : 0 * x }
  static func gain(_ x: Double) -> Double { 0 }
  static func curvature(_ x: Double, value: Double, gain: Double) -> Double { 0 }

  static func apply(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) {
    for i in 0..<count {
      values[i] = value(x[i])
      gains[i] = 0
    }
  }

  /// E[φ'] as a density: 2 ν(b/q)/q, ν the standard normal one.
  static func gaussianGain(drive: Double, variance: Double) -> GaussianGain {
    let spread = variance.squareRoot()
    let scaled = drive / spread
    let gain = 2 * StandardNormal.density(scaled) / spread
    // Where it is 0, its slopes are, however large the powers beside it.
    guard gain > 0 else { return GaussianGain(gain: 0, driveSlope: 0, varianceSlope: 0) }
    return GaussianGain(
      gain: gain, driveSlope: -scaled / spread * gain, varianceSlope: 0.5 * (scaled * scaled - 1) / variance * gain)
  }

  static func evenMoments(variance: Double) -> (second: Double, fourth: Double) { variance > 0 ? (1, 1) : (0, 0) }

  static var hasClosedKernel: Bool { true }

  /// (2/π) arcsin(K12/√(K11 K22)).
  static func kernel(_ first: Double, _ cross: Double, _ second: Double) -> Double {
    let norm = first.squareRoot() * second.squareRoot()
    return norm > 0 ? 2 / Double.pi * asin(min(1, max(-1, cross / norm))) : 0
  }
}
