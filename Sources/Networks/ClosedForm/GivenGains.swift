// Given gains, sorted into the patterns that occur and how often each does.

import Sampling

/// The distinct rows of given gains; what a neuron's law depends on.
struct GivenGains: Sendable {
  /// A gain above this counts as active, where patterns are counted or named.
  static let activityThreshold = 0.5

  /// The distinct rows, `[pattern, context]`, in ascending order with context 0 leading.
  let patterns: Matrix
  /// The fraction of neurons with each pattern.
  let fractions: [Double]
  /// The pattern of each neuron.
  let patternOfNeuron: [Int]

  /// Sorts the rows of gains `[neuron, context]`. O(K N log N).
  ///
  /// - Precondition: at least one row; finite entries.
  init(_ gains: Matrix) {
    let contexts = gains.columns
    func precedes(_ a: Int, _ b: Int) -> Bool {
      for c in 0..<contexts where gains[a, c] != gains[b, c] { return gains[a, c] < gains[b, c] }
      return false
    }
    var rows: [Double] = []
    var counts: [Double] = []
    var patternOfNeuron = [Int](repeating: 0, count: gains.rows)
    var last: Int?
    for neuron in (0..<gains.rows).sorted(by: precedes) {
      if let last, !precedes(last, neuron) {
        counts[counts.count - 1] += 1
      } else {
        // Adding zero turns -0 into 0.
        rows += gains.row(neuron).map { $0 + 0 }
        counts.append(1)
      }
      patternOfNeuron[neuron] = counts.count - 1
      last = neuron
    }
    patterns = Matrix(rows: counts.count, columns: contexts, elements: rows)
    fractions = counts.map { $0 / Double(gains.rows) }
    self.patternOfNeuron = patternOfNeuron
  }

  /// Number of contexts, K.
  var contexts: Int { patterns.columns }
  /// Number of neurons, N.
  var neurons: Int { patternOfNeuron.count }

  /// The contexts in which a pattern is active.
  func activeContexts(_ pattern: Int) -> [Int] {
    (0..<contexts).filter { patterns[pattern, $0] > Self.activityThreshold }
  }

  /// The place among 2^K of a pattern's active contexts; nil if K ≥ 63.
  func activityPattern(_ pattern: Int) -> GainPattern? {
    guard contexts < 63 else { return nil }
    let index = activeContexts(pattern).reduce(0) { $0 | 1 << (contexts - 1 - $1) }
    return GainPattern(index: index, contexts: contexts)
  }

  /// How a pattern is reported: as bits if it has only zeros and ones.
  func members(_ pattern: Int) -> Population.Members {
    let row = patterns.row(pattern)
    if row.allSatisfy({ $0 == 0 || $0 == 1 }), let bits = activityPattern(pattern) { return .pattern(bits) }
    return .gains(row)
  }
}
