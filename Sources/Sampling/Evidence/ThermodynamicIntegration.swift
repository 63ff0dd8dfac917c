// Thermodynamic integration: ln Z(1) − ln Z(0) as the integral of the mean temperature slope.

/// ln Z(1) − ln Z(0) = ∫_0^1 ⟨ℓ⟩_t dt by a corrected trapezoid rule (Kirkwood 1935; Friel, Hurn & Wyse 2014).
///
/// As d⟨ℓ⟩/dt = Var ℓ is known too, the integral over one interval of length h is that of the cubic Hermite interpolant,
/// h (f_0 + f_1)/2 + h² (f_0' − f_1')/12. With the third cumulant, d²⟨ℓ⟩/dt², there is a quintic one,
/// h (f_0 + f_1)/2 + h² (f_0' − f_1')/10 + h³ (f_0'' + f_1'')/120; the difference of the two sums is the stated error of the
/// quadrature.
struct ThermodynamicIntegration {
  /// Factors of ⟨ℓ⟩ and Var ℓ of every rung.
  struct Weights {
    var means: [Double]
    var variances: [Double]

    /// Those of the cubic rule.
    init(spacings: [Double]) {
      means = [Double](repeating: 0, count: spacings.count + 1)
      variances = means
      for (k, h) in spacings.enumerated() {
        means[k] += h / 2
        means[k + 1] += h / 2
        variances[k] += h * h / 12
        variances[k + 1] -= h * h / 12
      }
    }
  }

  let estimate: EvidenceEstimate
  let quadratureError: Double

  /// - Parameter weights: nil for those of the cubic rule.
  init(_ draws: LadderDraws, weights: Weights? = nil) {
    guard !draws.hasNonFiniteSlopes else {
      estimate = EvidenceEstimate(
        value: .nan, standardError: .nan,
        problem: "a draw of a hot rung has no density under the target, so that the mean slope there is not finite")
      quadratureError = .nan
      return
    }
    let spacings = draws.spacings
    let weights = weights ?? Weights(spacings: spacings)
    let means = draws.means
    let series = draws.series { rung, slope in
      let distance = slope - means[rung]
      return weights.means[rung] * slope + weights.variances[rung] * distance * distance
    }
    let variances = draws.slopes.map { Diagnostics.variance($0.joined()) }
    let thirdCumulants = zip(draws.slopes, means).map { slopes, mean in
      Diagnostics.mean(slopes.joined().map { ($0 - mean) * ($0 - mean) * ($0 - mean) })
    }
    var difference = 0.0
    for (k, h) in spacings.enumerated() {
      difference += h * h / 60 * (variances[k] - variances[k + 1])
      difference += h * h * h / 120 * (thirdCumulants[k] + thirdCumulants[k + 1])
    }
    quadratureError = abs(difference)
    let monteCarloError = Diagnostics.mcseMean(series)
    estimate = EvidenceEstimate(
      value: Diagnostics.mean(series.joined()),
      standardError: (monteCarloError * monteCarloError + difference * difference).squareRoot(),
      problem: LadderDraws.problem(of: series))
  }
}
