// How a recurrent loop of rank one weighs what came in earlier.

import Sampling

/// The impulse response of κ̇ = −κ + λκ + v, v̇ = −v + u, in units of the neurons' time constant (THEORY section 12).
///
/// k(t) = (e^{−(1−λ)t} − e^{−t})/λ, and t e^{−t} at λ = 0: an input at time 0 has this share in κ at time t. From λ = 1 on it never fades.
public struct IntegrationKernel: Sendable {
  /// λ.
  public let gain: Double

  /// The kernel of a loop of gain λ.
  public init(gain: Double) { self.gain = gain }

  /// k(t), t ≥ 0; the largest double where it overflows.
  public func callAsFunction(_ t: Double) -> Double {
    guard t > 0 else { return 0 }
    let value = gain.magnitude * t < 1e-8 ? t * exp(-t) : exponential(gain * t) * exp(-t) / gain
    return value.isFinite ? value : exp((gain - 1) * t - log(gain)).clamped
  }

  /// e^x − 1.
  private func exponential(_ x: Double) -> Double { expm1(x) }

  /// The weights of the frames of a trial of constant inputs: ∫ k(T − t) dt over each, up to a common positive factor.
  ///
  /// The largest is about 1, whatever λ. Gauss-Legendre's rule of four points per frame.
  ///
  /// - Parameters:
  ///   - frames: how many there are.
  ///   - frame: their duration.
  public func weights(frames: Int, of frame: Double) -> [Double] {
    let end = Double(frames) * frame
    // ln of what the kernel is largest at, about: at the end of the trial for growing loops, after a time constant for others.
    let unit = max(logKernel(end), logKernel(min(end, 1)))
    let nodes = [(0.069431844202973712, 0.17392742256872693), (0.33000947820757187, 0.32607257743127307)]
    return (0..<frames).map { place in
      var sum = 0.0
      for (x, weight) in nodes {
        for node in [x, 1 - x] {
          let age = end - (Double(place) + node) * frame
          sum += weight * exp(logKernel(age) - unit)
        }
      }
      return sum
    }
  }

  /// ln k(t), finite for all t > 0.
  private func logKernel(_ t: Double) -> Double {
    let x = gain * t
    if x.magnitude < 1e-8 { return log(t) - t }
    // ln((e^x − 1)/λ): of a small and of a large x.
    let growth = x > 30 ? x - log(gain) : log(exponential(x) / gain)
    return growth - t
  }
}

extension Double {
  fileprivate var clamped: Double { isNaN ? 0 : min(self, .greatestFiniteMagnitude) }
}
