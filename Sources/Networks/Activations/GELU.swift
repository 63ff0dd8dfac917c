// The Gaussian error linear unit, a smooth rectifier that dips below zero.

import Sampling

extension Activation {
  /// φ(x) = x Φ(x), Φ the standard normal distribution function (Hendrycks & Gimpel 2016).
  public static let gelu = Activation(GELU.self)
}

/// φ(x) = x Φ(x), with gains from −0.129 at −√2 to 1.129 at √2.
enum GELU: ActivationFunction {
  static let name = "gelu"
  static var gainRange: ClosedRange<Double> { -0.1289041451851552...1.1289041451851552 }
  static var growth: ActivationGrowth { .rectified }

  static func value(_ x: Double) -> Double { x * StandardNormal.probability(below: x) }

  static func gain(_ x: Double) -> Double { StandardNormal.probability(below: x) + x * StandardNormal.density(x) }

  static func curvature(_ x: Double, value: Double, gain: Double) -> Double {
    let density = StandardNormal.density(x)
    return density > 0 ? density * (2 - x * x) : 0
  }

  /// By the vector kernel of erf: Φ(x) = ½ + ½ erf(x/√2), whose slope is √2 times that kernel's, halved.
  static func apply(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) {
    let part = 64
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * part) { memory in
      let (sigmoid, slope) = (memory.baseAddress!, memory.baseAddress! + part)
      for first in stride(from: 0, to: count, by: part) {
        let size = min(part, count - first)
        for i in 0..<size { sigmoid[i] = 0.707106781186547524400844 * x[first + i] }
        VectorKernels.erf(sigmoid, values: sigmoid, gains: slope, count: size)
        for i in 0..<size {
          let input = x[first + i]
          let probability = 0.5 + 0.5 * sigmoid[i]
          gains[first + i] = probability + 0.353553390593273762200422 * input * slope[i]
          values[first + i] = input * probability
        }
      }
    }
  }

  /// With s² = 1 + q² and h = b/s: E[φ] = b Φ(h) + (q²/s) ν(h), so that E[φ'] = Φ(h) + h ν(h)/s², ν the standard normal density.
  static func gaussianGain(drive: Double, variance: Double) -> GaussianGain {
    let square = 1 + variance
    let spread = square.squareRoot()
    // Where this is cut off, ν is below the smallest number.
    let h = max(-40, min(40, drive / spread))
    let density = StandardNormal.density(h)
    return GaussianGain(
      gain: StandardNormal.probability(below: h) + h * density / square,
      driveSlope: (density + (1 - h * h) * density / square) / spread,
      varianceSlope: -0.5 * h * density * (1 + (3 - h * h) / square) / square)
  }
}
