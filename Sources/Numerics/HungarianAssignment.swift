// The cheapest way to pair rows with columns.

/// The one-to-one assignment of rows to columns with the least total cost.
///
/// Shortest augmenting paths in reduced costs (Jonker & Volgenant 1987, in Crouse's form of 2016), from the columns' minima. O(n³) at worst, with
/// O(n) memory beside the costs. Exact: comparisons have no tolerance, and costs may be negative or equal.
public struct HungarianAssignment: Sendable, Equatable {
  /// The column of each row, [row].
  public let columnOfRow: [Int]
  /// The total cost.
  public let cost: Double

  /// The assignment for costs [row, column].
  ///
  /// - Precondition: a square matrix of finite numbers.
  public init(_ costs: Matrix) {
    precondition(costs.rows == costs.columns, "an assignment needs as many columns as rows")
    precondition(costs.elements.allSatisfy(\.isFinite), "costs must be finite")
    let n = costs.rows
    let columns = costs.elements.withUnsafeBufferPointer { buffer -> [Int] in
      guard let base = buffer.baseAddress else { return [] }
      var search = AugmentingPaths(n)
      search.assignMinima(base)
      for row in 0..<n where search.columnOfRow[row] < 0 { search.assign(row, base) }
      return search.columnOfRow
    }
    columnOfRow = columns
    cost = columns.enumerated().reduce(0) { $0 + costs[$1.offset, $1.element] }
  }
}

/// Part of an assignment, optimal for the rows that it has, with the potentials that prove it: c_ij − u_i − v_j ≥ 0, and 0 where
/// i has j.
private struct AugmentingPaths {
  private let n: Int
  /// −1 for none.
  private(set) var columnOfRow: [Int]
  private var rowOfColumn: [Int]
  private var rowPotential: [Double]
  private var columnPotential: [Double]
  /// The length of the shortest path to each column, and the row before it.
  private var distance: [Double]
  private var rowBefore: [Int]
  /// Columns not yet reached for good: the first `count` of them.
  private var open: [Int]

  init(_ n: Int) {
    self.n = n
    columnOfRow = [Int](repeating: -1, count: n)
    rowOfColumn = columnOfRow
    rowBefore = columnOfRow
    rowPotential = [Double](repeating: 0, count: n)
    columnPotential = rowPotential
    distance = rowPotential
    open = Array(0..<n)
  }

  /// v_j = min_i c_ij; a row takes the first column that is cheapest in it.
  mutating func assignMinima(_ costs: UnsafePointer<Double>) {
    guard n > 0 else { return }
    for j in 0..<n { columnPotential[j] = costs[j] }
    var best = [Int](repeating: 0, count: n)
    for i in 1..<max(n, 1) {
      for j in 0..<n where costs[i * n + j] < columnPotential[j] {
        columnPotential[j] = costs[i * n + j]
        best[j] = i
      }
    }
    for j in 0..<n where columnOfRow[best[j]] < 0 {
      columnOfRow[best[j]] = j
      rowOfColumn[j] = best[j]
    }
  }

  /// Gives a column to a row that has none, by the shortest path of exchanges. O(n²).
  mutating func assign(_ free: Int, _ costs: UnsafePointer<Double>) {
    for j in 0..<n {
      distance[j] = .infinity
      open[j] = j
    }
    var count = n
    var row = free
    var length = 0.0
    var end = -1
    while end < 0 {
      var (nearest, least) = (0, Double.infinity)
      for k in 0..<count {
        let j = open[k]
        let step = length + costs[row * n + j] - rowPotential[row] - columnPotential[j]
        if step < distance[j] {
          distance[j] = step
          rowBefore[j] = row
        }
        // Among equals a free column, which ends the search.
        if distance[j] < least || distance[j] == least && rowOfColumn[j] < 0 { (nearest, least) = (k, distance[j]) }
      }
      length = least
      let column = open[nearest]
      // The last ones, past `count`, are those reached for good.
      count -= 1
      open.swapAt(nearest, count)
      if rowOfColumn[column] < 0 { end = column } else { row = rowOfColumn[column] }
    }
    rowPotential[free] += length
    for k in count..<n {
      let j = open[k]
      columnPotential[j] -= length - distance[j]
      if rowOfColumn[j] >= 0 { rowPotential[rowOfColumn[j]] += length - distance[j] }
    }
    var column = end
    while true {
      let row = rowBefore[column]
      rowOfColumn[column] = row
      swap(&columnOfRow[row], &column)
      if row == free { return }
    }
  }
}
