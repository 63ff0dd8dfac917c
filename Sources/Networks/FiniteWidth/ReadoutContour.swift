// The integral that turns a readout entry's generating function into tail probabilities, along a contour of descent.

import CGSL
import Sampling

/// Neurons whose product z = w m_d has one law: w and m_d Gaussian, s² = Var(w) Var(m_d), κ = Cov(w, m_d).
struct ProductPopulation: Sendable {
  var weight: Double
  /// s + κ: the generating function ends at η = 1/(s + κ).
  let upper: Double
  /// s - κ: and at η = -1/(s - κ).
  let lower: Double

  init(weight: Double, outputVariance: Double, covariance: Double, inputVariance: Double) {
    self.weight = weight
    let s = (outputVariance * inputVariance).squareRoot()
    upper = s + covariance
    lower = s - covariance
  }

  /// The only population of a solution whose gains are all one: v_d of v = u/√(α_w α_m), margin 1 - |v|².
  init(_ solution: MaxEntropySolution, projection: Double, margin: Double) {
    let root = (solution.outputPrecision * solution.inputPrecision).squareRoot()
    self.init(
      weight: 1, outputVariance: 1 / (solution.outputPrecision * margin), covariance: projection / (root * margin),
      inputVariance: (1 + projection * projection / margin) / solution.inputPrecision)
  }

  /// Populations of one law joined: with many contexts most patterns are alike.
  static func merged(_ populations: [ProductPopulation]) -> [ProductPopulation] {
    var result: [ProductPopulation] = []
    let sorted = populations.sorted { ($0.upper, $0.lower) < ($1.upper, $1.lower) }
    for population in sorted {
      let tolerance = 1e-12 * (population.upper + population.lower)
      if let last = result.last, abs(last.upper - population.upper) < tolerance,
        abs(last.lower - population.lower) < tolerance
      {
        result[result.count - 1].weight += population.weight
      } else {
        result.append(population)
      }
    }
    return result
  }

  /// Adds E[z], ..., E[z⁴] (Wick).
  func addMoments(to moments: inout [Double]) {
    let s2 = 0.25 * (upper + lower) * (upper + lower)
    let kappa = 0.5 * (upper - lower)
    let square = kappa * kappa
    moments[0] += weight * kappa
    moments[1] += weight * (s2 + 2 * square)
    moments[2] += weight * kappa * (9 * s2 + 6 * square)
    moments[3] += weight * (9 * s2 * s2 + 72 * s2 * square + 24 * square * square)
  }
}

/// P(S > y) (1/2πi) ∫ e^(-ηy) M(η)/η dη for S = N R, M the generating function without the atom, y ≥ 0.
///
/// The contour crosses the real axis at the minimum of e^(-ηy) M(η), kept clear of the pole at 0, and bends right around the
/// branch cut as η = crossing + λ(sin α (cosh u - 1) + i cos α sinh u).
struct ReadoutContour {
  /// Where the contour meets the real axis.
  let crossing: Double

  private let populations: [ProductPopulation]
  private let silent: Double
  private let neurons: Int
  private let y: Double
  private let sign: Double
  private let width: Double
  private static let sine = 0.5
  private static let cosine = 0.75.squareRoot()

  /// - Parameter mirrored: the law of -R instead.
  init(_ populations: [ProductPopulation], silent: Double, neurons: Int, at x: Double, mirrored: Bool) {
    self.populations = populations
    self.silent = silent
    self.neurons = neurons
    sign = mirrored ? -1 : 1
    y = x * Double(neurons)
    var end = Double.infinity
    var start = -Double.infinity
    var moments = [0.0, 0.0, 0.0, 0.0]
    for population in populations {
      end = min(end, 1 / (mirrored ? population.lower : population.upper))
      start = max(start, -1 / (mirrored ? population.upper : population.lower))
      population.addMoments(to: &moments)
    }
    let clear = min(0.5 / (Double(neurons) * moments[1]).squareRoot(), 0.5 * end)
    let y = y
    let sign = sign
    let saddle = Self.minimum(in: start...end, tolerance: 1e-4 * min(clear, end - start)) { eta in
      Self.logGenerating(populations, silent, neurons, sign * eta) - eta * y
    }
    crossing = abs(saddle) < clear ? clear : saddle
    width = (end - crossing) / (1 - Self.sine)
  }

  /// The minimum of a convex function, by golden-section search.
  private static func minimum(
    in range: ClosedRange<Double>, tolerance: Double, of body: (Double) -> Double
  ) -> Double {
    let ratio = 0.5 * (5.0.squareRoot() - 1)
    var low = range.lowerBound
    var high = range.upperBound
    var left = high - ratio * (high - low)
    var right = low + ratio * (high - low)
    var atLeft = body(left)
    var atRight = body(right)
    while high - low > tolerance {
      if atLeft < atRight {
        (high, right, atRight) = (right, left, atLeft)
        left = high - ratio * (high - low)
        atLeft = body(left)
      } else {
        (low, left, atLeft) = (left, right, atRight)
        right = low + ratio * (high - low)
        atRight = body(right)
      }
    }
    return 0.5 * (low + high)
  }

  /// log of the real generating function without the atom.
  private static func logGenerating(
    _ populations: [ProductPopulation], _ silent: Double, _ neurons: Int, _ eta: Double
  ) -> Double {
    var active = 0.0
    for p in populations { active += p.weight / ((1 - p.upper * eta) * (1 + p.lower * eta)).squareRoot() }
    let n = Double(neurons)
    let log = n * Numerics.log(silent + active)
    return silent > 0 ? log + Numerics.log(-expm1(n * Numerics.log(silent / (silent + active)))) : log
  }

  /// e^(-ηy) M(η) at a complex η.
  private func integrand(_ eta: gsl_complex) -> gsl_complex {
    let one = gsl_complex_rect(1, 0)
    let turned = gsl_complex_mul_real(eta, sign)
    var total = gsl_complex_rect(silent, 0)
    for p in populations {
      // Two principal roots, each analytic off the real axis: the root of the product would change branch.
      let upper = gsl_complex_sqrt(gsl_complex_sub(one, gsl_complex_mul_real(turned, p.upper)))
      let lower = gsl_complex_sqrt(gsl_complex_add(one, gsl_complex_mul_real(turned, p.lower)))
      total = gsl_complex_add(
        total, gsl_complex_div(gsl_complex_rect(p.weight, 0), gsl_complex_mul(upper, lower)))
    }
    let shift = gsl_complex_mul_real(eta, -y)
    let n = Double(neurons)
    let all = gsl_complex_exp(gsl_complex_add(gsl_complex_mul_real(gsl_complex_log(total), n), shift))
    guard silent > 0 else { return all }
    return gsl_complex_sub(all, gsl_complex_exp(gsl_complex_add_real(shift, n * log(silent))))
  }

  /// (1/π) Im ∫ e^(-ηy) M(η) [1/η] dη over the upper half of the contour.
  func integrate(cumulative: Bool) throws -> QuadratureValue {
    // e^(-ηy) is below e⁻⁴⁵ beyond; with y -> 0 the integrand still falls as e^(-u) or faster.
    let reach = acosh(1 + 45 / (max(y, 1e-290) * width * Self.sine))
    let slow = cumulative || neurons == 1 || silent > 0 ? 45.0 : 45.0 / Double(neurons - 1)
    let end = cumulative || !(neurons == 1 || silent > 0) ? min(reach, slow) : reach
    return try AdaptiveQuadrature.integrate(0...end, absoluteError: 0, relativeError: 1e-11) { u in
      let c = cosh(u)
      let s = sinh(u)
      let eta = gsl_complex_rect(crossing + width * Self.sine * (c - 1), width * Self.cosine * s)
      let step = gsl_complex_rect(width * Self.sine * s, width * Self.cosine * c)
      var value = gsl_complex_mul(integrand(eta), step)
      if cumulative { value = gsl_complex_div(value, eta) }
      return value.dat.1 / Double.pi
    }
  }
}
