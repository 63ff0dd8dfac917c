// The approximate test of gain patterns: size, power, what it refuses.

import Sampling
import Testing

@testable import Networks

@Suite("Tests of maximum entropy: pattern counts") struct PatternCountTestTests {
  /// At 5 % from 3 to 31 of 300 product networks are rejected: false alarms 3·10⁻⁵ and 5·10⁻⁵ for a rate of 5 %.
  @Test("product ensembles") func size() throws {
    let networks = try ResidualReplicas.product(300, neurons: 40, seed: 740)
    let test = try PatternCountTest(networks, seed: 1, threads: 2)
    #expect(test.testableNetworks == 300)
    let rejected = ResidualReplicas.share(test.networks.map(\.pValue), at: 0.05).rejected
    #expect((3...31).contains(rejected), "\(rejected)")
    #expect(test.outcome.pValue! > 0.001)
    #expect(abs(test.outcome.statistic! / test.networks.compactMap(\.statistic).reduce(0, +) - 1) < 1e-12)
  }

  /// Gains that were never trained, as gradient descent leaves them, lie as far off as structured weights would have moved them.
  @Test("gains that stayed as they were are noticed") func power() throws {
    let networks = try ResidualReplicas.trained(12, neurons: 200, variance: 0.1, seed: 741)
    let test = try PatternCountTest(networks, seed: 2, threads: 2)
    #expect(test.outcome.pValue == 0.01, "\(test.outcome)")
    // Other threads, the same bits; other units as well.
    let small = Array(networks[0..<2])
    let one = try PatternCountTest(small, bootstrapNetworks: 19, seed: 3, threads: 1)
    #expect(try PatternCountTest(small, bootstrapNetworks: 19, seed: 3, threads: 2) == one)
    let scaled = small.map { ResidualTestTests.scaled($0, 1e-9, 1e9, 1) }
    let other = try PatternCountTest(scaled, bootstrapNetworks: 19, seed: 3, threads: 1)
    #expect(abs(other.outcome.statistic! / one.outcome.statistic! - 1) < 1e-6)
    #expect(other.outcome.pValue == one.outcome.pValue)
  }

  @Test("what cannot be tested") func refusals() throws {
    let network = try ResidualTestTests.network()
    func reason(_ network: NeuronChunk) throws -> String {
      let test = try PatternCountTest([network], bootstrapNetworks: 19, seed: 1)
      #expect(test.testableNetworks == 0 && test.outcome.pValue == nil)
      return try #require(test.outcome.reason)
    }
    #expect(try reason(ResidualTestTests.scaled(network, 1, 1, 0.5)).contains("not all 0 or 1"))
    #expect(try reason(ResidualTestTests.scaled(network, 0, 1, 1)).contains("zero"))
    var wide = NeuronChunk(neurons: 40, contexts: 13, features: 2)
    wide.outputWeight = network.outputWeight
    wide.inputWeights = network.inputWeights
    #expect(try reason(wide).contains("more than 12 contexts"))
    #expect(throws: StatisticsError.self) { try PatternCountTest([network], activeProbability: 1, seed: 1) }
    #expect(throws: StatisticsError.self) { try PatternCountTest([], seed: 1) }
    #expect(throws: StatisticsError.self) { try PatternCountTest([network], bootstrapNetworks: 18, seed: 1) }
  }
}
