// False alarms of the exact tests on maximum-entropy networks, their power on trained ones, and faults that they would not survive.

import CGSL
import Sampling
import Testing

@testable import Networks

@Suite("Tests of maximum entropy: size and power") struct ResidualTestSizeTests {
  /// Shares at 5 % and 1 % lie within four binomial standard errors: of 2000 replicas 62 … 138 and 3 … 37. Seeds are fixed; with
  /// others a right test fails at 5 % in 1·10⁻⁴ and at 1 % in 2·10⁻⁴ of the cases, and 24 are judged.
  static func expectSize(
    _ report: MaximumEntropyReport, least: Int = 1900, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for test in report.tests {
      let pValues = test.networks.map(\.pValue)
      #expect(
        ResidualReplicas.sizeError(pValues) < 4, "\(test.name.rawValue): \(ResidualReplicas.text(pValues))",
        sourceLocation: sourceLocation)
      #expect(
        test.testableNetworks >= least, "\(test.name.rawValue): \(test.testableNetworks)",
        sourceLocation: sourceLocation)
      #expect(
        test.testableNetworks == pValues.count { $0 != nil }
          && test.networks.allSatisfy { ($0.reason == nil) == $0.isTestable })
    }
  }

  @Test("product ensembles") func productEnsembles() throws {
    let networks = try ResidualReplicas.product(2000, neurons: 40, seed: 701)
    try Self.expectSize(MaximumEntropyReport(gainModulated: networks, rotations: 199, seed: 1, threads: 2))
  }

  /// As small networks as these cannot all be tested.
  @Test("product ensembles of twelve neurons") func smallProductEnsembles() throws {
    let networks = try ResidualReplicas.product(2000, neurons: 12, seed: 702)
    let report = try MaximumEntropyReport(gainModulated: networks, rotations: 99, seed: 2, threads: 2)
    Self.expectSize(report, least: 1400)
    #expect(report.tests.contains { $0.testableNetworks < 2000 })
  }

  @Test("Gibbs ensembles") func gibbsEnsembles() throws {
    let networks = try ResidualReplicas.gibbs(2000, neurons: 40, tightness: 10, seed: 703)
    try Self.expectSize(MaximumEntropyReport(gainModulated: networks, rotations: 199, seed: 3, threads: 2))
  }

  @Test("hidden layers", arguments: [Activation.tanh, .relu]) func hiddenLayers(_ activation: Activation) throws {
    let networks = try ResidualReplicas.oneLayer(activation, 2000, neurons: 50, tightness: 6, seed: 704)
    try Self.expectSize(
      MaximumEntropyReport(
        oneLayer: networks, stimuli: ResidualReplicas.stimuli, rotations: 199, seed: 4, threads: 2))
  }

  /// Sums over several networks have the right size as well: 200 sets of five networks, of which some cannot be tested. Fewer than 23 are
  /// rejected at 5 %, fewer than 8 at 1 %: false alarms 2·10⁻⁴ and 1·10⁻³ with other seeds.
  @Test("sets of networks") func setsOfNetworks() throws {
    let networks = try ResidualReplicas.product(1000, neurons: 14, seed: 705)
    let reports = try parallelMap(200, threads: 2) { index in
      try MaximumEntropyReport(
        gainModulated: Array(networks[5 * index..<5 * index + 5]), rotations: 99, seed: UInt64(index), threads: 1)
    }
    for name in MaximumEntropyReport.Name.allCases {
      let pValues = reports.map { $0[name]!.outcome.pValue }
      #expect(ResidualReplicas.sizeError(pValues) < 4, "\(name.rawValue): \(ResidualReplicas.text(pValues))")
    }
    // Holm's smallest is at most 5 % in at most 5 %.
    #expect(reports.count { $0.combinedPValue! <= 0.05 } < 23)
  }

  /// Of trained networks nearly all are told from maximum entropy, one by one (THEORY 14: of 100 F 68, V 100, Q 98).
  @Test("trained networks are noticed") func trainedNetworks() throws {
    let networks = try ResidualReplicas.trained(60, neurons: 100, variance: 0.1, seed: 706)
    let report = try MaximumEntropyReport(gainModulated: networks, rotations: 199, seed: 5, threads: 2)
    func rejected(_ name: MaximumEntropyReport.Name) -> Int {
      ResidualReplicas.share(report[name]!.networks.map(\.pValue), at: 0.05).rejected
    }
    let found = (f: rejected(.additivity), v: rejected(.populations), q: rejected(.concentration))
    #expect(found.v >= 57 && found.f >= 30 && found.q >= 48, "\(found) of 60")
    // Together they leave no doubt, even at the few rotations there are.
    #expect(report[.additivity]!.outcome.pValue! < 1e-20)
    #expect(report[.populations]!.outcome.pValue! == 1.0 / 200 && report.combinedPValue! < 1e-18)
    #expect(report[.concentration]!.meanKurtosis! > 3.2)
  }

  /// Of 30 trained hidden layers F notices most with tanh, and with a rectifier few; but all together leave no doubt.
  @Test("trained hidden layers are noticed", arguments: [Activation.tanh, .relu])
  func trainedHiddenLayers(_ activation: Activation) throws {
    let density = try FeedforwardEnsemble(
      task: LearningTask(target: [[1, 0.3], [0, 0.8]]),
      architecture: .twoLayer(features: 2, contexts: 2, neurons: 100, activation: activation),
      stimuli: ResidualReplicas.stimuli, scales: WeightScales(output: 0.3, input: 0.8, context: 1.4),
      binding: .gibbs(tightness: 1)
    ).density()
    let training = try GradientDescent(density, options: TrainingOptions(lossBound: 1e-5))
    let networks = try training.trainNetworks(30, seed: 711, threads: 2).map {
      try OneLayerNetwork(activation: activation, layout: density.layout, position: $0.end)
    }
    let report = try MaximumEntropyReport(
      oneLayer: networks, stimuli: ResidualReplicas.stimuli, rotations: 199, seed: 7, threads: 2)
    let rejected = ResidualReplicas.share(report[.additivity]!.networks.map(\.pValue), at: 0.05).rejected
    #expect(rejected >= (activation == .tanh ? 20 : 5), "\(rejected) of 30")
    #expect(report.combinedPValue! < 1e-6 && report[.populations]!.outcome.pValue! == 1.0 / 200)
  }

  // MARK: Faults

  /// Columns counted instead of ranks: two for each of four populations, although the silent one has none.
  @Test("wrong degrees of freedom are noticed") func wrongDegreesOfFreedom() throws {
    let networks = try ResidualReplicas.product(1000, neurons: 40, seed: 707)
    let report = try MaximumEntropyReport(gainModulated: networks, rotations: 19, seed: 6, threads: 2)
    let mistaken = report[.additivity]!.networks.map { outcome -> Double? in
      guard let ratio = outcome.statistic, outcome.degreesOfFreedom == [2, 34] else { return nil }
      return gsl_cdf_fdist_Q(ratio * 2 / 4 * 32 / 34, 4, 32)
    }
    #expect(ResidualReplicas.sizeError(mistaken) > 4, "\(ResidualReplicas.text(mistaken))")
    // Two responses counted as one.
    let single = report[.mirrorAdditivity]!.networks.map { outcome -> Double? in
      guard let ratio = outcome.statistic, outcome.degreesOfFreedom == [2, 74] else { return nil }
      return gsl_cdf_fdist_Q(ratio, 1, 37)
    }
    #expect(ResidualReplicas.sizeError(single) > 4, "\(ResidualReplicas.text(single))")
  }

  /// V and Q of some networks with parts of the test exchanged.
  static func mistaken(
    _ networks: [NeuronChunk], leastDegreesOfFreedom: Double, projecting: Bool
  ) throws -> (v: [Double?], q: [Double?]) {
    let found = try parallelMap(networks.count, threads: 2) { index -> (Double?, Double?) in
      let network = networks[index]
      let n = network.neurons
      var columns = Matrix(rows: network.contexts * network.features, columns: n)
      for c in 0..<network.contexts {
        for d in 0..<network.features {
          for i in 0..<n {
            columns[c * network.features + d, i] = network.gain[c * n + i] * network.inputWeights[d * n + i]
          }
        }
      }
      let space = ColumnSpace(columns)
      let groups = ResidualGroups(
        populations: GivenGains(network.gainCloud).patternOfNeuron, leverages: space.leverages,
        least: leastDegreesOfFreedom)
      guard groups.count >= 2 else { return (nil, nil) }
      let residuals = space.residuals(of: Matrix(rows: 1, columns: n, elements: network.outputWeight))
      var rotation = ResidualRotation(projecting ? space : ColumnSpace(neurons: n), responses: 1, groups: groups)
      let own = rotation.statistics(of: residuals.elements)
      var stream = try RandomStream(StreamKey(seed: 708, chain: index, purpose: .testing))
      var (v, q) = ([Double](), [Double]())
      for _ in 0..<99 {
        let next = rotation.next(using: &stream)
        v.append(next.inequality)
        q.append(next.concentration)
      }
      return (
        NullStatistics(own: own.inequality, null: v, rounding: groups.rounding).pValue,
        NullStatistics(own: own.concentration, null: q, rounding: 1e-10 * own.concentration).pValue
      )
    }
    return (found.map(\.0), found.map(\.1))
  }

  /// In populations of few neurons residuals are smaller than noise.
  @Test("rotations that do not project are noticed") func noProjection() throws {
    let networks = try ResidualReplicas.product(1000, neurons: 14, seed: 709)
    let right = try Self.mistaken(networks, leastDegreesOfFreedom: 2, projecting: true)
    #expect(ResidualReplicas.sizeError(right.v) < 4 && ResidualReplicas.sizeError(right.q) < 4)
    let wrong = try Self.mistaken(networks, leastDegreesOfFreedom: 2, projecting: false)
    #expect(ResidualReplicas.sizeError(wrong.v) > 4, "\(ResidualReplicas.text(wrong.v))")
  }

  /// Two neurons have a context of their own: regressors fit them, and what is left of them is rounding.
  @Test("groups without residuals are noticed") func groupsWithoutResiduals() throws {
    let networks = try ResidualReplicas.product(1000, neurons: 30, seed: 710).map { network in
      var chunk = NeuronChunk(neurons: 30, contexts: 3, features: 2)
      chunk.outputWeight = network.outputWeight
      chunk.inputWeights = network.inputWeights
      chunk.gain = network.gain + [1, 1] + [Double](repeating: 0, count: 28)
      return chunk
    }
    let right = try Self.mistaken(networks, leastDegreesOfFreedom: 2, projecting: true)
    let wrong = try Self.mistaken(networks, leastDegreesOfFreedom: -1, projecting: true)
    #expect(ResidualReplicas.sizeError(right.v) < 4, "\(ResidualReplicas.text(right.v))")
    #expect(ResidualReplicas.sizeError(wrong.v) > 4, "\(ResidualReplicas.text(wrong.v))")
  }
}
