// Population weights and moments summed over equal batches of draws.

import Sampling

/// Sums of population weights and moments over equal batches of draws.
struct BatchSums: Sendable {
  static let maximumBatches = 128

  /// Scalars a draw: weights and moments of all patterns; 0 if populations are not kept.
  let width: Int
  private let patterns: Int
  private let moments: Int
  private var batches: BatchMeans
  /// Sums of squares over all draws, [scalar].
  private var squares: [Double]
  /// Those of one draw, [scalar].
  private var values: [Double]

  init(_ shape: NeuronSums) {
    patterns = shape.patternCounts.count
    moments = shape.momentCount
    width = patterns * (1 + moments)
    batches = BatchMeans(width: width, most: Self.maximumBatches)
    squares = [Double](repeating: 0, count: width)
    values = [Double](repeating: 0, count: width)
  }

  mutating func add(_ network: NeuronSums, neurons: Int) {
    guard width > 0 else { return }
    let n = Double(neurons)
    for g in 0..<patterns {
      values[g] = network.patternCounts[g] / n
      for k in 0..<moments {
        values[patterns + g * moments + k] = network.patternMoments[g * moments + k] / n
      }
    }
    for k in 0..<width { squares[k] += values[k] * values[k] }
    batches.add(values)
  }

  /// `population_batch_draws` [batch]: the number of draws in every batch; `population_weight` [batch, pattern] and
  /// `population_moment` [batch, pattern, moment]: the batch means; `population_weight_square` and
  /// `population_moment_square`: the means of the squares over all draws.
  var statistics: [StreamingStatistic] {
    guard batches.draws > 0, width > 0 else { return [] }
    let sizes = batches.sizes
    let batchAxis = ObservableVariable.Axis("batch", sizes.count)
    let patternAxis = ObservableVariable.Axis("pattern", patterns)
    let momentAxis = ObservableVariable.Axis("moment", moments)
    func meanSquares(_ range: Range<Int>) -> [Double] { range.map { squares[$0] / Double(batches.draws) } }
    return [
      StreamingStatistic("population_batch_draws", axes: [batchAxis], values: sizes),
      StreamingStatistic("population_weight", axes: [batchAxis, patternAxis], values: batches.means(0..<patterns)),
      StreamingStatistic(
        "population_moment", axes: [batchAxis, patternAxis, momentAxis], values: batches.means(patterns..<width)),
      StreamingStatistic("population_weight_square", axes: [patternAxis], values: meanSquares(0..<patterns)),
      StreamingStatistic(
        "population_moment_square", axes: [patternAxis, momentAxis], values: meanSquares(patterns..<width)),
    ]
  }

  func save(to archive: inout [Double]) {
    batches.save(to: &archive)
    archive.append(contentsOf: squares)
  }

  mutating func restore(from archive: inout ArraySlice<Double>) throws {
    try batches.restore(from: &archive)
    squares = try archive.next(width)
  }
}
