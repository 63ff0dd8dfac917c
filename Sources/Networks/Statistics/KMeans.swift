// Clusters of points by their means.

import Sampling

/// A partition of points into clusters with small Σ |x − centre|² (Lloyd's algorithm).
public struct KMeans: Sendable {
  /// The clusters' means, [cluster, coordinate].
  public let centres: Matrix
  /// Each point's cluster.
  public let labels: [Int]
  /// W: Σ over points of the squared distance to their centre.
  public let withinSquares: Double
  /// How many there are of each point.
  private let counts: [Double]

  /// The best of several starts by k-means++ (Arthur & Vassilvitskii 2007).
  ///
  /// O(starts · rounds · n k d). Clusters that run empty take the point farthest from its centre.
  ///
  /// - Parameters:
  ///   - points: [point, coordinate].
  ///   - counts: how many there are of each; nil for one.
  /// - Throws: ``StatisticsError`` unless 1 ≤ clusters ≤ points and there is a start.
  public init(
    _ points: Matrix, counts: [Double]? = nil, clusters: Int, starts: Int = 10, using stream: inout RandomStream
  ) throws {
    guard clusters >= 1, clusters <= points.rows else {
      throw StatisticsError.invalidCount(
        what: "clusters", found: clusters, allowed: "1 ... \(points.rows), the number of points")
    }
    guard starts >= 1 else {
      throw StatisticsError.invalidCount(what: "starts of k-means", found: starts, allowed: "at least 1")
    }
    let counts = counts ?? [Double](repeating: 1, count: points.rows)
    var best: Lloyd?
    for _ in 0..<starts {
      var lloyd = Lloyd(points, counts, clusters: clusters, using: &stream)
      lloyd.run()
      if lloyd.withinSquares < best?.withinSquares ?? .infinity { best = lloyd }
    }
    guard let best else { throw StatisticsError.degenerate("the points to cluster are not all finite numbers") }
    centres = best.centres
    labels = best.labels
    withinSquares = best.withinSquares
    self.counts = counts
  }

  /// The mean silhouette (b − a)/max(a, b) over points, a and b being the mean distances to the own and the nearest other
  /// cluster (Rousseeuw 1987); 0 for a point that is alone. Nil for a single cluster. O(n² d).
  ///
  /// - Precondition: the points that were clustered.
  public func silhouette(_ points: Matrix, threads: Int = Threads.perProcessor) -> Double? {
    precondition(points.rows == labels.count, "these are not the points that were clustered")
    let clusters = centres.rows
    guard clusters > 1 else { return nil }
    let (labels, counts) = (labels, counts)
    let sizes = labels.indices.reduce(into: [Double](repeating: 0, count: clusters)) { $0[labels[$1]] += counts[$1] }
    let (n, d) = (points.rows, points.columns)
    let values = parallelMap(n, threads: threads) { i in
      var sums = [Double](repeating: 0, count: clusters)
      points.elements.withUnsafeBufferPointer { x in
        for j in 0..<n {
          var square = 0.0
          for k in 0..<d {
            let difference = x[i * d + k] - x[j * d + k]
            square += difference * difference
          }
          sums[labels[j]] += counts[j] * square.squareRoot()
        }
      }
      let own = labels[i]
      guard sizes[own] > 1 else { return 0.0 }
      let a = sums[own] / (sizes[own] - 1)
      var b = Double.infinity
      for c in 0..<clusters where c != own && sizes[c] > 0 { b = min(b, sums[c] / sizes[c]) }
      return b.isFinite && max(a, b) > 0 ? (b - a) / max(a, b) : 0
    }
    return zip(counts, values).reduce(0) { $0 + $1.0 * $1.1 } / counts.reduce(0, +)
  }
}

/// One run of Lloyd's algorithm.
private struct Lloyd {
  let points: Matrix
  let counts: [Double]
  var centres: Matrix
  var labels: [Int]
  var withinSquares = Double.infinity
  private var distances: [Double]

  /// Centres chosen with probability proportional to the squared distance from those already there.
  init(_ points: Matrix, _ counts: [Double], clusters: Int, using stream: inout RandomStream) {
    self.points = points
    self.counts = counts
    centres = Matrix(rows: clusters, columns: points.columns)
    labels = [Int](repeating: 0, count: points.rows)
    distances = [Double](repeating: .infinity, count: points.rows)
    var chosen = stream.integer(below: points.rows)
    for cluster in 0..<clusters {
      if cluster > 0 {
        var total = 0.0
        for i in distances.indices { total += counts[i] * distances[i] }
        var threshold = stream.uniform() * total
        chosen = stream.integer(below: points.rows)
        if total > 0 {
          for i in distances.indices where distances[i] > 0 {
            chosen = i
            threshold -= counts[i] * distances[i]
            if threshold < 0 { break }
          }
        }
      }
      for k in 0..<points.columns { centres[cluster, k] = points[chosen, k] }
      for i in 0..<points.rows { distances[i] = min(distances[i], square(i, cluster)) }
    }
  }

  private func square(_ point: Int, _ cluster: Int) -> Double {
    var sum = 0.0
    for k in 0..<points.columns {
      let difference = points[point, k] - centres[cluster, k]
      sum += difference * difference
    }
    return sum
  }

  mutating func run() {
    for _ in 0..<300 {
      let previous = withinSquares
      assign()
      guard withinSquares < previous else { return }
      update()
    }
  }

  private mutating func assign() {
    withinSquares = 0
    for i in 0..<points.rows {
      var nearest = Double.infinity
      for cluster in 0..<centres.rows {
        let distance = square(i, cluster)
        if distance < nearest {
          nearest = distance
          labels[i] = cluster
        }
      }
      distances[i] = nearest
      withinSquares += counts[i] * nearest
    }
  }

  private mutating func update() {
    var sizes = [Double](repeating: 0, count: centres.rows)
    var sums = Matrix(rows: centres.rows, columns: centres.columns)
    for i in 0..<points.rows {
      sizes[labels[i]] += counts[i]
      for k in 0..<points.columns { sums[labels[i], k] += counts[i] * points[i, k] }
    }
    for cluster in 0..<centres.rows {
      if sizes[cluster] > 0 {
        for k in 0..<centres.columns { centres[cluster, k] = sums[cluster, k] / sizes[cluster] }
      } else {
        let farthest = distances.indices.max { distances[$0] < distances[$1] }!
        distances[farthest] = 0
        for k in 0..<centres.columns { centres[cluster, k] = points[farthest, k] }
      }
    }
  }
}
