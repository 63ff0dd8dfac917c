// Points that are there many times, each kept once with its number: gain vectors of populations.

import Sampling

/// The different ones of some points, and how many there are of each.
public struct DistinctPoints: Sendable {
  /// The different points, [distinct, coordinate], in order of first appearance.
  public let points: Matrix
  /// How many there are of each.
  public let counts: [Double]
  /// Which of them each given point is.
  public let labels: [Int]

  /// Whether some point is there more than once.
  public var hasRepeats: Bool { counts.contains { $0 > 1 } }

  /// - Parameters:
  ///   - points: [point, coordinate].
  ///   - copies: how many each of them stands for.
  public init(_ points: Matrix, copies: Int = 1) {
    var places: [[Double]: Int] = [:]
    var rows: [[Double]] = []
    var counts: [Double] = []
    labels = (0..<points.rows).map { i in
      let row = points.row(i)
      if let place = places[row] {
        counts[place] += Double(copies)
        return place
      }
      places[row] = rows.count
      rows.append(row)
      counts.append(Double(copies))
      return rows.count - 1
    }
    self.points = Matrix(rows: rows.count, columns: points.columns, elements: rows.flatMap { $0 })
    self.counts = counts
  }

  /// So many of the given points at random, each with the same probability. - Precondition: no more than there are.
  public func sample(_ count: Int, using stream: inout RandomStream) -> DistinctPoints {
    var order = Array(labels.indices)
    for i in 0..<count { order.swapAt(i, i + stream.integer(below: order.count - i)) }
    return DistinctPoints(Matrix(order.prefix(count).map { points.row(labels[$0]) }))
  }
}
