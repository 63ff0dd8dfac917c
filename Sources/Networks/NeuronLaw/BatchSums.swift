// Population weights and moments summed over equal batches of draws.

import Sampling

/// Sums of population weights and moments over equal batches of draws.
struct BatchSums: Sendable {
  static let maximumBatches = 128

  /// Scalars a draw: weights and moments of all patterns; 0 if populations are not kept.
  let width: Int
  private let patterns: Int
  private let moments: Int
  /// Draws a batch.
  private var length = 1
  /// Draws so far.
  private var draws = 0
  /// Sums, [batch, scalar].
  private var sums: [Double]
  /// Sums of squares over all draws, [scalar].
  private var squares: [Double]

  init(_ shape: NeuronSums) {
    patterns = shape.patternCounts.count
    moments = shape.momentCount
    width = patterns * (1 + moments)
    sums = [Double](repeating: 0, count: Self.maximumBatches * width)
    squares = [Double](repeating: 0, count: width)
  }

  mutating func add(_ network: NeuronSums, neurons: Int) {
    guard width > 0 else { return }
    if draws == length * Self.maximumBatches { mergePairs() }
    let start = draws / length * width
    let n = Double(neurons)
    for g in 0..<patterns {
      add(network.patternCounts[g] / n, at: g, start)
      for k in 0..<moments {
        add(network.patternMoments[g * moments + k] / n, at: patterns + g * moments + k, start)
      }
    }
    draws += 1
  }

  @inline(__always)
  private mutating func add(_ value: Double, at scalar: Int, _ start: Int) {
    sums[start + scalar] += value
    squares[scalar] += value * value
  }

  private mutating func mergePairs() {
    let half = Self.maximumBatches / 2
    for batch in 0..<half {
      for k in 0..<width {
        sums[batch * width + k] = sums[2 * batch * width + k] + sums[(2 * batch + 1) * width + k]
      }
    }
    for k in half * width..<sums.count { sums[k] = 0 }
    length *= 2
  }

  /// `population_batch_draws` [batch]: the number of draws in every batch; `population_weight` [batch, pattern] and
  /// `population_moment` [batch, pattern, moment]: the batch means; `population_weight_square` and
  /// `population_moment_square`: the means of the squares over all draws.
  var statistics: [StreamingStatistic] {
    guard draws > 0, width > 0 else { return [] }
    let count = (draws + length - 1) / length
    let sizes = (0..<count).map { Double(min(length, draws - $0 * length)) }
    let batchAxis = ObservableVariable.Axis("batch", count)
    let patternAxis = ObservableVariable.Axis("pattern", patterns)
    let momentAxis = ObservableVariable.Axis("moment", moments)
    func meanSquares(_ range: Range<Int>) -> [Double] { range.map { squares[$0] / Double(draws) } }
    func means(_ range: Range<Int>) -> [Double] {
      (0..<count).flatMap { batch in range.map { sums[batch * width + $0] / sizes[batch] } }
    }
    return [
      StreamingStatistic("population_batch_draws", axes: [batchAxis], values: sizes),
      StreamingStatistic("population_weight", axes: [batchAxis, patternAxis], values: means(0..<patterns)),
      StreamingStatistic(
        "population_moment", axes: [batchAxis, patternAxis, momentAxis], values: means(patterns..<width)),
      StreamingStatistic("population_weight_square", axes: [patternAxis], values: meanSquares(0..<patterns)),
      StreamingStatistic(
        "population_moment_square", axes: [patternAxis, momentAxis], values: meanSquares(patterns..<width)),
    ]
  }

  func save(to archive: inout [Double]) {
    archive.append(Double(length))
    archive.append(Double(draws))
    archive.append(contentsOf: sums)
    archive.append(contentsOf: squares)
  }

  mutating func restore(from archive: inout ArraySlice<Double>) throws {
    length = Int(try archive.next())
    draws = Int(try archive.next())
    sums = try archive.next(sums.count)
    squares = try archive.next(width)
  }
}
