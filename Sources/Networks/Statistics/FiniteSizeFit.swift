// How an observable approaches its value for infinitely wide networks: O + c1/N + c2/N^2, fitted.

import CGSL
import Sampling

/// An observable measured on networks of one width, or at one value of anything else that grows.
public struct FiniteSizePoint: Sendable, Equatable {
  /// N, or what takes its place.
  public let size: Double
  /// N.
  public var neurons: Int { Int(size) }
  /// ⟨O⟩_N.
  public let value: Double
  /// Its Monte Carlo standard error.
  public let standardError: Double

  /// An average at N neurons, with its standard error.
  public init(neurons: Int, value: Double, standardError: Double) {
    self.init(size: Double(neurons), value: value, standardError: standardError)
  }

  /// An average at a size that is no whole number, with its standard error.
  public init(size: Double, value: Double, standardError: Double) {
    self.size = size
    self.value = value
    self.standardError = standardError
  }
}

/// The weighted least-squares fit of ⟨O⟩_N = O_∞ + c_1/N (+ c_2/N²) (THEORY section 5).
public struct FiniteSizeFit: Sendable {
  /// The highest power of 1/N.
  public let order: Int
  /// O_∞, c_1, c_2 …
  public let coefficients: [Double]
  /// Their covariance, as the points' standard errors give it.
  public let covariance: Matrix
  /// χ² = Σ (residual/standard error)².
  public let chiSquared: Double
  /// Points minus coefficients.
  public let degreesOfFreedom: Int
  /// The probability of a χ² as large or larger; nil without degrees of freedom.
  public let pValue: Double?
  /// The points.
  public let points: [FiniteSizePoint]

  /// Fits a polynomial in 1/N by GSL's weighted linear least squares. O(points).
  ///
  /// - Throws: ``StatisticsError`` for fewer widths than coefficients, a width below 1, or standard errors that are not
  ///   positive; ``GSLError``.
  public init(_ points: [FiniteSizePoint], order: Int) throws {
    guard order >= 0, order <= 8 else {
      throw StatisticsError.invalidCount(what: "the order of a fit in 1/N", found: order, allowed: "0 ... 8")
    }
    guard Set(points.map(\.size)).count > order else {
      throw StatisticsError.invalidCount(
        what: "different sizes", found: Set(points.map(\.size)).count,
        allowed: "at least \(order + 1) for a fit up to 1/N^\(order)")
    }
    for point in points {
      guard point.size > 0, point.size.isFinite else {
        throw StatisticsError.invalidValue(what: "the size of a point", found: point.size, allowed: "positive numbers")
      }
      guard point.value.isFinite else {
        throw StatisticsError.invalidValue(
          what: "the value at size \(point.size)", found: point.value, allowed: "a finite number")
      }
      guard point.standardError > 0, point.standardError.isFinite else {
        throw StatisticsError.invalidValue(
          what: "the standard error at size \(point.size)", found: point.standardError,
          allowed: "a positive finite number")
      }
    }
    // Powers of (smallest N)/N are all of order 1.
    let unit = points.map(\.size).min()!
    let count = order + 1
    var powers = points.flatMap { point in (0..<count).map { pow(unit / point.size, Double($0)) } }
    var weights = points.map { 1 / ($0.standardError * $0.standardError) }
    var values = points.map(\.value)
    var fitted = [Double](repeating: 0, count: count)
    var spread = [Double](repeating: 0, count: count * count)
    var chiSquared = 0.0
    try GSL.checked {
      guard let workspace = gsl_multifit_linear_alloc(points.count, count) else { return }
      defer { gsl_multifit_linear_free(workspace) }
      powers.withUnsafeMutableBufferPointer { x in
        weights.withUnsafeMutableBufferPointer { w in
          values.withUnsafeMutableBufferPointer { y in
            fitted.withUnsafeMutableBufferPointer { c in
              spread.withUnsafeMutableBufferPointer { s in
                var xView = gsl_matrix_view_array(x.baseAddress!, points.count, count)
                var wView = gsl_vector_view_array(w.baseAddress!, points.count)
                var yView = gsl_vector_view_array(y.baseAddress!, points.count)
                var cView = gsl_vector_view_array(c.baseAddress!, count)
                var sView = gsl_matrix_view_array(s.baseAddress!, count, count)
                _ = gsl_multifit_wlinear(
                  &xView.matrix, &wView.vector, &yView.vector, &cView.vector, &sView.matrix, &chiSquared, workspace)
              }
            }
          }
        }
      }
    }
    let scales = (0..<count).map { pow(unit, Double($0)) }
    var covariance = Matrix(rows: count, columns: count)
    for i in 0..<count { for j in 0..<count { covariance[i, j] = spread[i * count + j] * scales[i] * scales[j] } }
    self.order = order
    coefficients = zip(fitted, scales).map { $0 * $1 }
    self.covariance = covariance
    self.chiSquared = chiSquared
    let freedom = points.count - count
    degreesOfFreedom = freedom
    let value = chiSquared
    pValue = freedom > 0 ? try GSL.checked { gsl_cdf_chisq_Q(value, Double(freedom)) } : nil
    self.points = points
  }

  /// O_∞.
  public var limit: Estimate { coefficient(0) }

  /// The coefficient of 1/N^power, zero beyond the order.
  public func coefficient(_ power: Int) -> Estimate {
    power <= order
      ? Estimate(value: coefficients[power], standardError: max(0, covariance[power, power]).squareRoot())
      : Estimate(value: 0, standardError: 0)
  }

  /// The fitted curve at N neurons, with its standard error.
  public func value(neurons: Double) -> Estimate {
    let powers = (0...order).map { pow(neurons, -Double($0)) }
    return Estimate(
      value: dot(powers, coefficients), standardError: max(0, dot(powers, covariance * powers)).squareRoot())
  }

  /// The N from which on |⟨O⟩_N − O_∞| ≤ accuracy, as a real number of at least 1, with its standard error.
  ///
  /// The smallest x = 1/N with |c_1 x + c_2 x²| = accuracy; the error is c's, to first order. Nil for orders above 2.
  ///
  /// - Throws: ``StatisticsError`` unless the accuracy is positive.
  public func neuronsNeeded(accuracy: Double) throws -> Estimate? {
    guard accuracy > 0 else {
      throw StatisticsError.invalidValue(what: "the accuracy", found: accuracy, allowed: "a positive number")
    }
    guard order <= 2 else { return nil }
    let (first, second) = (coefficient(1).value, coefficient(2).value)
    var crossing = Double.infinity
    for side in [accuracy, -accuracy] {
      var (low, high) = (0.0, 0.0)
      let count = try GSL.checked { gsl_poly_solve_quadratic(second, first, -side, &low, &high) }
      for root in [low, high].prefix(Int(count)) where root > 0 { crossing = min(crossing, root) }
    }
    guard crossing < 1 else { return Estimate(value: 1, standardError: 0) }
    let slope = first + 2 * second * crossing
    let change = (1...max(1, order)).map { pow(crossing, Double($0)) / slope }
    var variance = 0.0
    if order >= 1 {
      for i in 1...order { for j in 1...order { variance += change[i - 1] * covariance[i, j] * change[j - 1] } }
    }
    return Estimate(
      value: 1 / crossing, standardError: max(0, variance).squareRoot() / (crossing * crossing))
  }
}
