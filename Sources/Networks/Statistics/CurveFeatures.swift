// Where a measured curve changes fastest, where it is half way, and where it has its peak, with errors.

import CGSL
import Sampling

/// A curve through points with standard errors, and the places on it that are asked for.
///
/// Between the points the curve is Steffen's cubic, monotone where the points are. Errors are those of 200 curves through points that are
/// moved by normal errors of the given sizes.
public struct CurveFeatures: Sendable {
  /// Where the slope is largest in size; nil where the curve does not clearly change, or changes fastest at an end.
  public let steepest: Estimate?
  /// Where the curve is half way between its ends; nil where its ends do not clearly differ, or it is there more than once.
  public let halfWay: Estimate?
  /// Where the curve is largest; nil where that is at an end, or no point clearly stands out from both ends.
  public let peak: Estimate?

  /// The change that is clear, in standard errors.
  private static let clear = 5.0
  private static let resamples = 200
  private static let gridPerInterval = 40
  /// The share of moved curves that must have a feature for it to be told.
  private static let leastShare = 0.9

  /// Features that were found.
  public init(steepest: Estimate?, halfWay: Estimate?, peak: Estimate?) {
    self.steepest = steepest
    self.halfWay = halfWay
    self.peak = peak
  }

  /// The features of a curve; all nil for fewer than four points, or errors that are not known.
  ///
  /// - Parameters:
  ///   - x: in ascending order.
  ///   - errors: standard errors of y.
  /// - Throws: ``GSLError``.
  public init(x: [Double], y: [Double], errors: [Double], using stream: inout RandomStream) throws {
    guard x.count >= 4, (y + errors).allSatisfy(\.isFinite), errors.allSatisfy({ $0 >= 0 }) else {
      (steepest, halfWay, peak) = (nil, nil, nil)
      return
    }
    let grid = Self.grid(x)
    let own = try Self.places(x, y, grid)
    var moved: [Places] = []
    for _ in 0..<Self.resamples {
      moved.append(try Self.places(x, zip(y, errors).map { $0 + $1 * stream.standardNormal() }, grid))
    }
    let largestError = errors.max() ?? 0
    let isClear = (y.max()! - y.min()!) > Self.clear * 2.squareRoot() * largestError
    func feature(_ isTold: Bool, _ place: (Places) -> Double?) -> Estimate? {
      let others = moved.compactMap(place)
      guard isTold, let value = place(own), Double(others.count) >= Self.leastShare * Double(moved.count) else {
        return nil
      }
      let moments = RunningMoments(others)
      return Estimate(
        value: value, standardError: (moments.squaredDeviations / Double(others.count - 1)).squareRoot())
    }
    steepest = feature(isClear) { $0.steepest }
    let ends = abs(y.last! - y[0]) / (errors[0] * errors[0] + errors.last! * errors.last!).squareRoot()
    halfWay = feature(ends > Self.clear) { $0.halfWay }
    let top = y.indices.max { y[$0] < y[$1] }!
    func standsOut(_ end: Int) -> Bool {
      (y[top] - y[end]) > Self.clear * (errors[top] * errors[top] + errors[end] * errors[end]).squareRoot()
    }
    peak = feature(standsOut(0) && standsOut(y.count - 1)) { $0.peak }
  }

  private struct Places {
    var steepest: Double?
    var halfWay: Double?
    var peak: Double?
  }

  private static func grid(_ x: [Double]) -> [Double] {
    zip(x, x.dropFirst()).flatMap { low, high in
      (0..<gridPerInterval).map { low + (high - low) * Double($0) / Double(gridPerInterval) }
    } + [x.last!]
  }

  /// The places on the curve through points, on a grid that is refined by parabolas.
  private static func places(_ x: [Double], _ y: [Double], _ grid: [Double]) throws -> Places {
    var values = [Double](repeating: 0, count: grid.count)
    var slopes = values
    try GSL.checked {
      guard let curve = gsl_interp_alloc(cgsl_interp_steffen(), x.count) else { return }
      defer { gsl_interp_free(curve) }
      _ = gsl_interp_init(curve, x, y, x.count)
      for k in grid.indices {
        values[k] = gsl_interp_eval(curve, x, y, grid[k], nil)
        slopes[k] = gsl_interp_eval_deriv(curve, x, y, grid[k], nil)
      }
    }
    let middle = (y[0] + y.last!) / 2
    let crossings = (1..<grid.count).filter { (values[$0 - 1] < middle) != (values[$0] < middle) }
    let crossing = crossings.count == 1 ? crossings.first : nil
    return Places(
      steepest: top(slopes.map(abs), grid),
      halfWay: crossing.map { k in
        let part = (middle - values[k - 1]) / (values[k] - values[k - 1])
        return grid[k - 1] + part * (grid[k] - grid[k - 1])
      }, peak: top(values, grid))
  }

  /// Where values are largest; nil at an end.
  private static func top(_ values: [Double], _ grid: [Double]) -> Double? {
    guard let k = values.indices.max(by: { values[$0] < values[$1] }), k > 0, k < values.count - 1 else { return nil }
    return grid[k]
  }
}
