// Simulation-based calibration: does a sampler, warm-up and all, draw from the ensemble of data that are drawn from the prior?

import Sampling

/// Replicas of an ensemble whose data have a known network behind them (Talts et al. 2018; THEORY section 15).
///
/// A Gibbs ensemble is a posterior. A network θ̃ of the prior and data given it (``NetworkDensity/withTask(drawnGiven:using:)``) are one
/// draw of the joint law, of which θ̃ given the data is a draw of the ensemble. So among L independent draws of a sampler
/// that has these data its rank is uniform on 0 … L, under every function of network and data.
public struct SimulationBasedCalibration<Ensemble: SampledEnsemble>: Sendable {
  /// The Gibbs density; its own data play no part.
  public let density: Ensemble.Density
  /// The names of the quantities that are ranked.
  public var quantities: [String] { functions.names }
  private let functions: CalibrationQuantities<Ensemble>
  private let seed: UInt64
  private let generator: String

  /// - Parameters:
  ///   - seed: names the streams, which each replica has its own of.
  ///   - generator: GSL's name of their generator.
  /// - Returns: nil if the ensemble's task has no likelihood of data.
  /// - Throws: ``MaxEntropyError`` if the ensemble does not exist; ``RandomStreamError``.
  public init?(_ ensemble: Ensemble, seed: UInt64, generator: String = RandomStream.defaultGenerator) throws {
    density = try ensemble.density()
    functions = CalibrationQuantities(ensemble, density)
    self.seed = seed
    self.generator = generator
    var probe = try RandomStream(StreamKey(seed: 0, chain: 0, purpose: .testing))
    let position = density.drawPrior(using: &probe)
    guard density.withTask(drawnGiven: position.span, using: &probe) != nil else { return nil }
  }

  /// The ranks of one replica's network among draws that do not know it.
  ///
  /// Ties are broken by chance.
  ///
  /// - Parameters:
  ///   - number: the replica's, 0 … 2²² − 1, which names its streams.
  ///   - draws: L.
  ///   - thin: transitions per draw.
  ///   - goesOn: asked before each transition; false ends the replica.
  ///   - makeChain: a kernel for a density of this ensemble, and its warm-up.
  /// - Returns: nil if it was ended.
  /// - Throws: ``StartError``; what `makeChain` throws.
  public func replica<Kernel: MarkovKernel, Warmup: Adaptation>(
    _ number: Int, draws: Int, thin: Int, goesOn: () -> Bool = { true },
    makeChain: (Ensemble.Density) throws -> (kernel: Kernel, warmup: Warmup)
  ) throws -> CalibrationReplica? where Warmup.Kernel == Kernel {
    var stream = try stream(.calibration, number)
    let (conditional, truth) = try task(using: &stream)
    guard
      let series = try values(
        number, of: conditional, draws: draws, thin: thin, goesOn: goesOn, makeChain: makeChain)
    else { return nil }
    var ranks: [Int] = []
    for (values, own) in zip(series, truth) {
      let below = values.count { $0 < own }
      ranks.append(below + stream.integer(below: values.count { $0 == own } + 1))
    }
    return CalibrationReplica(ranks: ranks, correlations: series.map(Self.correlation))
  }

  /// The draws of every quantity in one replica, one after another: what a number of transitions per draw is chosen by.
  ///
  /// - Returns: [quantity][draw]; nil if it was ended.
  public func pilot<Kernel: MarkovKernel, Warmup: Adaptation>(
    _ number: Int, draws: Int, goesOn: () -> Bool = { true },
    makeChain: (Ensemble.Density) throws -> (kernel: Kernel, warmup: Warmup)
  ) throws -> [[Double]]? where Warmup.Kernel == Kernel {
    var stream = try stream(.calibration, number)
    let conditional = try task(using: &stream).density
    return try values(number, of: conditional, draws: draws, thin: 1, goesOn: goesOn, makeChain: makeChain)
  }

  /// The density of data drawn from a network of the prior, and what the quantities are of that network.
  private func task(using stream: inout RandomStream) throws -> (density: Ensemble.Density, truth: [Double]) {
    let network = density.drawPrior(using: &stream)
    // Never nil: the initialiser tried.
    let conditional = density.withTask(drawnGiven: network.span, using: &stream)!
    var workspace = functions.makeWorkspace(conditional)
    return (conditional, functions.values(at: network, of: conditional, using: &workspace))
  }

  private func values<Kernel: MarkovKernel, Warmup: Adaptation>(
    _ number: Int, of conditional: Ensemble.Density, draws: Int, thin: Int, goesOn: () -> Bool,
    makeChain: (Ensemble.Density) throws -> (kernel: Kernel, warmup: Warmup)
  ) throws -> [[Double]]? where Warmup.Kernel == Kernel {
    var start = try stream(.start, number)
    let (kernel, warmup) = try makeChain(conditional)
    var chain = try Chain(
      number: number, kernel: kernel, warmup: warmup, start: conditional.drawPrior(using: &start),
      stream: try stream(.transitions, number))
    var workspace = functions.makeWorkspace(conditional)
    var series = [[Double]](repeating: [], count: quantities.count)
    while chain.isWarmingUp {
      guard goesOn() else { return nil }
      _ = chain.advance()
    }
    for _ in 0..<draws {
      for _ in 0..<thin {
        guard goesOn() else { return nil }
        _ = chain.advance()
      }
      let values = functions.values(at: chain.state.position, of: conditional, using: &workspace)
      for k in values.indices { series[k].append(values[k]) }
    }
    return series
  }

  /// The correlation of neighbouring draws; 0 where nothing varies.
  private static func correlation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    guard squares > 0, squares.isFinite else { return 0 }
    let products = zip(values, values.dropFirst()).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
    return products / squares
  }

  private func stream(_ purpose: StreamPurpose, _ number: Int) throws -> RandomStream {
    try RandomStream(StreamKey(seed: seed, chain: number, purpose: purpose), generator: generator)
  }
}

/// What one replica of a calibration found.
public struct CalibrationReplica: Sendable, Equatable {
  /// The rank of the network behind the data, 0 … L, for every quantity.
  public let ranks: [Int]
  /// The correlation of neighbouring draws, for every quantity; about −1/L where they are independent.
  public let correlations: [Double]

  /// What another calibration kept.
  public init(ranks: [Int], correlations: [Double]) {
    self.ranks = ranks
    self.correlations = correlations
  }
}
