// A few stimuli that stand for a Gaussian wherever only its mean and covariance matter.

import Sampling

extension GaussianStimuli {
  /// The 2D sigma points ±√D r_k, with r_k the columns of a root of S: their mean is 0 and their second moment is S.
  ///
  /// For a function that is quadratic in the stimulus, such as the loss of a linear network, the average over them is the
  /// Gaussian's (Julier & Uhlmann 1997). S may be singular. O(D³).
  ///
  /// - Returns: [stimulus, feature], pairs of opposite points.
  /// - Throws: ``GSLError`` if an entry of the covariance is not finite.
  /// - Precondition: a square matrix.
  public static func sigmaPoints(covariance: Matrix) throws -> Matrix {
    let eigen = try SymmetricEigen(covariance)
    let features = covariance.rows
    var points = Matrix(rows: 2 * features, columns: features)
    for k in 0..<features {
      let length = (Double(features) * max(0, eigen.values[k])).squareRoot()
      for d in 0..<features {
        points[2 * k, d] = length * eigen.vectors[d, k]
        points[2 * k + 1, d] = -points[2 * k, d]
      }
    }
    return points
  }
}
