// The product ensemble's draws, held against every exact prediction; chunks, recording, restoring.

import Foundation
import Sampling
import Testing

@testable import Networks

/// Keeps everything that a source yields.
struct CollectingSink: DrawSink {
  var wanted: Set<Int> = []
  var observables: [[Double]] = []
  var networks: [Int: [(part: Range<Int>?, values: [Double])]] = [:]

  func wantsNetwork(ofDraw draw: Int) -> Bool { wanted.contains(draw) }
  mutating func recordNetwork(draw: Int, part: Range<Int>?, values: Span<Double>) {
    networks[draw, default: []].append((part, values.withUnsafeBufferPointer(Array.init)))
  }
  mutating func record(draw: Int, observables: Span<Double>, statistics: Span<Double>) {
    self.observables.append(observables.withUnsafeBufferPointer(Array.init))
  }
}

/// Draws `count` networks in each of `chains` chains.
func drawTable<Source: DrawSource & ~Copyable>(
  chains: Int, draws count: Int, _ makeSource: (Int) throws -> Source
) throws -> DrawTable {
  var names: [String] = []
  var scalars: [String: [[Double]]] = [:]
  var streaming: [[StreamingStatistic]] = []
  var schema: DrawSchema?
  for chain in 0..<chains {
    var source = try makeSource(chain)
    var sink = CollectingSink()
    while source.draws < source.warmupDraws + count {
      if source.draws == source.warmupDraws { sink.observables = [] }
      try source.next(into: &sink)
    }
    names = source.schema.scalarNames
    for (index, name) in names.enumerated() { scalars[name, default: []].append(sink.observables.map { $0[index] }) }
    streaming.append(source.streamingStatistics)
    schema = source.schema
  }
  return DrawTable(
    names: names, scalars: scalars, streaming: streaming,
    gainsAreDrawn: schema.map { !$0.network.binaryRange.isEmpty } ?? false,
    areIndependent: schema?.statistics.isEmpty ?? false)
}

@Suite struct ProductSourceTests {
  static func ensemble(
    target: [[Double]] = [[1, 0], [0, 1]], neurons: Int = 50, convention: WeightConvention = .prior,
    scale: Double = 1, activeProbability: Double = 0.5, covariance: Matrix? = nil
  ) throws -> GainModulatedLinearEnsemble {
    let task = try LearningTask(target: target)
    return GainModulatedLinearEnsemble(
      task: task, neurons: neurons, ensemble: .product, convention: convention, outputScale: scale,
      inputScale: scale, activeProbability: activeProbability,
      stimulusCovariance: covariance ?? .identity(task.features))
  }

  static func source(_ ensemble: GainModulatedLinearEnsemble, chain: Int, seed: UInt64 = 3) throws -> ProductSource {
    ProductSource(
      NeuronLaw(try ensemble.solve()), neurons: ensemble.neurons, stimulusCovariance: ensemble.stimulusCovariance,
      chain: chain, stream: try RandomStream(StreamKey(seed: seed, chain: chain, purpose: .exactDraws)))
  }

  /// Every exact prediction, at a false-alarm rate of 1e-4 a case; a general covariance and target among them.
  @Test(arguments: 0..<5) func drawsAgreeWithEveryExactPrediction(number: Int) throws {
    let ensemble =
      switch number {
      case 0: try Self.ensemble()
      case 1: try Self.ensemble(convention: .moment, scale: 1.5)
      case 2: try Self.ensemble(target: [[1, 0.5, 0], [0, -0.3, 2]], activeProbability: 0.3)
      case 3: try Self.ensemble(target: [[0.7], [0.7]], activeProbability: 1)
      default: try Self.ensemble(covariance: Matrix([[1, 0.6], [0.6, 2]]))
      }
    let table = try drawTable(chains: 4, draws: 3000) { try Self.source(ensemble, chain: $0) }
    let check = Check(try ensemble.predictions(), against: table)
    let exact = check.results.filter { $0.status == .exact }
    #expect(check.passed, "\(check.failures)")
    #expect(exact.count >= (number == 3 ? 5 : 25))
  }

  /// The same draws fail against the predictions for a slightly different target: the checks can fail.
  @Test func drawsOfAnotherTargetFail() throws {
    let table = try drawTable(chains: 4, draws: 3000) { try Self.source(try Self.ensemble(), chain: $0) }
    let other = try Self.ensemble(target: [[1.03, 0], [0, 1]])
    #expect(!Check(try other.predictions(), against: table).passed)
  }

  @Test func tenDrawsAreInconclusive() throws {
    let ensemble = try Self.ensemble()
    let table = try drawTable(chains: 1, draws: 10) { try Self.source(ensemble, chain: $0) }
    let check = Check(try ensemble.predictions(), against: table)
    #expect(check.results.allSatisfy { $0.status == .inconclusive })
    #expect(!check.passed)
  }

  /// 10,000 neurons come in two full chunks and a rest; the observables are those of the recorded network.
  @Test func chunksAddUpToTheNetwork() throws {
    let ensemble = try Self.ensemble(neurons: 10_000)
    var source = try Self.source(ensemble, chain: 0)
    var sink = CollectingSink()
    sink.wanted = [1]
    for _ in 0..<2 { try source.next(into: &sink) }
    let parts = try #require(sink.networks[1])
    #expect(sink.networks.count == 1)
    #expect(parts.map(\.part) == [0..<4096, 4096..<8192, 8192..<10_000])
    var readout = [Double](repeating: 0, count: 4)
    for (part, x) in parts {
      let n = part!.count
      #expect(x.count == n * 5)
      for i in 0..<n {
        for c in 0..<2 { for d in 0..<2 { readout[2 * c + d] += x[i] * x[(3 + c) * n + i] * x[(1 + d) * n + i] } }
      }
    }
    for k in 0..<4 { #expect(abs(readout[k] / 10_000 - sink.observables[1][2 + k]) < 1e-12) }
  }

  @Test func restoredSourceContinuesBitForBit() throws {
    let ensemble = try Self.ensemble()
    var source = try Self.source(ensemble, chain: 2)
    var sink = CollectingSink()
    for _ in 0..<200 { try source.next(into: &sink) }
    let snapshot = source.snapshot
    var copy = try Self.source(ensemble, chain: 2)
    try copy.restore(snapshot)
    var first = CollectingSink()
    var second = CollectingSink()
    for _ in 0..<100 {
      try source.next(into: &first)
      try copy.next(into: &second)
    }
    #expect(first.observables == second.observables)
    #expect(source.streamingStatistics == copy.streamingStatistics)
  }

  /// The log density recorded with exact draws is that of the density that kernels sample.
  @Test func logDensityIsThatOfTheKernelsTarget() throws {
    let ensemble = try Self.ensemble(neurons: 30, activeProbability: 0.3)
    var source = try Self.source(ensemble, chain: 0)
    var sink = CollectingSink()
    sink.wanted = [0]
    try source.next(into: &sink)
    let density = try ensemble.density()
    var workspace = density.makeWorkspace()
    let position = try #require(sink.networks[0]?.first?.values)
    #expect(abs(density.logDensity(at: position.span, using: &workspace) - sink.observables[0][0]) < 1e-10)
  }
}
