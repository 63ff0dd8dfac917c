// A source of draws with a known law, for testing storage without a sampler: AR(1) with tuned warm-up.

import Foundation
import Sampling
import Storage

/// x' = ρ x + √(1 − ρ²) ξ, with ρ "tuned" during warm-up so that the state has a memory of its own.
struct ToySource: ~Copyable, DrawSource {
  struct Failure: Error, Equatable {}

  let schema: DrawSchema
  let chain: Int
  let warmupDraws: Int
  private(set) var draws = 0
  private let parts: Int?
  private let failAt: Int?
  private let stopAfter: (draws: Int, flag: StopFlag)?
  private var x: [Double]
  private var correlation = 0.5
  private var sum = 0.0
  private var stream: RandomStream

  /// - Parameters:
  ///   - neurons: the length of the state.
  ///   - parts: gives networks in parts of so many neurons.
  ///   - failAt: throws instead of making this draw.
  ///   - stopAfter: asks for a stop as soon as so many draws, warm-up included, are made.
  init(
    chain: Int, seed: UInt64 = 1, warmup: Int = 20, neurons: Int = 3, parts: Int? = nil, failAt: Int? = nil,
    stopAfter: (draws: Int, flag: StopFlag)? = nil, generator: String = RandomStream.defaultGenerator
  ) throws {
    var network = ParameterLayout()
    network.append("weights", shape: [2, neurons])
    network.append("gains", shape: [neurons], kind: .binary)
    schema = DrawSchema(
      observables: [
        ObservableVariable("lp"), ObservableVariable("readout", axes: [.init("context", 2), .init("feature", 2)]),
      ],
      statistics: ["acceptance_rate", "step_size", "n_steps", "tree_depth", "diverging", "energy"], network: network)
    self.chain = chain
    warmupDraws = warmup
    self.parts = parts
    self.failAt = failAt
    self.stopAfter = stopAfter
    x = [Double](repeating: 0, count: 3 * neurons)
    stream = try RandomStream(StreamKey(seed: seed, chain: chain, purpose: .transitions), generator: generator)
  }

  var streamingStatistics: [StreamingStatistic] {
    [
      StreamingStatistic("sum", axes: [], values: [sum]),
      StreamingStatistic(
        "weights_now", axes: [.init("row", 2), .init("neuron", x.count / 3)], values: Array(x.prefix(2 * x.count / 3))),
    ]
  }

  mutating func next(into sink: inout some DrawSink) throws {
    if draws == failAt { throw Failure() }
    let real = 2 * x.count / 3
    for i in 0..<real {
      x[i] = correlation * x[i] + (1 - correlation * correlation).squareRoot() * stream.standardNormal()
    }
    for i in real..<x.count { x[i] = stream.bernoulli(0.5) ? 1 : 0 }
    if draws < warmupDraws { correlation = 0.9 * correlation + 0.1 * stream.uniform() }
    let number = draws < warmupDraws ? draws : draws - warmupDraws
    if draws >= warmupDraws {
      sum += x[0]
      if sink.wantsNetwork(ofDraw: number) { try giveNetwork(number, to: &sink) }
    }
    draws += 1
    if let stopAfter, draws == stopAfter.draws { stopAfter.flag.raise(.signal(1)) }
    let observables = [-x[0] * x[0] / 2, x[0], x[1], x[0] * x[1], x[real]]
    let statistics = [0.5 + 0.1 * x[0], correlation, 3, 2, x[0] > 3 ? 1 : 0, x[0] == 0 ? .nan : x[0] * x[0]]
    try sink.record(draw: number, observables: observables.span, statistics: statistics.span)
  }

  private func giveNetwork(_ draw: Int, to sink: inout some DrawSink) throws {
    guard let parts else { return try sink.recordNetwork(draw: draw, part: nil, values: x.span) }
    let neurons = x.count / 3
    for start in stride(from: 0, to: neurons, by: parts) {
      let part = start..<min(start + parts, neurons)
      let values = (0..<3).flatMap { row in part.map { x[row * neurons + $0] } }
      try sink.recordNetwork(draw: draw, part: part, values: values.span)
    }
  }

  var snapshot: ChainSnapshot {
    ChainSnapshot(archive: [Double(draws), correlation, sum] + x, stream: stream.snapshot)
  }

  mutating func restore(_ snapshot: ChainSnapshot) throws {
    guard snapshot.archive.count == 3 + x.count else { throw ArchiveError("the saved state is of another size") }
    var counts = snapshot.archive[...]
    draws = try counts.nextCount(below: 1 << 53)
    correlation = snapshot.archive[1]
    sum = snapshot.archive[2]
    x = Array(snapshot.archive.dropFirst(3))
    stream = try RandomStream(restoring: snapshot.stream)
  }
}

/// A directory of its own for one test, removed with the value that holds it.
final class Scratch {
  let path: String
  init() throws {
    path = NSTemporaryDirectory() + "storage-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }
}

/// What tests have in common.
enum Toy {
  static func description(
    chains: [Int] = [0, 1], seed: UInt64 = 1, recording: NetworkRecording = .evenlyThinned(10, planned: 100)
  ) -> RunDescription {
    RunDescription(
      experiment: "{\n  \"toy\": true\n}\n",
      identity: RunIdentity([RunFact("experiment", "toy\nseed \(seed)"), RunFact("model", "ar1")]), chains: chains,
      recording: recording, about: [.init("program", .string("test")), .init("seed", .integer(Int(seed)))])
  }

  /// Takes a run to `draws` draws.
  @discardableResult
  static func run(
    _ lock: RunLock, draws: Int, threads: Int = 2, settings: SegmentSettings = SegmentSettings(),
    stop: StopFlag = StopFlag(), source: @escaping @Sendable (Int) throws -> ToySource = { try ToySource(chain: $0) }
  ) throws -> [ChainOutcome] {
    try RunExecutor(lock, settings: settings, threads: threads).run(
      draws: draws, stop: stop, progress: ProgressTable(chains: lock.run.description.chains, draws: draws),
      makeSource: source)
  }

  /// Segments of a few draws.
  static let tiny = SegmentSettings(seconds: 10, bytes: 1500)

  /// All segment files of a run, sorted.
  static func segments(_ run: RunDirectory) throws -> [String] {
    try run.description.chains.sorted().flatMap { chain in
      try FileManager.default.contentsOfDirectory(atPath: run.chainDirectory(chain)).sorted().filter {
        $0.hasSuffix(".nc")
      }.map {
        "\(run.chainDirectory(chain))/\($0)"
      }
    }
  }
}
