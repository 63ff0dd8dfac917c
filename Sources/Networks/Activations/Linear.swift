// The linear activation function, φ(x) = x.

import Sampling

extension Activation {
  /// φ(x) = x.
  public static let linear = Activation(Linear.self)
}

/// φ(x) = x.
enum Linear: ActivationFunction {
  static let name = "linear"
  static var gainRange: ClosedRange<Double> { 1...1 }
  static var growth: ActivationGrowth { .linear }
  static var isOdd: Bool { true }
  static var hasStepGain: Bool { true }
  static var isHomogeneous: Bool { true }

  static func value(_ x: Double) -> Double { x }
  static func gain(_ x: Double) -> Double { 1 }
  static func curvature(_ x: Double, value: Double, gain: Double) -> Double { 0 }

  static func apply(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) {
    if x != UnsafePointer(values) { values.update(from: x, count: count) }
    gains.update(repeating: 1, count: count)
  }

  static func gaussianGain(drive: Double, variance: Double) -> GaussianGain {
    GaussianGain(gain: 1, driveSlope: 0, varianceSlope: 0)
  }

  static func evenMoments(variance: Double) -> (second: Double, fourth: Double) { (variance, 3 * variance * variance) }

  static var hasClosedKernel: Bool { true }

  static func kernel(_ first: Double, _ cross: Double, _ second: Double) -> Double { cross }

  static var pairs: (any GaussianPairFunction.Type)? { Linear.self }
}

extension Linear: GaussianPairFunction {
  static func pair(_ first: GaussianInput, _ second: GaussianInput, _ joint: GaussianCorrelation) -> GaussianPair {
    let (a, b) = (first.drive, second.drive)
    return GaussianPair(
      value: a * b + joint.covariance, driveSlopes: (b, a), varianceSlopes: (0, 0), covarianceSlope: 1)
  }
}
