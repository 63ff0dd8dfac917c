// Curves of networks of several sizes brought onto one: finite-size scaling.

import CGSL
import Sampling

/// The exponents that bring curves y(x, N) onto one: y = N^a f((x − x_c) N^b).
///
/// The quality S is the mean squared distance, in standard errors, of each point from the curve through the points of other sizes
/// next to it (Houdayer & Hartmann 2004): near 1 for a collapse within errors. Free exponents minimise it; their errors are those of fits to
/// points that are moved by their errors.
public struct ScalingCollapse: Sendable {
  /// A measured point.
  public struct Point: Sendable {
    /// N.
    public let size: Double
    /// The value on the axis.
    public let x: Double
    /// The observable there.
    public let y: Double
    /// Its standard error.
    public let standardError: Double

    /// A point of the curve of one size.
    public init(size: Double, x: Double, y: Double, standardError: Double) {
      self.size = size
      self.x = x
      self.y = y
      self.standardError = standardError
    }
  }

  /// Exponents, and which of them were given.
  public struct Exponents: Sendable, Equatable {
    /// x_c, where curves meet.
    public var centre: Double?
    /// a, of the values.
    public var value: Double?
    /// b, of the distance from the centre.
    public var width: Double?

    /// Exponents that are given; nil for those that are to be fitted.
    public init(centre: Double? = nil, value: Double? = nil, width: Double? = nil) {
      self.centre = centre
      self.value = value
      self.width = width
    }
  }

  /// x_c; without error if it was given.
  public let centre: Estimate
  /// a.
  public let value: Estimate
  /// b.
  public let width: Estimate
  /// S, and how many points it is a mean over.
  public let quality: Double
  /// How many points were compared with the curves of other sizes.
  public let compared: Int
  /// The points as they are brought onto one curve: ((x − x_c) N^b, y N^−a, error N^−a), by size.
  public let collapsed: [Point]

  private static let resamples = 40
  /// Points that must have neighbours of other sizes, and the share of all points.
  private static let least = (points: 6, share: 0.3)

  /// Fits the exponents that are not given; nil where curves of fewer than two sizes overlap.
  ///
  /// - Precondition: positive sizes and standard errors, finite values.
  /// - Throws: ``GSLError``.
  public init?(_ points: [Point], given: Exponents, using stream: inout RandomStream) throws {
    guard Set(points.map(\.size)).count >= 2 else { return nil }
    let range = (points.map(\.x).min()!, points.map(\.x).max()!)
    guard range.1 > range.0 else { return nil }
    let typical = points.map(\.size).reduce(0) { $0 + log($1) } / Double(points.count)
    func exponents(_ free: [Double]) -> (Double, Double, Double) {
      var rest = free[...]
      let centre = given.centre ?? rest.removeFirst()
      let value = given.value ?? rest.removeFirst()
      return (centre, value, given.width ?? rest.removeFirst())
    }
    func fit(_ points: [Point], from start: [Double]) throws -> SimplexMinimum? {
      var steps: [Double] = []
      if given.centre == nil { steps.append((range.1 - range.0) / 10) }
      if given.value == nil { steps.append(0.2) }
      if given.width == nil { steps.append(0.2) }
      guard !steps.isEmpty else { return nil }
      return try SimplexMinimum(from: start, steps: steps) { free in
        let (centre, value, width) = exponents(free)
        guard abs(value) < 20, abs(width) < 20 else { return .infinity }
        return Self.quality(points, centre, value, width, typical).map(\.quality) ?? .infinity
      }
    }
    // The best of a coarse grid, since the quality has many small valleys.
    var starts: [[Double]] = []
    for part in given.centre == nil ? [0.1, 0.3, 0.5, 0.7, 0.9] : [0] {
      for value in given.value == nil ? [-1, -0.5, 0, 0.5, 1] : [0] {
        for width in given.width == nil ? [-1, -0.5, 0, 0.25, 0.5, 1] : [0] {
          starts.append(
            (given.centre == nil ? [range.0 + part * (range.1 - range.0)] : [])
              + (given.value == nil ? [value] : []) + (given.width == nil ? [width] : []))
        }
      }
    }
    func quality(_ start: [Double]) -> Double {
      let (centre, value, width) = exponents(start)
      return Self.quality(points, centre, value, width, typical)?.quality ?? .infinity
    }
    let best = starts.map { ($0, quality($0)) }.sorted { $0.1 < $1.1 }.prefix(3).filter { $0.1.isFinite }
    guard !best.isEmpty else { return nil }
    var free = best[0].0
    let fits = try best.compactMap { try fit(points, from: $0.0) }
    if let found = fits.min(by: { $0.value < $1.value }) { free = found.point }
    let (c, a, b) = exponents(free)
    guard let reached = Self.quality(points, c, a, b, typical) else { return nil }
    var moved: [(Double, Double, Double)] = []
    if !free.isEmpty {
      for _ in 0..<Self.resamples {
        let others = points.map {
          Point(
            size: $0.size, x: $0.x, y: $0.y + $0.standardError * stream.standardNormal(),
            standardError: $0.standardError)
        }
        if let found = try fit(others, from: free) { moved.append(exponents(found.point)) }
      }
    }
    func estimate(_ value: Double, _ isGiven: Bool, _ others: [Double]) -> Estimate {
      guard !isGiven, others.count > 1 else { return Estimate(value: value, standardError: nil) }
      let moments = RunningMoments(others)
      return Estimate(
        value: value, standardError: (moments.squaredDeviations / Double(others.count - 1)).squareRoot())
    }
    centre = estimate(c, given.centre != nil, moved.map(\.0))
    value = estimate(a, given.value != nil, moved.map(\.1))
    width = estimate(b, given.width != nil, moved.map(\.2))
    self.quality = reached.quality
    compared = reached.count
    collapsed = points.map { point in
      let factor = exp(-a * log(point.size))
      return Point(
        size: point.size, x: (point.x - c) * exp(b * log(point.size)), y: point.y * factor,
        standardError: point.standardError * factor)
    }
  }

  /// The mean squared distance of points from the lines between neighbours of other sizes; nil where too few have any.
  private static func quality(
    _ points: [Point], _ centre: Double, _ value: Double, _ width: Double, _ typical: Double
  ) -> (quality: Double, count: Int)? {
    // Sizes relative to a typical one keep powers of order 1; the quality does not depend on it.
    let scaled = points.map { point -> Point in
      let ratio = log(point.size) - typical
      let factor = exp(-value * ratio)
      return Point(
        size: point.size, x: (point.x - centre) * exp(width * ratio), y: point.y * factor,
        standardError: point.standardError * factor)
    }
    let curves = Dictionary(grouping: scaled, by: \.size).mapValues { $0.sorted { $0.x < $1.x } }
    var sum = 0.0
    var count = 0
    for point in scaled {
      var near: [Point] = []
      for (size, curve) in curves where size != point.size {
        guard let next = curve.firstIndex(where: { $0.x > point.x }), next > 0 else { continue }
        near += [curve[next - 1], curve[next]]
      }
      guard near.count >= 2, let line = Self.line(near, at: point.x) else { continue }
      let distance = point.y - line.value
      sum += distance * distance / (point.standardError * point.standardError + line.variance)
      count += 1
    }
    guard count >= Self.least.points, Double(count) >= Self.least.share * Double(points.count) else { return nil }
    return (sum / Double(count), count)
  }

  /// The weighted straight line through points at x, and its variance.
  private static func line(_ points: [Point], at x: Double) -> (value: Double, variance: Double)? {
    // The order of a dictionary's curves must not decide the last bits.
    let points = points.sorted { ($0.size, $0.x) < ($1.size, $1.x) }
    var (k, kx, kxx, ky, kxy) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for point in points {
      let weight = 1 / (point.standardError * point.standardError)
      let d = point.x - x
      k += weight
      kx += weight * d
      kxx += weight * d * d
      ky += weight * point.y
      kxy += weight * d * point.y
    }
    let determinant = k * kxx - kx * kx
    guard determinant > 1e-12 * k * kxx else { return nil }
    return ((kxx * ky - kx * kxy) / determinant, kxx / determinant)
  }
}
