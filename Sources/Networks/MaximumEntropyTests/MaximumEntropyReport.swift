// The exact tests of maximum entropy over one network or several, and what they say together.

import CGSL
import Sampling

/// Exact tests that the networks of a set, independent of each other, come from maximum-entropy ensembles of some multipliers (THEORY 14).
///
/// The multipliers, the tightness and the target may differ from network to network. Each test is done where it can be: over several
/// networks F's p-values are combined by Fisher, −2 Σ ln p against χ² with two degrees of freedom for each; V and Q are summed, and so are
/// their values under rotations, which all networks make at once: exact for every number of rotations, where combined Monte Carlo p-values, which are never below
/// 1/(M + 1), would lose power with every network. Holm's adjustment holds over the tests that could be done.
public struct MaximumEntropyReport: Sendable, Equatable {
  /// Which test.
  public enum Name: String, Sendable, CaseIterable {
    /// Output weights: a regression for each population against an additive one; against responses to other stimuli.
    case additivity = "F"
    /// Output weights: residuals of one size in all populations.
    case populations = "V"
    /// Output weights: no residuals that are too large.
    case concentration = "Q"
    /// The same of input weights given output weights.
    case mirrorAdditivity = "mirrorF"
    case mirrorPopulations = "mirrorV"
    case mirrorConcentration = "mirrorQ"
  }

  /// One test over all networks.
  public struct Test: Sendable, Equatable {
    /// Which.
    public let name: Name
    /// Over the networks that could be tested: of one its own statistic, of several χ² or the sum. With degrees of freedom, p-value or reason.
    public let outcome: TestOutcome
    /// The p-value adjusted for the number of tests, by Holm; nil if the test could not be done.
    public fileprivate(set) var adjustedPValue: Double?
    /// How many networks could be tested.
    public let testableNetworks: Int
    /// Of Q the mean of N Q, the residuals' kurtosis about zero; nil for others.
    public let meanKurtosis: Double?
    /// Network by network.
    public let networks: [TestOutcome]
  }

  /// The tests, of linear networks all six, of others the first three.
  public internal(set) var tests: [Test]
  /// The number of networks.
  public let networks: Int
  /// The number of rotations, M.
  public let rotations: Int

  /// The smallest adjusted p-value: at most α with a probability of at most α under maximum entropy; nil if no test could be done.
  public var combinedPValue: Double? { tests.compactMap(\.adjustedPValue).min() }

  /// The test of a name.
  public subscript(name: Name) -> Test? { tests.first { $0.name == name } }

  /// Tests gain-modulated linear networks, whatever their gains. O(N K D (K D + M)) a network.
  ///
  /// - Parameters:
  ///   - networks: whole networks, each with all its neurons.
  ///   - rotations: M.
  ///   - seed: names the random streams, one a network; the result does not depend on threads.
  /// - Throws: ``StatisticsError`` for no network, one without neurons, numbers that are not finite, or too few rotations.
  public init(
    gainModulated networks: [NeuronChunk], rotations: Int = 999, seed: UInt64, threads: Int = Threads.perProcessor
  ) throws {
    try self.init(networks.count, rotations: rotations, seed: seed, threads: threads) { index, _ in
      try NetworkRegression(gainModulated: networks[index])
    }
  }

  /// Tests networks with one hidden layer that were trained, or drawn, on a list of stimuli [stimulus, feature].
  ///
  /// - Parameters:
  ///   - networks: of any width each.
  ///   - otherStimuli: held out, [stimulus, feature], for F; nil to draw some.
  ///   - rotations, seed, threads: as of linear networks.
  /// - Throws: ``StatisticsError`` for stimuli of another dimension; as of linear networks.
  public init(
    oneLayer networks: [OneLayerNetwork], stimuli: Matrix, otherStimuli: Matrix? = nil, rotations: Int = 999,
    seed: UInt64, threads: Int = Threads.perProcessor
  ) throws {
    try self.init(networks.count, rotations: rotations, seed: seed, threads: threads) { index, stream in
      try NetworkRegression(oneLayer: networks[index], stimuli: stimuli, otherStimuli: otherStimuli, using: &stream)
    }
  }

  /// Tests `count` networks, whose regressions are made one by one.
  init(
    _ count: Int, rotations: Int, seed: UInt64, threads: Int,
    regression: @Sendable (Int, inout RandomStream) throws -> NetworkRegression
  ) throws {
    guard count > 0 else { throw StatisticsError.invalidCount(what: "networks", found: 0, allowed: "at least 1") }
    let found = try parallelMap(count, threads: threads) { index -> [Side] in
      var stream = try RandomStream(
        StreamKey(seed: seed, chain: index, purpose: .trainedTests), generator: RandomStream.vectorGenerator)
      let regression = try regression(index, &stream)
      var sides: [Side] = []
      for test in [regression.outputs, regression.inputs] {
        guard let test else { continue }
        sides.append(Side(test: test.largerModel, rotated: try test.rotate(rotations, using: &stream)))
      }
      return sides
    }
    let names: [[Name]] = [
      [.additivity, .populations, .concentration], [.mirrorAdditivity, .mirrorPopulations, .mirrorConcentration],
    ]
    var tests: [Test] = []
    for side in found[0].indices {
      let own = found.map { $0[side] }
      tests.append(Test(combining: own.map(\.test), as: names[side][0]))
      tests.append(
        Test(
          adding: own.map { ($0.rotated.populations, $0.rotated.populationStatistics) }, as: names[side][1],
          kurtosis: []))
      tests.append(
        Test(
          adding: own.map { ($0.rotated.concentration, $0.rotated.concentrationStatistics) }, as: names[side][2],
          kurtosis: own.compactMap(\.rotated.kurtosis)))
    }
    let adjusted = holmAdjusted(tests.map(\.outcome.pValue))
    for k in tests.indices { tests[k].adjustedPValue = adjusted[k] }
    self.tests = tests
    networks = count
    self.rotations = rotations
  }

  /// What one network says of the weights of one side.
  private struct Side: Sendable {
    let test: TestOutcome
    let rotated: RotationTests
  }
}

extension MaximumEntropyReport.Test {
  /// Tests with exact p-values, by Fisher's method.
  fileprivate init(combining networks: [TestOutcome], as name: MaximumEntropyReport.Name) {
    let pValues = networks.compactMap(\.pValue)
    let outcome: TestOutcome
    switch pValues.count {
    case 0: outcome = Self.refusal(networks)
    case 1: outcome = networks.first { $0.isTestable }!
    default:
      GSL.prepare()
      // The smallest number stands in for those that are smaller.
      let square = -2 * pValues.reduce(0) { $0 + log(max($1, .leastNormalMagnitude)) }
      outcome = .tested(
        square, degreesOfFreedom: [2 * pValues.count], pValue: gsl_cdf_chisq_Q(square, 2 * Double(pValues.count)))
    }
    self.init(
      name: name, outcome: outcome, adjustedPValue: nil, testableNetworks: pValues.count, meanKurtosis: nil,
      networks: networks)
  }

  /// Tests by rotations, by sums of their statistics.
  fileprivate init(
    adding networks: [(outcome: TestOutcome, statistics: NullStatistics?)], as name: MaximumEntropyReport.Name,
    kurtosis: [Double]
  ) {
    let statistics = networks.compactMap(\.statistics)
    let outcome: TestOutcome
    if statistics.isEmpty {
      outcome = Self.refusal(networks.map(\.outcome))
    } else {
      let sum = NullStatistics.sum(statistics)
      outcome = .tested(sum.own, pValue: sum.pValue)
    }
    self.init(
      name: name, outcome: outcome, adjustedPValue: nil, testableNetworks: statistics.count,
      meanKurtosis: kurtosis.isEmpty ? nil : kurtosis.reduce(0, +) / Double(kurtosis.count),
      networks: networks.map(\.outcome))
  }

  /// Why no network could be tested.
  private static func refusal(_ networks: [TestOutcome]) -> TestOutcome {
    let reasons = networks.compactMap(\.reason)
    let isOne = reasons.allSatisfy { $0 == reasons[0] }
    return .notTestable(isOne ? reasons[0] : "\(reasons[0]) (the first network; others for other reasons)")
  }
}

/// Holm's adjusted p-values (1979), p̃_(k) = max_{j ≤ k} min(1, (n − j + 1) p_(j)), over those that there are.
func holmAdjusted(_ pValues: [Double?]) -> [Double?] {
  let order = pValues.indices.filter { pValues[$0] != nil }.sorted { pValues[$0]! < pValues[$1]! }
  var adjusted = [Double?](repeating: nil, count: pValues.count)
  var largest = 0.0
  for (rank, place) in order.enumerated() {
    largest = max(largest, min(1, Double(order.count - rank) * pValues[place]!))
    adjusted[place] = largest
  }
  return adjusted
}
