// The covariance of a cloud, its principal axes, and how many of them count.

import Sampling

/// The mean, covariance and principal axes of a cloud of neurons.
public struct PrincipalAxes: Sendable {
  /// The mean, [coordinate]; zero if it was not subtracted.
  public let mean: [Double]
  /// The covariance (1/n) Σ_i (x_i − mean)(x_i − mean)ᵀ, [coordinate, coordinate].
  public let covariance: Matrix
  /// Variances along the principal axes, descending.
  public let variances: [Double]
  /// The axes; column k belongs to `variances[k]`.
  public let axes: Matrix

  /// The axes of points [neuron, coordinate]. O(n d² + d³).
  ///
  /// - Parameter isCentred: whether the mean is subtracted; otherwise second moments about zero.
  /// - Throws: ``StatisticsError`` for fewer than two neurons; ``GSLError`` for numbers that are not finite.
  public init(_ points: Matrix, isCentred: Bool = true) throws {
    guard points.rows >= 2 else {
      throw StatisticsError.invalidCount(what: "neurons", found: points.rows, allowed: "at least 2")
    }
    let d = points.columns
    let scale = 1 / Double(points.rows)
    var mean = [Double](repeating: 0, count: d)
    if isCentred {
      for i in 0..<points.rows { for j in 0..<d { mean[j] += points[i, j] * scale } }
    }
    var covariance = Matrix(rows: d, columns: d)
    for i in 0..<points.rows {
      for j in 0..<d {
        let left = (points[i, j] - mean[j]) * scale
        for k in j..<d { covariance[j, k] += left * (points[i, k] - mean[k]) }
      }
    }
    for j in 0..<d { for k in 0..<j { covariance[j, k] = covariance[k, j] } }
    let eigen = try SymmetricEigen(covariance)
    var axes = Matrix(rows: d, columns: d)
    for j in 0..<d { for k in 0..<d { axes[j, k] = eigen.vectors[j, d - 1 - k] } }
    self.mean = mean
    self.covariance = covariance
    variances = eigen.values.reversed()
    self.axes = axes
  }

  /// The participation ratio (Σ λ)²/Σ λ²: between 1, one dimension, and d, all alike.
  ///
  /// With n neurons it is biased downwards by about a factor 1/(1 + d/n) for an isotropic cloud. NaN if nothing varies.
  public var participationRatio: Double {
    let sum = variances.reduce(0, +)
    return sum * sum / variances.reduce(0) { $0 + $1 * $1 }
  }

  /// Whether the points differ by more than rounding.
  var varies: Bool {
    let total = variances.reduce(0, +)
    return total > 1e-24 * (total + mean.reduce(0) { $0 + $1 * $1 })
  }

  /// Points in the coordinates of the axes, about the mean. O(n d²).
  func rotate(_ points: Matrix) -> Matrix {
    var centred = points
    for i in 0..<points.rows { for j in 0..<points.columns { centred[i, j] -= mean[j] } }
    return centred * axes
  }
}
