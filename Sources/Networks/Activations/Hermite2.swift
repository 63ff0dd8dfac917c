// The second Hermite polynomial as an activation function.

import Sampling

extension Activation {
  /// φ(x) = (x² − 1)/√2, the normalised second Hermite polynomial of probabilists.
  public static let hermite2 = Activation(Hermite2.self)
}

/// φ(x) = (x² − 1)/√2: for x ~ N(0, 1) of mean 0 and variance 1, and uncorrelated with x.
enum Hermite2: PolynomialActivation {
  static let name = "hermite2"
  static let degree = 2

  /// 1/√2.
  private static let factor = 0.707106781186547524400844

  static func value(_ x: Double) -> Double { factor * (x * x - 1) }
  static func gain(_ x: Double) -> Double { 2 * factor * x }
  static func curvature(_ x: Double, value: Double, gain: Double) -> Double { 2 * factor }

  static func apply(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) {
    let factor = factor
    for i in 0..<count {
      let input = x[i]
      gains[i] = 2 * factor * input
      values[i] = factor * (input * input - 1)
    }
  }

  static func smoothed(_ order: Int, drive: Double, variance: Double) -> Double {
    switch order {
    case 0: factor * (drive * drive + variance - 1)
    case 1: 2 * factor * drive
    case 2: 2 * factor
    default: 0
    }
  }

  /// E (x² − 1)²/2 and E (x² − 1)⁴/4.
  static func evenMoments(variance v: Double) -> (second: Double, fourth: Double) {
    (0.5 * ((3 * v - 2) * v + 1), 0.25 * ((((105 * v - 60) * v + 18) * v - 4) * v + 1))
  }
}
