// The quadratic activation function, φ(x) = x².

import Sampling

extension Activation {
  /// φ(x) = x².
  public static let quadratic = Activation(Quadratic.self)
}

/// φ(x) = x², of which networks of phase retrieval are made.
enum Quadratic: PolynomialActivation {
  static let name = "quadratic"
  static let degree = 2

  static func value(_ x: Double) -> Double { x * x }
  static func gain(_ x: Double) -> Double { 2 * x }
  static func curvature(_ x: Double, value: Double, gain: Double) -> Double { 2 }

  static func apply(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) {
    for i in 0..<count {
      let input = x[i]
      gains[i] = 2 * input
      values[i] = input * input
    }
  }

  static func smoothed(_ order: Int, drive: Double, variance: Double) -> Double {
    switch order {
    case 0: drive * drive + variance
    case 1: 2 * drive
    case 2: 2
    default: 0
    }
  }

  static func evenMoments(variance: Double) -> (second: Double, fourth: Double) {
    let square = variance * variance
    return (3 * square, 105 * square * square)
  }
}
