// The third Hermite polynomial as an activation function.

import Sampling

extension Activation {
  /// φ(x) = (x³ − 3x)/√6, the normalised third Hermite polynomial of probabilists.
  public static let hermite3 = Activation(Hermite3.self)
}

/// φ(x) = (x³ − 3x)/√6: for x ~ N(0, 1) of mean 0 and variance 1, and uncorrelated with x and x².
enum Hermite3: PolynomialActivation {
  static let name = "hermite3"
  static let degree = 3
  static var isOdd: Bool { true }

  /// 1/√6.
  private static let factor = 0.408248290463863016366214

  static func value(_ x: Double) -> Double { factor * x * (x * x - 3) }
  static func gain(_ x: Double) -> Double { 3 * factor * (x * x - 1) }
  static func curvature(_ x: Double, value: Double, gain: Double) -> Double { 6 * factor * x }

  static func apply(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) {
    let factor = factor
    for i in 0..<count {
      let input = x[i]
      let square = input * input
      gains[i] = 3 * factor * (square - 1)
      values[i] = factor * input * (square - 3)
    }
  }

  static func smoothed(_ order: Int, drive a: Double, variance p: Double) -> Double {
    switch order {
    case 0: factor * a * (a * a + 3 * p - 3)
    case 1: 3 * factor * (a * a + p - 1)
    case 2: 6 * factor * a
    case 3: 6 * factor
    default: 0
    }
  }

  /// E (x³ − 3x)²/6 and E (x³ − 3x)⁴/36.
  static func evenMoments(variance v: Double) -> (second: Double, fourth: Double) {
    (
      ((15 * v - 18) * v + 9) * v / 6,
      ((((10395 * v - 11340) * v + 5670) * v - 1620) * v + 243) * v * v / 36
    )
  }
}
