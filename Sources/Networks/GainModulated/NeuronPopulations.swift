// Neurons with the same gains, as populations: who belongs to which, and where they stand when sorted.

import Sampling

/// The populations of a network with given gains: neurons whose gains agree in every context.
struct NeuronPopulations: Sendable {
  /// Neurons sorted by population; within one, ascending.
  let order: [Int32]
  /// Where each population starts in `order`, and the number of neurons at the end.
  let starts: [Int]
  /// The gains of each population: [population, context].
  let gains: [Double]
  /// The number of populations.
  var count: Int { starts.count - 1 }

  /// The populations of gains [context, neuron], in the order of their first neurons; any without gain comes last. O(N K).
  init(gains matrix: Matrix) {
    var members: [[Double]: [Int32]] = [:]
    var patterns: [[Double]] = []
    for i in 0..<matrix.columns {
      let pattern = (0..<matrix.rows).map { matrix[$0, i] }
      if members[pattern] == nil { patterns.append(pattern) }
      members[pattern, default: []].append(Int32(i))
    }
    if let silent = patterns.firstIndex(where: { $0.allSatisfy { $0 == 0 } }) {
      patterns.append(patterns.remove(at: silent))
    }
    var order: [Int32] = []
    var starts = [0]
    for pattern in patterns {
      order += members[pattern]!
      starts.append(order.count)
    }
    self.order = order
    self.starts = starts
    gains = patterns.flatMap { $0 }
  }
}
