// The activation functions of hidden neurons, by name.

import Sampling

/// An activation function φ of hidden neurons, applied to each.
///
/// A name for an `ActivationFunction`, which knows all about it: each has a file of its own, and an entry here.
public struct Activation: RawRepresentable, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  public static let allCases: [Activation] = [
    .linear, .relu, .tanh, .erf, .softplus, .gelu, .quadratic, .hermite2, .hermite3, .sign,
  ]

  /// What knows all about it.
  let function: any ActivationFunction.Type

  /// The activation with a function's name.
  init(_ function: any ActivationFunction.Type) { self.function = function }

  public init?(rawValue: String) {
    guard let found = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = found
  }

  public var rawValue: String { function.name }

  public var description: String { rawValue }

  public static func == (left: Activation, right: Activation) -> Bool { left.function == right.function }

  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(function)) }
}

extension Activation {
  /// φ(x).
  public func value(_ x: Double) -> Double { function.value(x) }

  /// The gain φ'(x); of a rectifier 0 at 0.
  public func gain(_ x: Double) -> Double { function.gain(x) }

  /// φ''(x), where it is a function (of a rectifier 0).
  public func curvature(_ x: Double) -> Double { function.curvature(x) }

  /// The smallest gain, inf φ'.
  public var smallestGain: Double { function.gainRange.lowerBound }

  /// The largest gain, sup φ'.
  public var largestGain: Double { function.gainRange.upperBound }

  /// Whether |φ| stays below a constant.
  public var isBounded: Bool { span != nil }

  /// φ(∞) − φ(−∞) of a bounded φ.
  var span: Double? { if case .bounded(let span) = function.growth { span } else { nil } }

  /// Whether φ(−x) = −φ(x).
  public var isOdd: Bool { function.isOdd }

  /// Whether the gain is constant but for steps, so that no gradient leads from one gain to another.
  public var hasStepGain: Bool { function.hasStepGain }

  /// Whether φ(c x) = c φ(x) for c > 0, so that the layers' sizes multiply.
  public var isHomogeneous: Bool { function.isHomogeneous }

  /// Whether φ has a slope that tells how it changes, so that densities of networks have gradients.
  public var isDifferentiable: Bool { function.isDifferentiable }

  /// Whether gains have a size that tells active neurons from others: they are bounded, and not all zero.
  public var hasBoundedGains: Bool { largestGain > 0 && largestGain.isFinite && smallestGain.isFinite }

  /// Whether |φ| grows faster than its argument, so that exp(w φ) outgrows every Gaussian.
  public var isSuperlinear: Bool { function.growth == .polynomial }

  /// Whether φ(x) = x to a factor, so that networks are products of matrices.
  public var isLinear: Bool { isHomogeneous && isOdd }

  /// Whether a neuron counts as active: its gain is more than half of the largest. None does where gains are not bounded.
  public func isActive(gain: Double) -> Bool { gain > largestGain / 2 }

  /// The exact gain at drive b for a Gaussian input of variance q².
  ///
  /// In closed form for linear, relu, erf and gelu (THEORY section 1); for others by the trapezoidal rule, good to 1e-10 relative
  /// for tanh and softplus. At q = 0 it is φ'(b). O(1), by the rule O(q) for large q.
  ///
  /// - Precondition: a variance that is not negative.
  public func gaussianGain(drive: Double, variance: Double) -> GaussianGain {
    // Below, the spread is lost against the input of any activation, and a rectifier is a step.
    guard variance > 1e-300 else {
      return GaussianGain(gain: gain(drive), driveSlope: curvature(drive), varianceSlope: 0)
    }
    return function.gaussianGain(drive: drive, variance: variance)
  }

  /// E[φ(u)²] for u ~ N(0, variance).
  ///
  /// - Throws: ``GSLError``.
  public func meanSquare(variance: Double) throws -> Double { try evenMoments(variance: variance).second }

  /// E[φ(u)²] and E[φ(u)⁴] for u ~ N(0, variance).
  ///
  /// - Throws: ``GSLError``.
  func evenMoments(variance: Double) throws -> (second: Double, fourth: Double) {
    try function.evenMoments(variance: variance)
  }

  /// E[φ(u) φ(v)] for Gaussian (u, v) with variances `first` and `second` and covariance `cross`.
  func kernel(_ first: Double, _ cross: Double, _ second: Double) -> Double { function.kernel(first, cross, second) }

  /// How often ``kernel(_:_:_:)`` evaluates φ at inputs of this variance, about.
  func kernelEvaluations(variance: Double) -> Double { function.hasClosedKernel ? 1 : 3e3 * max(1, variance) }

  /// Whether the mean product of two neurons on Gaussian stimuli has a closed form.
  public var hasGaussianPairs: Bool { function.pairs != nil }

  /// Writes φ(x_i) and φ'(x_i), by ``VectorKernels`` where there is one. `values` may be `x` itself.
  func apply(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) { function.apply(x, values: values, gains: gains, count: count) }
}
