// Where a measured curve changes fastest, where it is half way, and where it has its peak, with errors.

import CGSL
import Sampling

/// A curve through points with standard errors, and the places on it that are asked for.
///
/// The steepest place is the vertex of a parabola through the difference quotients around the largest, the peak that of a parabola through
/// the points around the highest; half way is on Steffen's cubic, which is monotone where the points are. An error has two parts, added in
/// squares: the scatter of the place over 200 curves whose points are moved by normal errors of the given sizes, and a third of what the
/// place moves if every other point is left out, for the distance of the points (a sixth of it between neighbours, where too few are left).
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
  /// The share of moved curves that must have a feature for it to be told.
  private static let leastShare = 0.9

  /// Features that were found.
  public init(steepest: Estimate?, halfWay: Estimate?, peak: Estimate?) {
    self.steepest = steepest
    self.halfWay = halfWay
    self.peak = peak
  }

  /// The features of a curve; all nil for fewer than five points, or errors that are not known.
  ///
  /// - Parameters:
  ///   - x: in ascending order.
  ///   - errors: standard errors of y.
  /// - Throws: ``GSLError``.
  public init(x: [Double], y: [Double], errors: [Double], using stream: inout RandomStream) throws {
    guard x.count >= 5, (y + errors).allSatisfy(\.isFinite), errors.allSatisfy({ $0 >= 0 }) else {
      self.init(steepest: nil, halfWay: nil, peak: nil)
      return
    }
    let own = try Places(x, y)
    let alternate = x.indices.filter { $0 % 2 == 0 || $0 == x.count - 1 }
    let coarse = alternate.count >= 4 ? try Places(alternate.map { x[$0] }, alternate.map { y[$0] }) : nil
    var moved: [Places] = []
    for _ in 0..<Self.resamples {
      moved.append(try Places(x, zip(y, errors).map { $0 + $1 * stream.standardNormal() }))
    }
    func feature(_ isTold: Bool, _ place: (Places) -> Double?) -> Estimate? {
      let others = moved.compactMap(place)
      guard isTold, let value = place(own), Double(others.count) >= Self.leastShare * Double(moved.count) else {
        return nil
      }
      let moments = RunningMoments(others)
      let scatter = (moments.squaredDeviations / Double(others.count - 1)).squareRoot()
      let interval = zip(x, x.dropFirst()).first { $0 <= value && value <= $1 } ?? (x[0], x.last!)
      let ofGrid = coarse.flatMap(place).map { abs($0 - value) / 3 } ?? (interval.1 - interval.0) / 6
      return Estimate(value: value, standardError: (scatter * scatter + ofGrid * ofGrid).squareRoot())
    }
    func difference(_ i: Int, _ j: Int) -> Double {
      let error = (errors[i] * errors[i] + errors[j] * errors[j]).squareRoot()
      return error > 0 ? (y[i] - y[j]) / error : y[i] == y[j] ? 0 : y[i] > y[j] ? .infinity : -.infinity
    }
    let (top, bottom) = (y.indices.max { y[$0] < y[$1] }!, y.indices.min { y[$0] < y[$1] }!)
    let last = y.count - 1
    self.init(
      steepest: feature(difference(top, bottom) > Self.clear) { $0.steepest },
      halfWay: feature(abs(difference(last, 0)) > Self.clear) { $0.halfWay },
      peak: feature(difference(top, 0) > Self.clear && difference(top, last) > Self.clear) { $0.peak })
  }

  /// The places on one curve.
  private struct Places {
    let steepest: Double?
    let halfWay: Double?
    let peak: Double?

    init(_ x: [Double], _ y: [Double]) throws {
      let middles = zip(x, x.dropFirst()).map { ($0 + $1) / 2 }
      let slopes = middles.indices.map { abs((y[$0 + 1] - y[$0]) / (x[$0 + 1] - x[$0])) }
      steepest = Self.vertex(middles, slopes)
      peak = Self.vertex(x, y)
      halfWay = try Self.crossing(x, y, of: (y[0] + y.last!) / 2)
    }

    /// The vertex of the parabola through the largest value and its neighbours; nil where the largest is at an end.
    private static func vertex(_ x: [Double], _ y: [Double]) -> Double? {
      guard let k = y.indices.max(by: { y[$0] < y[$1] }), k > 0, k < y.count - 1 else { return nil }
      let left = (y[k] - y[k - 1]) / (x[k] - x[k - 1])
      let right = (y[k + 1] - y[k]) / (x[k + 1] - x[k])
      guard left > right else { return x[k] }
      // Slopes at the middles of both intervals; zero lies between them.
      let (a, b) = ((x[k - 1] + x[k]) / 2, (x[k] + x[k + 1]) / 2)
      return a + (b - a) * left / (left - right)
    }

    /// Where the curve has a value; nil where that is not at one place.
    private static func crossing(_ x: [Double], _ y: [Double], of value: Double) throws -> Double? {
      let places = (1..<x.count).filter { (y[$0 - 1] < value) != (y[$0] < value) }
      guard places.count == 1, let k = places.first else { return nil }
      var (low, high) = (x[k - 1], x[k])
      let rises = y[k] > y[k - 1]
      try GSL.checked {
        guard let curve = gsl_interp_alloc(cgsl_interp_steffen(), x.count) else { return }
        defer { gsl_interp_free(curve) }
        _ = gsl_interp_init(curve, x, y, x.count)
        // The curve is monotone there: bisection to the last bits that matter.
        for _ in 0..<60 {
          let middle = (low + high) / 2
          if (gsl_interp_eval(curve, x, y, middle, nil) < value) == rises { low = middle } else { high = middle }
        }
      }
      return (low + high) / 2
    }
  }
}
