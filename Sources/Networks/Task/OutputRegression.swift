// What a network that responds linearly can make of wanted outputs, and what it cannot.

import Sampling

/// The linear regression of wanted outputs on their stimuli.
///
/// The loss of a readout R on P stimuli, L = (1/2P) Σ_cp (R_c·x_p − Y_cp)², is ½ Σ_c (R_c − A_c)ᵀ S (R_c − A_c) + ½ Σ_c r_c with
/// S = (1/P) Σ_p x_p x_pᵀ, A = (1/P) Y Xᵀ S⁻¹ and r_c = (1/P) Σ_p (A_c·x_p − Y_cp)². No readout removes the second part. Where stimuli do
/// not span the features, S⁻¹ is the pseudo-inverse: A is the shortest of the regressions.
public struct OutputRegression: Sendable, Equatable {
  /// A, [context, feature].
  public let target: Matrix
  /// r_c, [context].
  public let residuals: [Double]
  /// ½ Σ_c r_c.
  public var constantLoss: Double { residuals.reduce(0, +) / 2 }

  /// O(P D² + D³ + K P D).
  ///
  /// - Parameters:
  ///   - outputs: Y_cp, [context, stimulus].
  ///   - stimuli: x_p, [stimulus, feature].
  /// - Throws: ``GSLError`` if a number is not finite.
  public init(of outputs: Matrix, on stimuli: Matrix) throws {
    let count = Double(stimuli.rows)
    let secondMoment = GaussianStimuli.secondMoment(of: stimuli)
    let eigen = try SymmetricEigen(secondMoment)
    let inverse = eigen.rank == secondMoment.rows ? try Cholesky(secondMoment).inverse : eigen.pseudoInverse
    func errors(_ target: Matrix) -> Matrix { outputs - target * stimuli.transposed }
    var target = (1 / count) * (outputs * stimuli) * inverse
    // Normal equations square the condition; a step of refinement gives most of that back.
    target = target + (1 / count) * (errors(target) * stimuli) * inverse
    let missed = errors(target)
    self.target = target
    residuals = (0..<outputs.rows).map { c in
      let row = missed.row(c)
      return dot(row, row) / count
    }
  }
}
