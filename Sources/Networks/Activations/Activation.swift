// The activation functions of hidden neurons: a new one is added here and nowhere else.

import Foundation
import Sampling

/// An activation function φ of hidden neurons, applied to each.
public enum Activation: String, Sendable, CaseIterable {
  /// φ(x) = x.
  case linear
  /// φ(x) = max(x, 0).
  case relu
  case tanh
  case erf
  /// φ(x) = ln(1 + eˣ).
  case softplus

  /// φ(x).
  public func value(_ x: Double) -> Double {
    switch self {
    case .linear: x
    case .relu: x <= 0 ? 0 : x
    case .tanh: Foundation.tanh(x)
    case .erf: Foundation.erf(x)
    case .softplus: x > 0 ? x + log1p(exp(-x)) : log1p(exp(x))
    }
  }

  /// The gain φ'(x); of a rectifier 0 at 0.
  public func gain(_ x: Double) -> Double {
    switch self {
    case .linear: return 1
    case .relu: return x > 0 ? 1 : 0
    case .tanh:
      // 1 − tanh² would lose its digits far out.
      let cosine = cosh(x)
      return 1 / (cosine * cosine)
    case .erf: return 2 / Double.pi.squareRoot() * exp(-x * x)
    case .softplus: return x > 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
    }
  }

  /// φ''(x), where it is a function (of a rectifier 0).
  public func curvature(_ x: Double) -> Double {
    switch self {
    case .linear, .relu: return 0
    case .tanh: return -2 * Foundation.tanh(x) * gain(x)
    case .erf: return -4 / Double.pi.squareRoot() * x * exp(-x * x)
    case .softplus:
      let gain = gain(x)
      return gain * (1 - gain)
    }
  }

  /// φ''(x) from φ(x) and φ'(x), without an exponential.
  @inline(__always)
  func curvature(_ x: Double, value: Double, gain: Double) -> Double {
    switch self {
    case .linear, .relu: 0
    case .tanh: -2 * value * gain
    case .erf: -2 * x * gain
    case .softplus: gain * (1 - gain)
    }
  }

  /// The largest gain, sup φ'.
  public var largestGain: Double { self == .erf ? 2 / Double.pi.squareRoot() : 1 }

  /// Whether |φ| stays below a constant.
  public var isBounded: Bool { self == .tanh || self == .erf }

  /// Whether φ(−x) = −φ(x).
  public var isOdd: Bool { self == .linear || self == .tanh || self == .erf }

  /// Whether the gain is constant but for steps, so that no gradient leads from one gain to another.
  public var hasStepGain: Bool { self == .linear || self == .relu }

  /// Whether a neuron counts as active: its gain is more than half of the largest.
  public func isActive(gain: Double) -> Bool { gain > largestGain / 2 }

  /// Writes φ(x_i) and φ'(x_i), by ``VectorKernels``. `values` may be `x` itself.
  func apply(
    _ x: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>, count: Int
  ) {
    switch self {
    case .linear:
      if x != UnsafePointer(values) { values.update(from: x, count: count) }
      gains.update(repeating: 1, count: count)
    case .relu: VectorKernels.relu(x, values: values, gains: gains, count: count)
    case .tanh: VectorKernels.tanh(x, values: values, gains: gains, count: count)
    case .erf: VectorKernels.erf(x, values: values, gains: gains, count: count)
    case .softplus: VectorKernels.softplus(x, values: values, gains: gains, count: count)
    }
  }
}
