// Sums over the neurons of one network, taken in chunks, from which all its observables follow.

import Sampling

/// The sums over neurons from which a gain-modulated linear network's observables follow.
///
/// Neurons come in chunks, so that a network never has to fit into memory at once. O(K D) a neuron, plus O(K) to count
/// patterns and O(D²) for the population moments.
struct NeuronSums: Sendable {
  /// What is counted beside the sums that do not tell neurons apart.
  enum Counting: Sendable {
    /// Nothing: enough where gains are given, whose patterns are known.
    case nothing
    /// Neurons by active contexts, and by pattern (K ≤ 6).
    case patterns
    /// The second moments of each pattern's neurons, too.
    case moments
  }

  let contexts: Int
  let features: Int
  let counting: Counting
  private let keepsPopulations: Bool
  /// The number of second moments of (w, m): the upper triangle, row by row.
  let momentCount: Int

  private(set) var neurons = 0
  /// Σ_i w_i g_ic m_id, [context, feature].
  private(set) var readout: [Double]
  /// Σ_i w_i².
  private(set) var outputSquares = 0.0
  /// Σ_i |m_i|².
  private(set) var inputSquares = 0.0
  /// The number of active gains.
  private(set) var activeGains = 0.0
  /// Neurons by number of active contexts (gain above 1/2), 0 ... K.
  private(set) var activeCounts: [Double]
  /// Neurons by gain pattern, ascending binary with context 0 leading.
  private(set) var patternCounts: [Double]
  /// Σ over the neurons of a pattern of the products of (w, m_1 … m_D), [pattern, moment].
  private(set) var patternMoments: [Double]

  init(contexts: Int, features: Int, counting: Counting) {
    self.contexts = contexts
    self.features = features
    self.counting = counting
    keepsPopulations = counting != .nothing && contexts <= GainPattern.maximumRecordedContexts
    momentCount = (features + 1) * (features + 2) / 2
    let patterns = keepsPopulations ? 1 << contexts : 0
    readout = [Double](repeating: 0, count: contexts * features)
    activeCounts = [Double](repeating: 0, count: contexts + 1)
    patternCounts = [Double](repeating: 0, count: patterns)
    patternMoments = [Double](repeating: 0, count: counting == .moments ? patterns * momentCount : 0)
  }

  /// Forgets all neurons.
  mutating func reset() {
    neurons = 0
    outputSquares = 0
    inputSquares = 0
    activeGains = 0
    for k in readout.indices { readout[k] = 0 }
    for k in activeCounts.indices { activeCounts[k] = 0 }
    for k in patternCounts.indices { patternCounts[k] = 0 }
    for k in patternMoments.indices { patternMoments[k] = 0 }
  }

  /// Adds `n` neurons with output weights w [neuron], input weights m [feature, neuron] and gains g [context, neuron].
  mutating func add(
    _ w: UnsafePointer<Double>, _ m: UnsafePointer<Double>, _ g: UnsafePointer<Double>, count n: Int
  ) {
    neurons += n
    outputSquares += sumOfSquares(w, n)
    inputSquares += sumOfSquares(m, n * features)
    for c in 0..<contexts {
      for d in 0..<features { readout[c * features + d] += sumOfProducts(w, g + c * n, m + d * n, n) }
    }
    if counting != .nothing { addPopulations(w, m, g, count: n) }
  }

  /// Counts neurons by their gains, and adds their moments: only that.
  mutating func addPopulations(
    _ w: UnsafePointer<Double>, _ m: UnsafePointer<Double>, _ g: UnsafePointer<Double>, count n: Int
  ) {
    for i in 0..<n {
      var active = 0
      var pattern = 0
      for c in 0..<contexts {
        let isActive = g[c * n + i] > GivenGains.activityThreshold ? 1 : 0
        active += isActive
        pattern = pattern << 1 | isActive
      }
      activeGains += Double(active)
      activeCounts[active] += 1
      if keepsPopulations {
        patternCounts[pattern] += 1
        if counting == .moments { addMoments(of: i, in: w, m, n, to: pattern * momentCount) }
      }
    }
  }

  /// Writes R = (1/N) Σ_i w_i g_ic m_id, [context, feature].
  func writeReadout(to values: inout [Double]) {
    for k in readout.indices { values[k] = readout[k] / Double(neurons) }
  }

  @inline(__always)
  private mutating func addMoments(
    of i: Int, in w: UnsafePointer<Double>, _ m: UnsafePointer<Double>, _ n: Int, to start: Int
  ) {
    var k = start
    patternMoments[k] += w[i] * w[i]
    k += 1
    for d in 0..<features {
      patternMoments[k] += w[i] * m[d * n + i]
      k += 1
    }
    for d in 0..<features {
      for e in d..<features {
        patternMoments[k] += m[d * n + i] * m[e * n + i]
        k += 1
      }
    }
  }
}
