// Are there as many neurons of each gain pattern as maximum entropy asks for? An approximate test, beside the exact ones.

import Sampling

/// Pearson's comparison of the neurons with each gain pattern with the fitted maximum-entropy law, by a parametric bootstrap.
///
/// X² = Σ_g (n_g − N P(g))²/(N P(g)), with P(g) of the law whose R, ⟨w²⟩ and ⟨|m|²⟩ are the network's own: the maximum of the likelihood. The
/// same is done with networks of N independent neurons of that law. **Approximate**: what is fitted depends on the network, and
/// neurons of a network that was drawn whole depend on each other. For drawn binary gains only, and no part of the exact tests.
public struct PatternCountTest: Sendable, Equatable {
  /// The largest number of contexts whose 2^K patterns are counted.
  public static let maximumContexts = 12

  /// Over the networks that could be tested: the sum of X², and its p-value among the sums of the bootstrap.
  public let outcome: TestOutcome
  /// Network by network.
  public let networks: [TestOutcome]
  /// How many networks could be tested.
  public let testableNetworks: Int
  /// The number of bootstrap networks a network, B.
  public let bootstrapNetworks: Int

  /// O(B · 2^K (K D)²) a network and Newton step.
  ///
  /// - Parameters:
  ///   - activeProbability: π, with which each gain is 1 in the reference.
  ///   - seed: names the random streams, one a network; the result does not depend on threads.
  /// - Throws: ``StatisticsError`` for no network, one without neurons, numbers that are not finite, π not between 0 and 1, or
  ///   fewer than 19 bootstrap networks.
  public init(
    _ networks: [NeuronChunk], activeProbability: Double = 0.5, bootstrapNetworks: Int = 99, seed: UInt64,
    threads: Int = Threads.perProcessor
  ) throws {
    guard !networks.isEmpty else {
      throw StatisticsError.invalidCount(what: "networks", found: 0, allowed: "at least 1")
    }
    guard activeProbability > 0, activeProbability < 1 else {
      throw StatisticsError.invalidValue(
        what: "the active probability", found: activeProbability, allowed: "a number between 0 and 1")
    }
    guard bootstrapNetworks >= 19 else {
      throw StatisticsError.invalidCount(what: "bootstrap networks", found: bootstrapNetworks, allowed: "at least 19")
    }
    let found = try parallelMap(networks.count, threads: threads) { index in
      try networks[index].validate()
      // The first half of the numbers names the rotations of the exact tests.
      var stream = try RandomStream(
        StreamKey(seed: seed, chain: StreamKey.maximumChains / 2 + index, purpose: .trainedTests),
        generator: RandomStream.vectorGenerator)
      return Self.test(
        networks[index], activeProbability: activeProbability, bootstrapNetworks: bootstrapNetworks, using: &stream)
    }
    let statistics = found.compactMap(\.statistics)
    self.networks = found.map(\.outcome)
    testableNetworks = statistics.count
    self.bootstrapNetworks = bootstrapNetworks
    if statistics.isEmpty {
      outcome = found[0].outcome
    } else {
      let sum = NullStatistics.sum(statistics)
      outcome = .tested(sum.own, pValue: sum.pValue)
    }
  }

  private static func test(
    _ network: NeuronChunk, activeProbability: Double, bootstrapNetworks: Int, using stream: inout RandomStream
  ) -> (outcome: TestOutcome, statistics: NullStatistics?) {
    guard network.gain.allSatisfy({ $0 == 0 || $0 == 1 }) else {
      return (.notTestable("its gains are not all 0 or 1"), nil)
    }
    guard network.contexts <= maximumContexts else {
      return (.notTestable("more than \(maximumContexts) contexts have too many patterns to be counted"), nil)
    }
    let law: NeuronLaw
    do { law = try fit(network, activeProbability: activeProbability) } catch {
      return (.notTestable("no maximum-entropy law could be fitted: \(error)"), nil)
    }
    let own = distance(of: network, from: law)
    var chunk = law.makeChunk(neurons: network.neurons)
    var null: [Double] = []
    for _ in 0..<bootstrapNetworks {
      law.draw(into: &chunk, using: &stream)
      // A network that cannot be fitted counts as one that is further off.
      let fitted = try? fit(chunk, activeProbability: activeProbability)
      null.append(fitted.map { distance(of: chunk, from: $0) } ?? .infinity)
    }
    let statistics = NullStatistics(own: own, null: null, rounding: own.isFinite ? 1e-9 * own : 0)
    guard statistics.varies else { return (.notTestable("all bootstrap networks have the same counts"), nil) }
    return (.tested(own, pValue: statistics.pValue), statistics)
  }

  /// The law with the network's own R, ⟨w²⟩ and ⟨|m|²⟩, in units in which these are 1 and D.
  private static func fit(_ network: NeuronChunk, activeProbability: Double) throws -> NeuronLaw {
    func inUnits(_ weights: [Double], per count: Int) throws -> [Double] {
      let own = Matrix(rows: 1, columns: weights.count, elements: weights).inOwnUnit
      guard own.squaredNorm > 0 else { throw StatisticsError.degenerate("all its input or output weights are zero") }
      let scale = (Double(count) / own.squaredNorm).squareRoot()
      return own.elements.map { scale * $0 }
    }
    var scaled = network
    scaled.outputWeight = try inUnits(network.outputWeight, per: network.neurons)
    scaled.inputWeights = try inUnits(network.inputWeights, per: network.neurons * network.features)
    return NeuronLaw(
      try MaxEntropyProblem(
        task: LearningTask(target: scaled.readout), activeProbability: activeProbability, convention: .moment
      ).solve())
  }

  /// X².
  private static func distance(of network: NeuronChunk, from law: NeuronLaw) -> Double {
    var counts = [Double](repeating: 0, count: 1 << network.contexts)
    for i in 0..<network.neurons { counts[network.activePattern(of: i)] += 1 }
    let n = Double(network.neurons)
    return counts.indices.reduce(0) { sum, g in
      let pattern = GainPattern(index: g, contexts: network.contexts)
      guard let weight = try? law.moments(of: pattern).weight, weight > 0 else {
        return counts[g] > 0 ? .infinity : sum
      }
      return sum + (counts[g] - n * weight) * (counts[g] - n * weight) / (n * weight)
    }
  }
}
