// The populations of drawn or trained networks: neurons by gain pattern, with their second moments.

import Sampling

/// Sums over neurons by population, which add and subtract: by pattern of active gains, or by given gain vector.
struct PopulationSums: Sendable {
  let contexts: Int
  let features: Int
  /// The given gains, each vector of which is a population; nil for the 2^K patterns of active gains.
  let given: GivenGains?
  /// Neurons, [population].
  private(set) var counts: [Double]
  /// Σ g_c, [population, context].
  private(set) var gains: [Double]
  /// Σ of the products of (w, m), [population, 1 + feature, 1 + feature].
  private(set) var moments: [Double]

  init(contexts: Int, features: Int, given: GivenGains? = nil) {
    self.contexts = contexts
    self.features = features
    self.given = given
    counts = [Double](repeating: 0, count: given?.patterns.rows ?? 1 << contexts)
    gains = [Double](repeating: 0, count: counts.count * contexts)
    moments = [Double](repeating: 0, count: counts.count * (1 + features) * (1 + features))
  }

  /// The sums over all neurons of some networks. O(neurons · D²).
  ///
  /// - Throws: ``StatisticsError`` for no network, networks of different shape or not of the given gains' neurons, or more than 12
  ///   contexts where none are given.
  init(of networks: [NeuronChunk], given: GivenGains? = nil) throws {
    guard let first = networks.first, networks.allSatisfy({ $0.neurons > 0 }) else {
      throw StatisticsError.invalidCount(what: "networks with neurons", found: 0, allowed: "at least 1, none empty")
    }
    guard networks.allSatisfy({ $0.contexts == first.contexts && $0.features == first.features }) else {
      throw StatisticsError.degenerate("the networks differ in their numbers of contexts or features")
    }
    guard networks.allSatisfy({ $0.neurons == given?.neurons ?? $0.neurons }) else {
      throw StatisticsError.degenerate("gains are given for networks of another number of neurons")
    }
    guard given != nil || first.contexts <= GradientFlow.maximumContexts else {
      throw StatisticsError.invalidCount(
        what: "contexts", found: first.contexts, allowed: "at most \(GradientFlow.maximumContexts)")
    }
    self.init(contexts: first.contexts, features: first.features, given: given)
    for network in networks { add(network) }
  }

  /// The number of contexts in which a population is active.
  func activeContexts(_ population: Int) -> Int {
    given?.activeContexts(population).count ?? population.nonzeroBitCount
  }

  mutating func add(_ network: NeuronChunk) {
    let size = features + 1
    let n = network.neurons
    var point = [Double](repeating: 0, count: size)
    for i in 0..<n {
      let population = given?.patternOfNeuron[i] ?? network.activePattern(of: i)
      counts[population] += 1
      for c in 0..<contexts { gains[population * contexts + c] += network.gain[c * n + i] }
      point[0] = network.outputWeight[i]
      for d in 0..<features { point[1 + d] = network.inputWeights[d * n + i] }
      let start = population * size * size
      for a in 0..<size { for b in 0..<size { moments[start + a * size + b] += point[a] * point[b] } }
    }
  }

  /// Adds `factor` times other sums.
  mutating func add(_ factor: Double, times other: PopulationSums) {
    for k in counts.indices { counts[k] += factor * other.counts[k] }
    for k in gains.indices { gains[k] += factor * other.gains[k] }
    for k in moments.indices { moments[k] += factor * other.moments[k] }
  }

  var populations: [PopulationCovariance] {
    let total = counts.reduce(0, +)
    let size = features + 1
    return counts.indices.map { g in
      let scale = counts[g] > 0 ? 1 / counts[g] : 0
      return PopulationCovariance(
        weight: counts[g] / total, gains: gains[g * contexts..<(g + 1) * contexts].map { $0 * scale },
        moments: Matrix(
          rows: size, columns: size, elements: moments[g * size * size..<(g + 1) * size * size].map { $0 * scale }))
    }
  }
}

extension PopulationCovariance {
  /// The populations of networks pooled: one for every pattern of active gains (above 1/2), in ascending binary order.
  ///
  /// The gains of a population are its neurons' (1 for active, 0 for inactive if they are binary; their mean otherwise).
  /// Patterns without neurons have weight 0 and zero moments. O(neurons · D²).
  ///
  /// - Throws: ``StatisticsError`` for no network, networks of different shape, or more than 12 contexts.
  public static func observed(in networks: [NeuronChunk]) throws -> [PopulationCovariance] {
    try PopulationSums(of: networks).populations
  }
}

extension NeuronChunk {
  /// The number of a neuron's pattern of active gains: context 0 is the leading bit.
  func activePattern(of neuron: Int) -> Int {
    (0..<contexts).reduce(0) { $0 << 1 | (gain[$1 * neurons + neuron] > GivenGains.activityThreshold ? 1 : 0) }
  }
}
