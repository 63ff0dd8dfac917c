// The exact tests by numbers, in corners, and under changes that must change nothing.

import CGSL
import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite("Tests of maximum entropy: values") struct ResidualTestTests {
  /// A network of the product ensemble.
  static func network(neurons: Int = 40, contexts: Int = 2, seed: UInt64 = 720) throws -> NeuronChunk {
    try ResidualReplicas.product(1, neurons: neurons, contexts: contexts, seed: seed)[0]
  }

  static func report(_ networks: [NeuronChunk], rotations: Int = 99, threads: Int = 1) throws -> MaximumEntropyReport {
    try MaximumEntropyReport(gainModulated: networks, rotations: rotations, seed: 8, threads: threads)
  }

  /// The network with neurons in another order: new neuron i is old neuron order[i].
  static func permuted(_ network: NeuronChunk, _ order: [Int]) -> NeuronChunk {
    let n = network.neurons
    var moved = network
    func rows(_ x: [Double]) -> [Double] { x.indices.map { x[$0 / n * n + order[$0 % n]] } }
    moved.outputWeight = rows(network.outputWeight)
    moved.inputWeights = rows(network.inputWeights)
    moved.gain = rows(network.gain)
    return moved
  }

  static func scaled(_ network: NeuronChunk, _ w: Double, _ m: Double, _ g: Double) -> NeuronChunk {
    var scaled = network
    scaled.outputWeight = network.outputWeight.map { w * $0 }
    scaled.inputWeights = network.inputWeights.map { m * $0 }
    scaled.gain = network.gain.map { g * $0 }
    return scaled
  }

  /// A program of another author gives the same numbers for a network of 60 neurons in 12 digits.
  @Test("a network from elsewhere") func referenceNetwork() throws {
    let folder = try #require(Bundle.module.url(forResource: "Reference", withExtension: nil))
    let text = try String(contentsOf: folder.appending(path: "import-maxent.csv"), encoding: .utf8)
    let rows = text.split(separator: "\n").dropFirst().map { $0.split(separator: ",").map { Double($0)! } }
    var chunk = NeuronChunk(neurons: rows.count, contexts: 2, features: 2)
    chunk.outputWeight = rows.map { $0[0] }
    chunk.inputWeights = rows.map { $0[1] } + rows.map { $0[2] }
    chunk.gain = rows.map { $0[3] } + rows.map { $0[4] }
    let report = try Self.report([chunk], rotations: 999)
    let f = report[.additivity]!.outcome
    #expect(f.degreesOfFreedom == [2, 54])
    #expect(abs(f.statistic! - 0.5914857763785267) < 1e-8 && abs(f.pValue! - 0.5570501180108076) < 1e-8)
    #expect(abs(report[.populations]!.outcome.statistic! - 5.23156761444913) < 1e-8)
    #expect(abs(report[.concentration]!.meanKurtosis! - 2.3556381683271432) < 1e-8)
    #expect(abs(report[.concentration]!.outcome.statistic! * 60 - 2.3556381683271432) < 1e-8)
    #expect(report.tests.count == 6 && report.combinedPValue! > 0.05)
  }

  /// Without columns: F is that of one mean, V of two samples' variances about zero, Q of the numbers.
  @Test("values by hand") func valuesByHand() throws {
    let w = Matrix([[1, -2, 3, 0.5, 4]])
    let test = try ResidualTest(
      responses: w, regressors: Matrix(rows: 0, columns: 5), addedColumns: Matrix([[1, 1, 1, 1, 1]]),
      populations: [0, 0, 7, 7, 7])
    let squares: [Double] = [1, 4, 9, 0.25, 16]
    let (sum, total) = (6.5, 30.25)
    let ratio = (sum * sum / 5) / ((total - sum * sum / 5) / 4)
    #expect(test.rank == 0 && test.largerModel.degreesOfFreedom == [1, 4])
    #expect(abs(test.largerModel.statistic! - ratio) < 1e-12)
    // F(1, 4) is Student's t with four degrees of freedom, squared.
    #expect(abs(test.largerModel.pValue! - 2 * gsl_cdf_tdist_Q(ratio.squareRoot(), 4)) < 1e-12)
    var stream = try RandomStream(StreamKey(seed: 1, chain: 0, purpose: .testing))
    let rotated = try test.rotate(99, using: &stream)
    let v = 5 * log(total / 5) - 2 * log(5 / 2) - 3 * log(25.25 / 3)
    #expect(abs(rotated.populations.statistic! - v) < 1e-12)
    let q = squares.reduce(0) { $0 + $1 * $1 } / (total * total)
    #expect(abs(rotated.concentration.statistic! - q) < 1e-14 && abs(rotated.kurtosis! - 5 * q) < 1e-13)
  }

  /// Two responses on one column: residual squares add up, and degrees of freedom double.
  @Test("several responses") func severalResponses() throws {
    let responses = Matrix([[1, 2, 0, -1, 3, 1], [0.5, -1, 2, 2, 1, 0]])
    let column = Matrix([[1, 1, 1, 1, 1, 1]])
    let added = Matrix([[1, 2, 3, 4, 5, 6]])
    let both = try ResidualTest(responses: responses, regressors: column, addedColumns: added)
    #expect(both.largerModel.degreesOfFreedom == [2, 8] && both.residualDegreesOfFreedom == 10)
    var (gained, left) = (0.0, 0.0)
    for d in 0..<2 {
      let mean = responses.row(d).reduce(0, +) / 6
      let slope = zip(responses.row(d), added.row(0)).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - 3.5) } / 17.5
      gained += slope * slope * 17.5
      left += responses.row(d).reduce(0) { $0 + ($1 - mean) * ($1 - mean) } - slope * slope * 17.5
    }
    #expect(abs(both.largerModel.statistic! - gained / 2 / (left / 8)) < 1e-12)
  }

  /// Neither weights nor gains have units, nor has any one column.
  @Test("units change nothing", arguments: [1e-9, 1e9, 1e-200, 1e150]) func unitsChangeNothing(_ unit: Double) throws {
    let networks = try ResidualReplicas.product(5, neurons: 30, seed: 721)
    let report = try Self.report(networks)
    for (w, m, g) in [(unit, 1, 1), (1, unit, 1), (1, 1, unit), (unit, unit, unit)] as [(Double, Double, Double)] {
      let other = try Self.report(networks.map { Self.scaled($0, w, m, g) })
      for (a, b) in zip(report.tests, other.tests) {
        #expect(a.testableNetworks == b.testableNetworks)
        for (x, y) in zip(a.networks, b.networks) {
          #expect(abs((x.pValue ?? -1) - (y.pValue ?? -1)) < 1e-10 && x.degreesOfFreedom == y.degreesOfFreedom)
          #expect(abs((x.statistic ?? 0) - (y.statistic ?? 0)) <= 1e-9 * abs(x.statistic ?? 0))
        }
      }
    }
    // One feature or context in another unit spans the same space.
    var one = networks[0]
    for i in 0..<30 { one.inputWeights[i] *= unit }
    let test = try Self.report([one])
    #expect(abs(test[.additivity]!.outcome.pValue! - report.tests[0].networks[0].pValue!) < 1e-10)
  }

  @Test("the order of neurons changes nothing") func orderChangesNothing() throws {
    let network = try Self.network()
    let order = (0..<40).map { (7 * $0 + 3) % 40 }
    let (a, b) = (try Self.report([network]), try Self.report([Self.permuted(network, order)]))
    for (x, y) in zip(a.tests, b.tests) {
      #expect(abs(x.outcome.statistic! - y.outcome.statistic!) < 1e-10 * abs(x.outcome.statistic!))
      #expect(x.outcome.degreesOfFreedom == y.outcome.degreesOfFreedom)
    }
    #expect(abs(a.tests[0].outcome.pValue! - b.tests[0].outcome.pValue!) < 1e-10)
  }

  @Test("threads change nothing, networks stay apart") func threadsChangeNothing() throws {
    let networks = try ResidualReplicas.product(7, neurons: 25, seed: 722)
    let report = try Self.report(networks)
    #expect(try Self.report(networks, threads: 2) == report)
    #expect(try Self.report(Array(networks[0..<3])).tests[1].networks == Array(report.tests[1].networks[0..<3]))
    let other = try MaximumEntropyReport(gainModulated: networks, rotations: 99, seed: 9, threads: 1)
    #expect(other.tests[0].networks == report.tests[0].networks && other != report)
  }

  /// What cannot be told is said in words, for each test, and is no p-value.
  @Test("corners") func corners() throws {
    func expect(
      _ network: NeuronChunk, _ outputs: [Bool], _ inputs: [Bool], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let report = try Self.report([network])
      let found = report.tests.map { $0.outcome.isTestable }
      #expect(
        found == outputs + inputs, "\(report.tests.map { $0.outcome.reason ?? "tested" })",
        sourceLocation: sourceLocation)
      for test in report.tests {
        #expect((test.outcome.pValue == nil) == (test.outcome.reason != nil), sourceLocation: sourceLocation)
        #expect((test.adjustedPValue == nil) == (test.outcome.pValue == nil), sourceLocation: sourceLocation)
        #expect(test.outcome.pValue.map { $0 > 0 && $0 <= 1 } ?? true, sourceLocation: sourceLocation)
      }
      #expect((report.combinedPValue == nil) == !found.contains(true), sourceLocation: sourceLocation)
    }
    let none = [false, false, false]
    let justQ = [false, false, true]
    // One and two neurons: nothing is left, or next to nothing.
    try expect(Self.network(neurons: 1), none, none)
    var two = try Self.network(neurons: 2)
    two.gain = [1, 0, 0, 1]
    try expect(two, none, none)
    // More contexts and features than neurons, all active.
    var few = NeuronChunk(neurons: 5, contexts: 3, features: 3)
    few.outputWeight = [1, -2, 0.3, 0.5, 1.1]
    few.inputWeights = (0..<15).map { sin(Double(3 * $0)) }
    few.gain = (0..<15).map { cos(Double($0 * $0)) }
    try expect(few, none, [false, false, true])
    // One population: nothing to compare, but residuals; whether its neurons are active or not.
    var one = try Self.network()
    one.gain = one.gain.map { _ in 1 }
    try expect(one, justQ, justQ)
    one.gain = one.gain.map { _ in 0 }
    try expect(one, justQ, justQ)
    // No output weights, no input weights.
    try expect(Self.scaled(Self.network(), 0, 1, 1), none, [false, true, true])
    try expect(Self.scaled(Self.network(), 1, 0, 1), [false, true, true], none)
    // Weights that the regressors fit.
    var fitted = try Self.network()
    for i in 0..<40 { fitted.outputWeight[i] = fitted.gain[i] * fitted.inputWeights[i] }
    #expect(try Self.report([fitted])[.additivity]!.outcome.reason == "no residual is left but rounding")
    // Every neuron a population of its own.
    var graded = try Self.network()
    graded.gain = (0..<80).map { 0.1 + Double($0 * 37 % 83) }
    try expect(graded, justQ, justQ)
  }

  /// Thousands of neurons, in sixteen populations and in as many as there are neurons.
  @Test("thousands of neurons") func thousands() throws {
    var network = try Self.network(neurons: 4000, contexts: 4, seed: 728)
    let report = try Self.report([network])
    #expect(report.tests.allSatisfy { $0.outcome.isTestable })
    #expect(report[.additivity]!.outcome.degreesOfFreedom == [15 * 4 - 16, 4000 - 15 * 4])
    network.gain = network.gain.indices.map { Double($0 % 4001) }
    #expect(try Self.report([network]).tests.map(\.outcome.isTestable) == [false, false, true, false, false, true])
  }

  /// Columns that add nothing change nothing: equal contexts, empty ones, equal neurons.
  @Test("dependent columns") func dependentColumns() throws {
    let network = try Self.network()
    let n = network.neurons
    var wide = NeuronChunk(neurons: n, contexts: 5, features: 2)
    wide.outputWeight = network.outputWeight
    wide.inputWeights = network.inputWeights
    // Both contexts, the first once more, an empty one, and their sum in another unit.
    let (g0, g1) = (Array(network.gain[0..<n]), Array(network.gain[n..<2 * n]))
    let sum = zip(g0, g1).map { 3e5 * ($0 + $1) }
    wide.gain = g0 + g1 + g0 + [Double](repeating: 0, count: n) + sum
    let (a, b) = (try Self.report([network]), try Self.report([wide]))
    for (x, y) in zip(a.tests, b.tests) {
      #expect(
        abs(x.outcome.pValue! - y.outcome.pValue!) < 1e-9 && x.outcome.degreesOfFreedom == y.outcome.degreesOfFreedom)
    }
    // Neurons that come twice have equal leverages, and nothing fails.
    let twice = Self.permuted(network, (0..<n).map { $0 / 2 })
    #expect(try Self.report([twice]).tests.allSatisfy { $0.outcome.isTestable })
  }

  @Test("what is malformed is refused") func malformed() throws {
    var chunk = try Self.network()
    chunk.outputWeight[3] = .nan
    #expect(throws: StatisticsError.self) { try Self.report([chunk]) }
    #expect(throws: StatisticsError.self) { try Self.report([]) }
    #expect(throws: StatisticsError.self) { try Self.report([Self.network()], rotations: 18) }
    #expect(throws: StatisticsError.self) { try Self.report([NeuronChunk(neurons: 0, contexts: 2, features: 2)]) }
    #expect(throws: StatisticsError.self) {
      try ResidualTest(responses: Matrix([[1, 2]]), regressors: Matrix([[1, 2, 3]]))
    }
    #expect(throws: StatisticsError.self) {
      try ResidualTest(responses: Matrix([[1, 2]]), regressors: Matrix([[1, .infinity]]))
    }
    #expect(throws: StatisticsError.self) {
      try OneLayerNetwork(activation: .tanh, outputWeights: [1, 2], inputWeights: Matrix([[1, 2, 3]]))
    }
    let network = try OneLayerNetwork(activation: .tanh, outputWeights: [1, 2], inputWeights: Matrix([[1, 2]]))
    #expect(throws: StatisticsError.self) {
      try MaximumEntropyReport(oneLayer: [network], stimuli: Matrix([[1, 2]]), seed: 1)
    }
  }

  /// A hidden layer of fewer neurons than responses cannot be tested; equal neurons share a population; units of the output weights and, of
  /// a rectifier, of all others change nothing.
  @Test("hidden layers") func hiddenLayers() throws {
    let stimuli = ResidualReplicas.stimuli
    let small = try ResidualReplicas.oneLayer(.tanh, 1, neurons: 9, tightness: 6, seed: 723)
    let refused = try MaximumEntropyReport(oneLayer: small, stimuli: stimuli, rotations: 99, seed: 1)
    #expect(refused.tests.count == 3 && refused.combinedPValue == nil)
    #expect(refused.tests.allSatisfy { $0.outcome.reason!.contains("rank 9") })
    for activation in [Activation.tanh, .relu, .softplus, .linear] {
      let networks = try ResidualReplicas.oneLayer(activation, 2, neurons: 60, tightness: 6, seed: 724)
      let report = try MaximumEntropyReport(oneLayer: networks, stimuli: stimuli, rotations: 99, seed: 1)
      #expect(report[.populations]!.outcome.isTestable == (activation != .linear))
      #expect(report[.concentration]!.outcome.isTestable)
      let factor = activation == .relu ? 1e9 : 1
      let scaled = try networks.map {
        try OneLayerNetwork(
          activation: activation, outputWeights: $0.outputWeights.map { 1e-9 * $0 },
          inputWeights: factor * $0.inputWeights, contextDrives: factor * $0.contextDrives)
      }
      let other = try MaximumEntropyReport(oneLayer: scaled, stimuli: stimuli, rotations: 99, seed: 1)
      for (a, b) in zip(report.tests, other.tests) {
        #expect(abs((a.outcome.pValue ?? -1) - (b.outcome.pValue ?? -1)) < 1e-9)
      }
      let held = try MaximumEntropyReport(
        oneLayer: networks, stimuli: stimuli, otherStimuli: Matrix([[0.3, -1.2], [2, 0.4]]), rotations: 99, seed: 1)
      if activation == .tanh { #expect(held.tests[0].networks[0].degreesOfFreedom == [4, 46]) }
      if activation == .linear { #expect(!held.tests[0].outcome.isTestable) }
    }
  }

  /// Holm by hand, with a test that could not be done.
  @Test("Holm's adjustment") func holm() {
    let adjusted = holmAdjusted([0.04, nil, 0.01, 0.03, 0.9])
    for (a, b) in zip(adjusted, [0.09, nil, 0.04, 0.09, 0.9]) {
      #expect((a == nil) == (b == nil) && abs((a ?? 0) - (b ?? 0)) < 1e-15)
    }
    #expect(holmAdjusted([nil, nil]) == [nil, nil] && holmAdjusted([0.7, 0.8]) == [1, 1])
  }

  /// Several networks: Fisher's −2 Σ ln p and sums, of those that can be tested.
  @Test("several networks") func severalNetworks() throws {
    var networks = try ResidualReplicas.product(4, neurons: 30, seed: 725)
    networks[2].gain = networks[2].gain.map { _ in 1 }
    let report = try Self.report(networks)
    let f = report[.additivity]!
    #expect(f.testableNetworks == 3 && f.networks[2].reason != nil && f.outcome.degreesOfFreedom == [6])
    let square = f.networks.compactMap(\.pValue).reduce(0) { $0 - 2 * log($1) }
    // χ² with six degrees of freedom has the tail exp(−x/2)(1 + x/2 + x²/8).
    #expect(abs(f.outcome.statistic! - square) < 1e-10)
    #expect(abs(f.outcome.pValue! - exp(-square / 2) * (1 + square / 2 + square * square / 8)) < 1e-12)
    for name in [MaximumEntropyReport.Name.populations, .concentration] {
      let test = report[name]!
      #expect(abs(test.outcome.statistic! - test.networks.compactMap(\.statistic).reduce(0, +)) < 1e-10)
    }
    // One that can be tested speaks for itself.
    let one = try Self.report([networks[2], networks[0]])
    #expect(one[.additivity]!.outcome == one[.additivity]!.networks[1])
  }

  @Test("rotations allocate nothing") func noAllocations() throws {
    let network = try Self.network(neurons: 100)
    let columns = Matrix(rows: 2, columns: 100, elements: network.inputWeights)
    let space = ColumnSpace(columns)
    let groups = ResidualGroups(
      populations: GivenGains(network.gainCloud).patternOfNeuron, leverages: space.leverages)
    var rotation = ResidualRotation(space, responses: 2, groups: groups)
    var stream = try RandomStream(
      StreamKey(seed: 726, chain: 0, purpose: .testing), generator: RandomStream.vectorGenerator)
    var sum = rotation.next(using: &stream).inequality
    try #require(countsAllocations, "allocations are not counted on this platform")
    let count = allocations { for _ in 0..<100 { sum += rotation.next(using: &stream).inequality } }
    #expect(count == 0 && sum > 0)
  }

  /// Of many nearly dependent columns the basis is orthonormal, and no more than the rank.
  @Test("bases of dependent columns") func bases() throws {
    var stream = try RandomStream(StreamKey(seed: 727, chain: 0, purpose: .testing))
    var columns = Matrix(rows: 30, columns: 50)
    for k in columns.elements.indices { columns.elements[k] = stream.standardNormal() }
    // Ten directions, then combinations of them in units from 1e-30 to 1e30, some with rounding.
    for row in 10..<30 {
      for i in 0..<50 {
        columns[row, i] = (columns[row % 10, i] + 0.3 * columns[(row + 3) % 10, i]) * pow(10, Double(3 * row - 60))
      }
    }
    let space = ColumnSpace(columns)
    #expect(space.rank == 10 && abs(space.leverages.reduce(0, +) - 10) < 1e-12)
    for a in 0..<10 {
      for b in 0...a {
        let product = (0..<50).reduce(0) { $0 + space.basis[a * 50 + $1] * space.basis[b * 50 + $1] }
        #expect(abs(product - (a == b ? 1 : 0)) < 1e-14)
      }
    }
    let left = space.residuals(of: columns)
    for row in 0..<30 {
      let (after, before) = (left.row(row), columns.row(row))
      #expect(after.reduce(0) { max($0, abs($1)) } < 1e-13 * before.reduce(0) { max($0, abs($1)) })
    }
    #expect(ColumnSpace(Matrix(rows: 3, columns: 4)).rank == 0 && ColumnSpace(.identity(4)).rank == 4)
    #expect(ColumnSpace(Matrix(rows: 0, columns: 4)).rank == 0 && ColumnSpace(Matrix([[2], [3]])).rank == 1)
  }
}
