// What a drawn recurrent network looks like: ranks, dimensions, populations, and how alike two of them are.

import Sampling

/// Figures of one recurrent network on trials.
public struct RecurrentFigures: Sendable {
  /// The most contexts whose gain patterns are counted.
  public static let mostContexts = 6

  /// How well the outputs are what the trials want.
  public let performance: TrialPerformance
  /// (Σ s²)²/Σ s⁴ over the singular values of the connectivity: between 1, rank one, and N; about N/2 for independent entries; 0 for none.
  public let effectiveRank: Double
  /// (tr C)²/tr C² of the covariance C of the activities over trials and steps: between 1 and N; 0 where nothing varies.
  public let trajectoryDimension: Double
  /// The share of neurons with each gain pattern, ascending binary with context 0 leading: active in a context are neurons whose gain φ'(z), on
  /// average over its trials and their steps, is more than half of the largest. Nil for activations without bounded gains, for too many
  /// contexts, and where a context has no trials.
  public let populations: [Double]?

  /// Activities that are in memory at a time, about.
  static let sliceOfActivities = 1 << 21

  /// Runs a network through trials. O(N³ + T B N²); of long trials a few at a time, so that memory does not grow with their number.
  ///
  /// - Precondition: trials of the density's channels and contexts.
  public init(_ density: RecurrentDensity, at position: [Double], trials: TrialBatch) {
    self.init(density, at: position, trials: trials, slice: Self.sliceOfActivities)
  }

  /// - Parameter slice: activities that are in memory at a time; those of one trial at least.
  init(_ density: RecurrentDensity, at position: [Double], trials: TrialBatch, slice: Int) {
    let neurons = density.architecture.neurons
    var outputs: [Double] = []
    outputs.reserveCapacity(trials.targets.count)
    var moments = CentredMoments(coordinates: neurons)
    var gains = ContextGains(neurons: neurons, contexts: trials.contexts)
    for part in trials.slices(of: max(1, slice / (trials.times * neurons))) {
      let trajectory = density.trajectory(at: position.span, trials: part)
      outputs += RecurrentDensity.inTrials(trajectory.outputs, part, channels: part.outputChannels)
      gains.add(trajectory.gains, of: part)
      moments.add(trajectory.activities)
    }
    performance = TrialPerformance(outputs: outputs, of: trials)
    trajectoryDimension = Self.participationRatio(moments.products)
    populations = gains.populations(density.architecture, trials)

    let first = density.architecture.recurrentOffset
    var connectivity = Array(position[first..<first + neurons * neurons])
    if let given = density.architecture.lowRank?.weights {
      for k in 0..<connectivity.count { connectivity[k] += given[k] }
    }
    var products = [Double](repeating: 0, count: neurons * neurons)
    VectorKernels.gram(transposed: connectivity, into: &products, rows: neurons, inner: neurons, scale: 1)
    effectiveRank = Self.participationRatio(products)
  }

  /// (tr C)²/tr C² of a symmetric matrix.
  private static func participationRatio(_ matrix: [Double]) -> Double {
    let size = Int(Double(matrix.count).squareRoot())
    var trace = 0.0
    for i in 0..<size { trace += matrix[i * size + i] }
    guard trace != 0 else { return 0 }
    return trace * trace / VectorKernels.sumOfSquares(matrix, count: matrix.count)
  }
}

/// The gains φ' of neurons, summed context by context.
private struct ContextGains {
  let neurons: Int
  /// [context, neuron], and how many steps of trials they are of.
  var sums: [Double]
  var counts: [Double]

  init(neurons: Int, contexts: Int) {
    self.neurons = neurons
    sums = [Double](repeating: 0, count: contexts * neurons)
    counts = [Double](repeating: 0, count: contexts)
  }

  /// Adds gains [time, trial, neuron].
  mutating func add(_ gains: [Double], of trials: TrialBatch) {
    for row in 0..<trials.trials * trials.times {
      let context = trials.contextOfTrial[row % trials.trials]
      counts[context] += 1
      for i in 0..<neurons { sums[context * neurons + i] += gains[row * neurons + i] }
    }
  }

  /// The share of neurons with each gain pattern, where there are any.
  func populations(_ architecture: RecurrentArchitecture, _ trials: TrialBatch) -> [Double]? {
    let contexts = trials.contexts
    guard contexts <= RecurrentFigures.mostContexts, architecture.activation.hasBoundedGains,
      Set(trials.contextOfTrial).count == contexts
    else { return nil }
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
