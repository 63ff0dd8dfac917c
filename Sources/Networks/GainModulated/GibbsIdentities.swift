// The identities that hold in the Gibbs ensemble at every number of neurons.

import Sampling

extension Prediction {
  /// The Schwinger–Dyson identities of THEORY section 5 for the gain-modulated linear network.
  ///
  /// ⟨mean w²⟩/σ_w² + β⟨Σ_c (R_c − A_c)ᵀ S R_c⟩ = 1, ⟨mean |m|²⟩/σ_m² + the same = D, their difference, in which the task's force
  /// cancels (the same section), and for drawn gains ⟨g_ic − P(g_ic = 1 | all else)⟩ = 0.
  ///
  /// - Precondition: the density's potential is a loss.
  public static func gibbsIdentities(_ density: GainModulatedLinearDensity) -> [Prediction] {
    guard case .loss(let tightness, let target, let covariance) = density.potential else {
      preconditionFailure("the identities belong to the Gibbs ensemble")
    }
    let readoutNames = (0..<target.rows).flatMap { c in (0..<target.columns).map { "readout[\(c),\($0)]" } }
    /// β Σ_c (R_c − A_c)ᵀ S R_c
    let pull = { @Sendable (readout: ArraySlice<Double>) -> Double in
      let values = Matrix(rows: target.rows, columns: target.columns, elements: Array(readout))
      let force = (values - target) * covariance
      return tightness * zip(force.elements, values.elements).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let outputPrecision = density.outputPrecision
    let inputPrecision = density.inputPrecision
    var list = [
      Prediction(
        "output_weight_identity", expected: 1, status: .exact,
        source: "THEORY 5: <mean w^2>/sigma_w^2 + beta <(R-A) S R> = 1",
        quantity: .function(of: ["output_second_moment"] + readoutNames) {
          outputPrecision * $0[0] + pull($0.dropFirst())
        }, isWeightIdentity: true),
      Prediction(
        "input_weight_identity", expected: Double(target.columns), status: .exact,
        source: "THEORY 5: <mean |m|^2>/sigma_m^2 + beta <(R-A) S R> = D",
        quantity: .function(of: ["input_second_moment"] + readoutNames) {
          inputPrecision * $0[0] + pull($0.dropFirst())
        }, isWeightIdentity: true),
      Prediction(
        "balance[0]", expected: Double(target.columns - 1), status: .exact,
        source: "THEORY 5: <mean |m|^2>/sigma_m^2 - <mean w^2>/sigma_w^2 = D - 1",
        quantity: .function(of: ["input_second_moment", "output_second_moment"]) {
          inputPrecision * $0[0] - outputPrecision * $0[1]
        }, size: 1, isWeightIdentity: true),
    ]
    if case .drawn(let activeProbability) = density.gains {
      // What the prior makes of it, where no gain depends on another.
      let size = (activeProbability * (1 - activeProbability) / Double(density.neurons)).squareRoot()
      for c in 0..<target.rows {
        list.append(
          Prediction(
            "gain_residual[\(c)]", expected: 0, status: .exact,
            source: "THEORY 5: <g> = <P(g = 1 | all else)> in context \(c)", quantity: .scalar("gain_residual[\(c)]"),
            size: size, flippingContext: c))
      }
    }
    return list
  }
}
