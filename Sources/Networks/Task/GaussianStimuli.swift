// Stimuli drawn from a Gaussian.

import Sampling

/// Draws stimuli x ~ N(0, S).
public enum GaussianStimuli {
  /// `count` stimuli, [stimulus, feature]; a covariance without full rank gives stimuli of the span that it has.
  ///
  /// - Throws: ``GSLError`` if the covariance has an entry that is not finite.
  public static func draw(_ count: Int, covariance: Matrix, using stream: inout RandomStream) throws -> Matrix {
    let factor = try factor(of: covariance)
    let features = covariance.rows
    var stimuli = Matrix(rows: count, columns: features)
    var normal = [Double](repeating: 0, count: features)
    for p in 0..<count {
      for d in 0..<features { normal[d] = stream.standardNormal() }
      for d in 0..<features {
        var value = 0.0
        for e in 0..<features { value += factor[d, e] * normal[e] }
        stimuli[p, d] = value
      }
    }
    return stimuli
  }

  /// F with F Fᵀ = S: Cholesky's, or the symmetric root where S has no full rank.
  private static func factor(of covariance: Matrix) throws -> Matrix {
    let eigen = try SymmetricEigen(covariance)
    return try eigen.rank == covariance.rows ? Cholesky(covariance).factor : eigen.map { max(0, $0).squareRoot() }
  }

  /// (1/P) Σ_p x_p x_pᵀ of stimuli [stimulus, feature].
  public static func secondMoment(of stimuli: Matrix) -> Matrix {
    (1 / Double(stimuli.rows)) * (stimuli.transposed * stimuli)
  }
}
