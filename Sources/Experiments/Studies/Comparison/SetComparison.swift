// What is compared between sets of networks, wherever they come from.

import Networks
import Sampling

/// Comparisons between networks of one model.
struct SetComparison {
  let model: Experiment
  let threads: Int

  /// Networks whose neurons' distances are taken: the work grows with the square.
  private static let cloudNetworks = 40
  private static let pairedNeurons = 300

  /// The law of independent neurons at the trained networks' own second moments.
  ///
  /// - Throws: ``MaxEntropyError`` if there is none.
  func matchedLaw(_ trained: NetworkSet) throws -> MaxEntropySolution {
    try MaxEntropyProblem(
      task: model.learningTask(), gains: model.closedFormGains!, convention: .moment,
      outputScale: trained.secondMoments.output.squareRoot(),
      inputScale: (trained.secondMoments.input / Double(model.task.features)).squareRoot()
    ).solve()
  }

  /// Networks of independent neurons of a law.
  ///
  /// - Parameter number: of the set, which names its random streams.
  func draw(
    _ name: String, _ title: String, _ solution: MaxEntropySolution, _ networks: Int, _ number: Int
  ) throws -> NetworkSet {
    let law = NeuronLaw(solution)
    let chunks = try (0..<networks).map { index -> NeuronChunk in
      var stream = try RandomStream(
        StreamKey(seed: model.sampler.seed, chain: number * networks + index, purpose: .exactDraws),
        generator: model.sampler.generator)
      var chunk = law.makeChunk(neurons: model.network.model.neurons)
      law.draw(into: &chunk, using: &stream)
      return chunk
    }
    return try NetworkSet(name, title, chunks, model)
  }

  /// How far the trained networks' neurons are from others'.
  func distances(_ trained: NetworkSet, _ other: NetworkSet) throws -> CloudDistances {
    var stream = try RandomStream(
      StreamKey(seed: model.sampler.seed, chain: 0, purpose: .evaluation), generator: model.sampler.generator)
    let first = try NeuronCloud(networks: trained.clouds.spread(over: Self.cloudNetworks))
    let second = try NeuronCloud(networks: other.clouds.spread(over: Self.cloudNetworks))
    let energy = try EnergyDistance.compare(first, second, threads: threads, using: &stream)
    let sliced = try SlicedWasserstein.compare(first, second, threads: threads, using: &stream)
    var correlation: Double?
    var hasPopulations = false
    if let own = trained.populationReadout, let theirs = other.populationReadout {
      hasPopulations = true
      correlation = try? Correlation.pearson(own, theirs)
    }
    return CloudDistances(
      name: other.name, energy: CloudDistances.Distance(energy), slicedWasserstein: CloudDistances.Distance(sliced),
      populationCorrelation: correlation, hasPopulations: hasPopulations,
      overlap: try trained.recurrent.flatMap { own in try other.recurrent.flatMap { try own.overlaps(with: $0) } })
  }

  /// ePAIRS of each set's neurons, pooled, each of a network's neurons as often as any other.
  func pairs(_ sets: [NetworkSet]) throws -> [EllipticalPairs?] {
    try sets.map { set in
      var stream = try RandomStream(
        StreamKey(seed: model.sampler.seed, chain: 1, purpose: .evaluation), generator: model.sampler.generator)
      let weights = set.chunks.map { $0.map(\.weightCloud) } ?? set.clouds
      let selection = NeuronSelection(
        networks: weights.count, width: weights[0].rows, atMost: Self.pairedNeurons, using: &stream)
      return try? EllipticalPairs(
        selection.rows(of: weights), variant: .whitened, nulls: 200, threads: threads, using: &stream)
    }
  }
}

extension Array {
  /// `count` elements, evenly spread from first to last, or all.
  fileprivate func spread(over count: Int) -> [Element] {
    self.count > count ? (0..<count).map { self[$0 * self.count / count] } : self
  }
}
