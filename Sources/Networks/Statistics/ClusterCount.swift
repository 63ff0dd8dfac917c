// How many clusters there are: found by the gap statistic and by the silhouette, not assumed.

import Foundation
import Sampling

/// k-means for several numbers of clusters, with the gap statistic (Tibshirani, Walther & Hastie 2001) and the silhouette.
///
/// gap(k) = ⟨ln W*_k⟩ − ln W_k over references drawn uniformly from the box along the cloud's principal axes, with error
/// s_k = sd(ln W*_k) √(1 + 1/references). The gap rule takes the smallest k with gap(k) ≥ gap(k+1) − s_(k+1). Clusters without
/// any spread (binary gains with as many clusters as patterns) have an infinite gap.
public struct ClusterCount: Sendable {
  /// One number of clusters.
  public struct Candidate: Sendable, Equatable {
    /// k.
    public let clusters: Int
    /// W_k.
    public let withinSquares: Double
    /// gap(k); infinite if W_k = 0.
    public let gap: Double
    /// s_k.
    public let gapError: Double
    /// The mean silhouette; nil for k = 1.
    public let silhouette: Double?
    /// Each point's cluster.
    public let labels: [Int]
  }

  /// The candidates, k = 1 ... maximum.
  public let candidates: [Candidate]
  /// The number of clusters by the gap rule; the maximum if the rule never holds.
  public let byGap: Int
  /// The number of clusters, at least 2, with the largest silhouette; nil if the maximum is 1.
  public let bySilhouette: Int?

  /// O(references · maximum · starts · rounds · n k d + maximum · n² d); references run in parallel.
  ///
  /// - Parameters:
  ///   - points: [point, coordinate].
  ///   - maximum: the largest number of clusters to try.
  /// - Throws: ``StatisticsError`` for fewer points than clusters, no reference, or points that do not vary.
  public init(
    _ points: Matrix, maximum: Int, references: Int = 20, starts: Int = 10, threads: Int = Threads.perProcessor,
    using stream: inout RandomStream
  ) throws {
    guard maximum >= 1, maximum <= points.rows else {
      throw StatisticsError.invalidCount(
        what: "the largest number of clusters", found: maximum, allowed: "1 ... \(points.rows), the number of points")
    }
    guard references >= 2 else {
      throw StatisticsError.invalidCount(what: "references", found: references, allowed: "at least 2")
    }
    let axes = try PrincipalAxes(points)
    guard axes.varies else { throw StatisticsError.degenerate("all points to cluster are equal") }
    let rotated = axes.rotate(points)
    let bounds = (0..<points.columns).map { k -> (low: Double, high: Double) in
      let column = (0..<points.rows).map { rotated[$0, k] }
      return (column.min()!, column.max()!)
    }
    let fits = try (1...maximum).map { try KMeans(points, clusters: $0, starts: starts, using: &stream) }
    let seed = stream.childSeed()
    let references = try parallelMap(references, threads: threads) { index in
      var stream = try RandomStream(StreamKey(seed: seed, chain: index, purpose: .testing))
      var reference = Matrix(rows: points.rows, columns: points.columns)
      for i in 0..<points.rows {
        for k in 0..<points.columns {
          reference[i, k] = bounds[k].low + (bounds[k].high - bounds[k].low) * stream.uniform()
        }
      }
      return try (1...maximum).map {
        log(try KMeans(reference, clusters: $0, starts: starts, using: &stream).withinSquares)
      }
    }
    let candidates = fits.enumerated().map { index, fit in
      let moments = RunningMoments(references.map { $0[index] })
      let count = Double(references.count)
      let spread = (moments.squaredDeviations / count * (1 + 1 / count)).squareRoot()
      // Rounding of the centres leaves W of about 1e-32 of the total.
      let hasSpread = fit.withinSquares > 1e-20 * fits[0].withinSquares
      return Candidate(
        clusters: index + 1, withinSquares: fit.withinSquares,
        gap: hasSpread ? moments.mean - log(fit.withinSquares) : .infinity, gapError: spread,
        silhouette: fit.silhouette(points, threads: threads), labels: fit.labels)
    }
    self.candidates = candidates
    byGap =
      (0..<maximum - 1).first { candidates[$0].gap >= candidates[$0 + 1].gap - candidates[$0 + 1].gapError }
      .map { $0 + 1 } ?? maximum
    bySilhouette = candidates.dropFirst().max { $0.silhouette! < $1.silhouette! }?.clusters
  }
}
