// Means over equal batches of consecutive draws, in bounded memory: what is kept of numbers that are not recorded draw by draw.

/// Sums of numbers over equal batches of consecutive draws.
///
/// When all batches are full, neighbours are merged in pairs and the batch length doubles, so that memory stays bounded and standard errors
/// respect autocorrelation.
package struct BatchMeans: Sendable {
  /// The largest number of batches; even.
  private let most: Int
  /// Numbers a draw.
  package let width: Int
  /// Draws a batch.
  private var length = 1
  /// Draws so far.
  package private(set) var draws = 0
  /// Sums, [batch, number].
  private var sums: [Double]

  package init(width: Int, most: Int) {
    self.width = width
    self.most = most
    sums = [Double](repeating: 0, count: most * width)
  }

  /// Takes in the numbers of one draw.
  package mutating func add(_ values: [Double]) {
    if draws == length * most { mergePairs() }
    let start = draws / length * width
    for k in 0..<width { sums[start + k] += values[k] }
    draws += 1
  }

  private mutating func mergePairs() {
    let half = most / 2
    for batch in 0..<half {
      for k in 0..<width {
        sums[batch * width + k] = sums[2 * batch * width + k] + sums[(2 * batch + 1) * width + k]
      }
    }
    for k in half * width..<sums.count { sums[k] = 0 }
    length *= 2
  }

  /// The number of draws in each batch; the last may still be filling.
  package var sizes: [Double] {
    (0..<(draws + length - 1) / length).map { Double(min(length, draws - $0 * length)) }
  }

  /// The means of some of the numbers, [batch, number].
  package func means(_ range: Range<Int>) -> [Double] {
    sizes.enumerated().flatMap { batch, size in range.map { sums[batch * width + $0] / size } }
  }

  /// Appends its state.
  package func save(to archive: inout [Double]) {
    archive.append(Double(length))
    archive.append(Double(draws))
    archive += sums
  }

  /// Takes back what ``save(to:)`` wrote.
  ///
  /// - Throws: ``ArchiveError``.
  package mutating func restore(from archive: inout ArraySlice<Double>) throws {
    length = try archive.nextCount(below: 1 << 53)
    draws = try archive.nextCount(below: 1 << 53)
    guard length > 0, (draws - 1) / length < most else {
      throw ArchiveError("the saved state has batches that do not fit")
    }
    sums = try archive.next(sums.count)
  }
}
