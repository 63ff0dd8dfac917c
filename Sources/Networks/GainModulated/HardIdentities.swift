// The identities that hold in the hard ensemble at every number of neurons.

import Sampling

extension Prediction {
  /// The name of tr AᵀC⁻¹A where it is recorded.
  static let targetDistanceName = "target_distance"

  /// The identities of THEORY section 11 for gain-modulated linear networks with R = A.
  ///
  /// With q = tr AᵀC⁻¹A, C the covariance of the readout given output weights and gains, and r the rank of these:
  /// ⟨mean w²⟩/σ_w² = 1 − rD/N + ⟨q⟩/N, ⟨mean |m|²⟩/σ_m² = D − rD/N + ⟨q⟩/N, their difference, R = A in every draw, and for drawn gains
  /// ⟨g_ic − P(g_ic = 1 | w, all other gains)⟩ = 0.
  ///
  /// - Parameters:
  ///   - rank: r; K where gains are drawn.
  ///   - readoutSpread: the prior's standard deviation of a readout entry.
  /// - Precondition: the density's potential is a constraint.
  static func hardIdentities(_ density: GainModulatedLinearDensity, rank: Int, readoutSpread: Double) -> [Prediction] {
    guard case .constraint(let target) = density.potential else {
      preconditionFailure("the identities belong to the hard ensemble")
    }
    let n = Double(density.neurons)
    let features = Double(target.columns)
    let missing = Double(rank) * features / n
    let (outputPrecision, inputPrecision) = (density.outputPrecision, density.inputPrecision)
    var list = [
      Prediction(
        "hard_output_weight_identity", expected: 1 - missing, status: .exact,
        source: "THEORY 11: <mean w^2>/sigma_w^2 - <tr A C^-1 A>/N = 1 - rank D/N",
        quantity: .function(of: ["output_second_moment", targetDistanceName]) { outputPrecision * $0[0] - $0[1] / n },
        size: 1, isWeightIdentity: true),
      Prediction(
        "hard_input_weight_identity", expected: features - missing, status: .exact,
        source: "THEORY 11: <mean |m|^2>/sigma_m^2 - <tr A C^-1 A>/N = D - rank D/N",
        quantity: .function(of: ["input_second_moment", targetDistanceName]) { inputPrecision * $0[0] - $0[1] / n },
        size: features, isWeightIdentity: true),
      Prediction(
        "balance[0]", expected: features - 1, status: .exact,
        source: "THEORY 11: <mean |m|^2>/sigma_m^2 - <mean w^2>/sigma_w^2 = D - 1",
        quantity: .function(of: ["input_second_moment", "output_second_moment"]) {
          inputPrecision * $0[0] - outputPrecision * $0[1]
        }, size: 1, isWeightIdentity: true),
      Prediction(
        "hard_residual", expected: 0, status: .exact, source: "THEORY 11: R = A in every draw, to rounding",
        quantity: .largest(
          of: ["hard_residual"], unit: max(1e-13 * max(target.largestMagnitude, readoutSpread), .leastNormalMagnitude),
          { $0[0] })),
    ]
    if case .drawn(let activeProbability) = density.gains {
      let size = (activeProbability * (1 - activeProbability) / n).squareRoot()
      for c in 0..<target.rows {
        list.append(
          Prediction(
            "gain_residual[\(c)]", expected: 0, status: .exact,
            source: "THEORY 11: <g> = <P(g = 1 | output weights, other gains)> in context \(c)",
            quantity: .scalar("gain_residual[\(c)]"), size: size, flippingContext: c))
      }
    }
    return list
  }
}
