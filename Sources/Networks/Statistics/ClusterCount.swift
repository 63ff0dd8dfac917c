// How many clusters there are: found by the gap statistic and by the silhouette, not assumed.

import Sampling

/// k-means for several numbers of clusters, with the gap statistic (Tibshirani, Walther & Hastie 2001) and the silhouette.
///
/// gap(k) = ⟨ln W*_k⟩ − ln W_k, W per point, over references drawn uniformly from the box along the cloud's principal axes, with error
/// s_k = sd(ln W*_k) √(1 + 1/references). The gap rule takes the smallest k with gap(k) ≥ gap(k+1) − s_(k+1). Where points repeat
/// (gain vectors) and k clusters leave no spread, W_k = 0, the gap is infinite whatever the references: the smallest such k is
/// the number of clusters, and no reference is drawn.
public struct ClusterCount: Sendable {
  /// One number of clusters.
  public struct Candidate: Sendable, Equatable {
    /// k.
    public let clusters: Int
    /// W_k.
    public let withinSquares: Double
    /// gap(k); infinite if W_k = 0, nil where an infinite one decides.
    public let gap: Double?
    /// s_k; nil as the gap.
    public let gapError: Double?
    /// The mean silhouette; nil for k = 1.
    public let silhouette: Double?
    /// Each point's cluster.
    public let labels: [Int]
  }

  /// Points of a reference at most: W* per point hardly depends on their number.
  private static let mostReferencePoints = 400

  /// The candidates, k = 1, 2 and so on.
  public let candidates: [Candidate]
  /// The number of clusters by the gap rule; that of the last candidate if the rule never holds.
  public let byGap: Int
  /// The number of clusters, at least 2, with the largest silhouette; nil if 1 is the only candidate.
  public let bySilhouette: Int?
  /// Whether a larger number of clusters might have won, had it been tried: the largest one did, or points that repeat are of more kinds.
  public let isAtLimit: Bool

  /// O(references · maximum · starts · rounds · n k d + maximum · n² d) for n different points; references run in parallel.
  ///
  /// - Parameters:
  ///   - points: [point, coordinate].
  ///   - maximum: the largest number of clusters to try; no more are tried than there are different points.
  /// - Throws: ``StatisticsError`` for fewer points than clusters, or no reference.
  public init(
    _ points: Matrix, maximum: Int, references: Int = 20, starts: Int = 10, threads: Int = Threads.perProcessor,
    using stream: inout RandomStream
  ) throws {
    guard maximum <= points.rows else {
      throw StatisticsError.invalidCount(
        what: "the largest number of clusters", found: maximum, allowed: "1 ... \(points.rows), the number of points")
    }
    try self.init(
      DistinctPoints(points), maximum: maximum, references: references, starts: starts, threads: threads,
      using: &stream)
  }

  /// As above, of points that were counted before.
  public init(
    _ distinct: DistinctPoints, maximum: Int, references: Int = 20, starts: Int = 10,
    threads: Int = Threads.perProcessor, using stream: inout RandomStream
  ) throws {
    let (points, counts) = (distinct.points, distinct.counts)
    guard maximum >= 1 else {
      throw StatisticsError.invalidCount(
        what: "the largest number of clusters", found: maximum, allowed: "at least 1")
    }
    guard references >= 2 else {
      throw StatisticsError.invalidCount(what: "references", found: references, allowed: "at least 2")
    }
    // As many clusters as points say nothing where each point is there once.
    let possible = distinct.hasRepeats ? points.rows : max(1, points.rows - 1)
    let tried = min(maximum, possible)
    let fits = try (1...tried).map {
      try KMeans(points, counts: counts, clusters: $0, starts: starts, using: &stream)
    }
    // Rounding of the centres leaves W of about 1e-32 of the total.
    let atoms =
      points.rows == 1 ? 1 : fits.first { $0.withinSquares <= 1e-20 * fits[0].withinSquares }?.centres.rows
    let gaps =
      atoms == nil
      ? try Self.gaps(fits, points, counts, references: references, starts: starts, threads: threads, using: &stream)
      : nil
    candidates = fits.enumerated().map { index, fit in
      Candidate(
        clusters: index + 1, withinSquares: fit.withinSquares,
        gap: gaps?[index].gap ?? (index + 1 >= atoms ?? .max ? .infinity : nil), gapError: gaps?[index].error,
        silhouette: fit.silhouette(points, threads: threads), labels: distinct.labels.map { fit.labels[$0] })
    }
    byGap =
      atoms ?? gaps.flatMap { gaps in
        (0..<tried - 1).first { gaps[$0].gap >= gaps[$0 + 1].gap - gaps[$0 + 1].error }.map { $0 + 1 }
      } ?? tried
    bySilhouette = candidates.dropFirst().max { $0.silhouette! < $1.silhouette! }?.clusters
    isAtLimit = tried < possible && (byGap == tried || bySilhouette == tried || distinct.hasRepeats)
  }

  /// gap(k) and s_k of every fit.
  private static func gaps(
    _ fits: [KMeans], _ points: Matrix, _ counts: [Double], references: Int, starts: Int, threads: Int,
    using stream: inout RandomStream
  ) throws -> [(gap: Double, error: Double)] {
    let rotated = try PrincipalAxes(points).rotate(points)
    let bounds = (0..<points.columns).map { k -> (low: Double, high: Double) in
      let column = (0..<points.rows).map { rotated[$0, k] }
      return (column.min()!, column.max()!)
    }
    let total = counts.reduce(0, +)
    let rows = max(fits.count + 1, Int(min(total, Double(mostReferencePoints))))
    let seed = stream.childSeed()
    let logs = try parallelMap(references, threads: threads) { index in
      var stream = try RandomStream(StreamKey(seed: seed, chain: index, purpose: .testing))
      var reference = Matrix(rows: rows, columns: points.columns)
      for i in 0..<rows {
        for k in 0..<points.columns {
          reference[i, k] = bounds[k].low + (bounds[k].high - bounds[k].low) * stream.uniform()
        }
      }
      return try fits.indices.map {
        log(
          try KMeans(reference, clusters: $0 + 1, starts: starts, using: &stream).withinSquares / Double(rows))
      }
    }
    return fits.enumerated().map { index, fit in
      let moments = RunningMoments(logs.map { $0[index] })
      let count = Double(references)
      let spread = (moments.squaredDeviations / count * (1 + 1 / count)).squareRoot()
      return (moments.mean - log(fit.withinSquares / total), spread)
    }
  }
}
