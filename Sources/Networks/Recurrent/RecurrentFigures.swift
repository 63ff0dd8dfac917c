// What a drawn recurrent network looks like: ranks, dimensions, populations, and how alike two of them are.

import Sampling

/// Figures of one recurrent network on trials.
public struct RecurrentFigures: Sendable {
  /// The most contexts whose gain patterns are counted.
  public static let mostContexts = 6

  /// y, [trial, time, output channel].
  public let outputs: [Double]
  /// (Σ s²)²/Σ s⁴ over the singular values of the connectivity: between 1, rank one, and N; about N/2 for independent entries.
  public let effectiveRank: Double
  /// (tr C)²/tr C² of the covariance C of the activities over trials and steps: between 1 and N. NaN where nothing varies.
  public let trajectoryDimension: Double
  /// The share of neurons with each gain pattern, ascending binary with context 0 leading: active in a context are neurons whose gain φ'(z), on
  /// average over its trials and their steps, is more than half of the largest. Nil for activations without bounded gains, for too many
  /// contexts, and where a context has no trials.
  public let populations: [Double]?

  /// Runs a network through trials. O(N³ + T B N²).
  ///
  /// - Precondition: trials of the density's channels and contexts.
  public init(_ density: RecurrentDensity, at position: [Double], trials: TrialBatch) {
    let trajectory = density.trajectory(at: position.span, trials: trials)
    outputs = RecurrentDensity.inTrials(trajectory.outputs, trials, channels: trials.outputChannels)
    let neurons = density.architecture.neurons
    let first = density.architecture.recurrentOffset
    var connectivity = Array(position[first..<first + neurons * neurons])
    if let given = density.architecture.lowRank?.weights {
      for k in 0..<connectivity.count { connectivity[k] += given[k] }
    }
    let weights = Matrix(rows: neurons, columns: neurons, elements: connectivity)
    effectiveRank = Self.participationRatio(ofRows: weights, centred: false)
    trajectoryDimension = Self.participationRatio(
      ofRows: Matrix(rows: trials.trials * trials.times, columns: neurons, elements: trajectory.activities),
      centred: true)
    populations = Self.populations(density.architecture, trials, gains: trajectory.gains)
  }

  /// (tr C)²/tr C², C the second moment of rows, about their mean or about zero.
  private static func participationRatio(ofRows rows: Matrix, centred: Bool) -> Double {
    let count = rows.columns
    var values = rows.elements
    if centred {
      for i in 0..<count {
        var mean = 0.0
        for row in 0..<rows.rows { mean += values[row * count + i] }
        mean /= Double(rows.rows)
        for row in 0..<rows.rows { values[row * count + i] -= mean }
      }
    }
    var products = [Double](repeating: 0, count: count * count)
    VectorKernels.gram(transposed: values, into: &products, rows: count, inner: rows.rows, scale: 1)
    var trace = 0.0
    for i in 0..<count { trace += products[i * count + i] }
    return trace * trace / VectorKernels.sumOfSquares(products, count: count * count)
  }

  private static func populations(
    _ architecture: RecurrentArchitecture, _ trials: TrialBatch, gains: [Double]
  ) -> [Double]? {
    let (neurons, contexts) = (architecture.neurons, trials.contexts)
    guard contexts <= mostContexts, architecture.activation.hasBoundedGains,
      Set(trials.contextOfTrial).count == contexts
    else { return nil }
    var sums = [Double](repeating: 0, count: contexts * neurons)
    var counts = [Double](repeating: 0, count: contexts)
    for row in 0..<trials.trials * trials.times {
      let context = trials.contextOfTrial[row % trials.trials]
      counts[context] += 1
      for i in 0..<neurons { sums[context * neurons + i] += gains[row * neurons + i] }
    }
    var shares = [Double](repeating: 0, count: 1 << contexts)
    for i in 0..<neurons {
      var pattern = 0
      for c in 0..<contexts {
        let isActive = architecture.activation.isActive(gain: sums[c * neurons + i] / counts[c])
        pattern = pattern << 1 | (isActive ? 1 : 0)
      }
      shares[pattern] += 1 / Double(neurons)
    }
    return shares
  }
}

/// How alike two recurrent networks are once their neurons are put beside each other.
///
/// Neurons are matched by what they read and write from outside, (w, I, B), by the Hungarian method, signs turned where the activation is odd.
/// A joint optimum with the recurrent weights is NP-hard: for those the overlap under this matching is a bound from below.
public struct RecurrentOverlap: Sendable, Equatable {
  /// The cosine between the matched (w, I, B), and without matching.
  public let outer, unmatchedOuter: Double
  /// Σ J_ij J'_π(i)π(j)/(|J| |J'|) under the same matching, and without.
  public let recurrent, unmatchedRecurrent: Double

  /// O(N³).
  ///
  /// - Throws: ``StatisticsError`` for too many neurons.
  public init(_ first: [Double], _ second: [Double], of density: RecurrentDensity) throws {
    let architecture = density.architecture
    let neurons = architecture.neurons
    let (a, b) = (density.neuronCloud(at: first), density.neuronCloud(at: second))
    let matching = try NeuronMatching(a, b, turning: architecture.activation.isOdd ? a.columns : 0)
    outer = matching.overlap
    unmatchedOuter = matching.unmatchedOverlap
    let offset = architecture.recurrentOffset
    func overlap(_ partner: (Int) -> Int, _ isTurned: (Int) -> Bool) -> Double {
      var (product, own, other) = (0.0, 0.0, 0.0)
      for i in 0..<neurons {
        for j in 0..<neurons {
          let x = first[offset + i * neurons + j]
          let y = second[offset + partner(i) * neurons + partner(j)]
          product += isTurned(i) != isTurned(j) ? -x * y : x * y
          own += x * x
          other += y * y
        }
      }
      return own > 0 && other > 0 ? product / (own * other).squareRoot() : 0
    }
    recurrent = overlap({ matching.partner[$0] }, { matching.isTurned[$0] })
    unmatchedRecurrent = overlap({ $0 }, { _ in false })
  }
}

extension RecurrentDensity {
  /// The neurons of a network as points (w, I, B), [neuron, coordinate]: a coordinate for each output channel, input channel and context.
  ///
  /// J has no place among them: its entries name other neurons.
  public func neuronCloud(at position: [Double]) -> Matrix {
    let neurons = architecture.neurons
    let blocks = layout.blocks
    let rows = [blocks[0], blocks[2], blocks[3]].flatMap { block in
      (0..<block.shape[0]).map { Array(position[block.offset + $0 * neurons..<block.offset + ($0 + 1) * neurons]) }
    }
    return Matrix(rows).transposed
  }
}
