// What an activation function has to say of itself, and what follows from it by quadrature where it says no more.

import Sampling

/// The facts of an activation function φ: all that the rest of the package asks of it.
///
/// Required are the name, φ and its two derivatives, the range of the gain and how φ grows. Everything else has a default that
/// holds for any smooth function; a closed form or a vector kernel takes its place where there is one. To add a function: a file with
/// a type of this kind and its name as an ``Activation``, and an entry in ``Activation/allCases``.
protocol ActivationFunction: Sendable {
  /// The word for it in experiments.
  static var name: String { get }
  /// φ(x).
  static func value(_ x: Double) -> Double
  /// The gain φ'(x).
  static func gain(_ x: Double) -> Double
  /// φ''(x) from φ(x) and φ'(x), where it is a function.
  static func curvature(_ x: Double, value: Double, gain: Double) -> Double
  /// inf φ' and sup φ'.
  static var gainRange: ClosedRange<Double> { get }
  /// What φ is like far out.
  static var growth: ActivationGrowth { get }

  /// φ''(x). Default: from value and gain.
  static func curvature(_ x: Double) -> Double
  /// Whether φ(−x) = −φ(x). Default: false.
  static var isOdd: Bool { get }
  /// Whether φ is a function with a slope, which gradients follow. Default: true.
  static var isDifferentiable: Bool { get }
  /// Whether the gain is constant but for steps. Default: false.
  static var hasStepGain: Bool { get }
  /// Whether φ(c x) = c φ(x) for c > 0. Default: false.
  static var isHomogeneous: Bool { get }

  /// Writes φ(x_i) and φ'(x_i); `values` may be `x` itself. Default: one after the other.
  static func apply(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int)
  /// Writes φ''(x_i) from φ(x_i) and φ'(x_i). Default: one after the other, compiled for each function.
  static func writeCurvatures(
    _ x: UnsafePointer<Double>, values: UnsafePointer<Double>, gains: UnsafePointer<Double>,
    to curvatures: UnsafeMutablePointer<Double>, count: Int)
  /// A neuron's responses φ(m·x_p + b_c), [context, stimulus], at once, for gains that are 1 − φ²; or false, the default, where there
  /// is no kernel for that.
  ///
  /// - Parameters:
  ///   - weights: m, whose entries are `stride` apart, as those of the drives b are.
  ///   - stimuli: [feature, stimulus].
  static func respond(
    _ weights: UnsafePointer<Double>, drives: UnsafePointer<Double>, stride: Int, stimuli: UnsafePointer<Double>,
    into responses: UnsafeMutablePointer<Double>, features: Int, groups: Int, count: Int
  ) -> Bool

  /// E[φ'(q z + b)] and its slopes, q² > 0 the variance. Default: the trapezoidal rule.
  static func gaussianGain(drive: Double, variance: Double) -> GaussianGain
  /// E[φ(u)²] and E[φ(u)⁴] for u ~ N(0, variance). Default: adaptive quadrature.
  ///
  /// - Throws: ``GSLError``.
  static func evenMoments(variance: Double) throws -> (second: Double, fourth: Double)
  /// E[φ(u) φ(v)] for Gaussian (u, v) with variances `first` and `second` and covariance `cross`. Default: the trapezoidal rule in
  /// the plane.
  static func kernel(_ first: Double, _ cross: Double, _ second: Double) -> Double
  /// Whether ``kernel(_:_:_:)`` is a closed form. Default: false.
  static var hasClosedKernel: Bool { get }
  /// The mean product of two neurons with drives, with its slopes, in closed form; nil, the default, where there is none.
  static var pairs: (any GaussianPairFunction.Type)? { get }
}

/// What an activation function is like far out.
enum ActivationGrowth: Sendable, Equatable {
  /// It rises from one limit to another, this far apart, and its gain is nowhere negative.
  case bounded(span: Double)
  /// As its argument.
  case linear
  /// As max(x, 0).
  case rectified
  /// As a power of its argument above the first.
  case polynomial
}

extension ActivationFunction {
  static func curvature(_ x: Double) -> Double { curvature(x, value: value(x), gain: gain(x)) }

  static var isOdd: Bool { false }

  static var hasStepGain: Bool { false }

  static var isHomogeneous: Bool { false }
  static var hasClosedKernel: Bool { false }

  static var isDifferentiable: Bool { true }

  static var pairs: (any GaussianPairFunction.Type)? { nil }

  static func apply(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) {
    for i in 0..<count {
      let input = x[i]
      gains[i] = gain(input)
      values[i] = value(input)
    }
  }

  static func respond(
    _ weights: UnsafePointer<Double>, drives: UnsafePointer<Double>, stride: Int, stimuli: UnsafePointer<Double>,
    into responses: UnsafeMutablePointer<Double>, features: Int, groups: Int, count: Int
  ) -> Bool { false }

  static func gaussianGain(drive: Double, variance: Double) -> GaussianGain {
    GaussianGainTrapezoid.gain(of: self, drive: drive, variance: variance)
  }

  static func evenMoments(variance: Double) throws -> (second: Double, fourth: Double) {
    try ActivationQuadrature.evenMoments(of: self, variance: variance)
  }

  static func kernel(_ first: Double, _ cross: Double, _ second: Double) -> Double {
    ActivationQuadrature.kernel(of: self, first, cross, second)
  }

  static func writeCurvatures(
    _ x: UnsafePointer<Double>, values: UnsafePointer<Double>, gains: UnsafePointer<Double>,
    to curvatures: UnsafeMutablePointer<Double>, count: Int
  ) {
    for i in 0..<count { curvatures[i] = curvature(x[i], value: values[i], gain: gains[i]) }
  }
}
