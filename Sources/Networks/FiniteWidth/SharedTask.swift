// The hard ensemble where all active neurons have the same gain: the closed form of THEORY section 11.

import CGSL
import Sampling

/// n of N neurons with gain g, R = (g/N) Σ w_i m_i conditioned on A ∈ ℝ^D.
///
/// τ = mean w²/σ_w² of the n has the density ∝ τ^(p−1) exp(−(n/2)(τ + a²/τ)), p = (n − D)/2 and a = |A| N/(n |g| σ_w σ_m): a generalised inverse
/// Gaussian law.
struct SharedTask {
  /// ln p_N(A).
  let logDensity: Double
  /// <Σ w²>/σ_w² over all N neurons, of which N − n stay as in the prior.
  let squares: Double
  /// <1/C> and <1/C²>, C = (gσ_wσ_m/N)² n τ the variance of a readout entry; infinite where they do not exist.
  let inverse, inverseSquare: Double
  /// n and <τ>.
  private let active, mean: Double
  /// τ/C.
  private let size: Double

  /// - Parameters:
  ///   - gain: g, not zero.
  ///   - scale: σ_w σ_m.
  /// - Precondition: A is not zero, or n > D.
  init(active: Int, of neurons: Int, gain: Double, target: [Double], scale: Double) {
    let (n, dimension) = (Double(active), Double(target.count))
    // A in units of the readout of the n neurons alone.
    let unit = Double(neurons) / (n * abs(gain) * scale)
    let a = target.reduce(0) { $0 + unit * $1 * unit * $1 }.squareRoot()
    let law = InverseGaussian(power: (n - dimension) / 2, rate: n / 2, pull: n / 2 * a * a)
    let prior = n / 2 * log(n / 2) - lgamma(n / 2)
    logDensity = prior + law.logNormalizer + dimension / 2 * log(n / (2 * Double.pi)) + dimension * log(unit)
    squares = n * law.mean + Double(neurons - active)
    // C = τ/(n unit²)
    let size = n * unit * unit
    (inverse, inverseSquare) = (size * law.inverse, size * size * law.inverseSquare)
    (self.active, mean) = (n, law.mean)
    self.size = size
  }

  /// ⟨h⟩ and ⟨h Σ w²⟩/σ_w² (``HardApproach``).
  func approach(_ form: ApproachForm) -> (rate: Double, squares: Double) {
    let (square, trace, scale) = (form.square[0, 0], form.trace, 0.5 / Double(form.neurons))
    // Of A = 0 the first term is absent, and its average need not exist.
    let rate = scale * ((square > 0 ? square * inverseSquare : 0) - trace * inverse)
    let idle = squares - active * mean
    return (rate, idle * rate + active * scale * ((square > 0 ? square * size * inverse : 0) - trace * size))
  }
}

/// The generalised inverse Gaussian law, density ∝ τ^(power−1) exp(−rate τ − pull/τ), by the trapezoid rule in ln τ, whose error falls
/// exponentially.
struct InverseGaussian {
  /// ln ∫ τ^(power−1) exp(−rate τ − pull/τ) dτ.
  let logNormalizer: Double
  let mean: Double
  /// <1/τ> and <1/τ²>; infinite where they do not exist.
  let inverse, inverseSquare: Double

  /// - Precondition: rate > 0, pull ≥ 0; power > 0 if the pull is 0.
  init(power: Double, rate: Double, pull: Double) {
    guard pull > 0 else {
      precondition(power > 0, "without a pull there is no such law")
      logNormalizer = lgamma(power) - power * log(rate)
      mean = power / rate
      inverse = power > 1 ? rate / (power - 1) : .infinity
      inverseSquare = power > 2 ? inverse * rate / (power - 2) : .infinity
      return
    }
    // In u = ln τ the log density power u − rate eᵘ − pull e⁻ᵘ is concave; its mode solves rate τ² − power τ − pull = 0.
    let root = hypot(power / 2, (rate * pull).squareRoot())
    let mode = power > 0 ? (power / 2 + root) / rate : pull / (root - power / 2)
    let (up, down) = (rate * mode, pull / mode)
    let step = min(0.2, 0.5 / (up + down).squareRoot())
    func exponent(_ u: Double) -> Double { power * u - up * expm1(u) - down * expm1(-u) }
    // Σ of the weights, and with τ, 1/τ and 1/τ² in units of the mode.
    var (total, first, inverse, inverseSquare) = (1.0, 1.0, 1.0, 1.0)
    for direction in [step, -step] {
      var u = direction
      while true {
        let weight = exp(exponent(u))
        let tilted = exp(exponent(u) + u)
        let least = exp(exponent(u) - 2 * u)
        total += weight
        first += tilted
        inverse += exp(exponent(u) - u)
        inverseSquare += least
        // All sums, of which the second falls most slowly to the right and the last to the left.
        if weight < 1e-19 * total, tilted < 1e-19 * first, least < 1e-19 * inverseSquare { break }
        u += direction
      }
    }
    logNormalizer = power * log(mode) - up - down + log(step * total)
    mean = mode * first / total
    self.inverse = inverse / (total * mode)
    self.inverseSquare = inverseSquare / (total * mode * mode)
  }
}
