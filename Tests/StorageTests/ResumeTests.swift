// However the work is cut up, the draws are the same.

import Foundation
import Sampling
import Storage
import Testing

@Suite struct ResumeTests {
  /// The digest of an uninterrupted run of two chains, in one segment each.
  private func reference(draws: Int = 100) throws -> RunDigest {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(), at: scratch("run"))
    try Toy.run(lock, draws: draws)
    return try RunReader(lock.run).digest()
  }

  /// Stops, each counted in draws of chain 0 (of which the first 20 are warm-up): in warm-up, at its very end, right after
  /// it, in the middle, twice in a row.
  @Test(arguments: [[3], [20], [21], [57], [1, 2, 19, 20, 40, 41, 119]])
  func stoppingAnywhereChangesNothing(stops: [Int]) throws {
    let scratch = try Scratch()
    _ = try RunDirectory.create(Toy.description(), at: scratch("run"))
    for stop in stops {
      let flag = StopFlag()
      let outcomes = try Toy.run(RunDirectory.open(scratch("run")).lock(), draws: 100, threads: 1, stop: flag) {
        try ToySource(chain: $0, stopAfter: (stop, flag))
      }
      #expect(outcomes.contains { if case .stopped = $0.end { true } else { false } })
      #expect(outcomes[0].warmupDraws + outcomes[0].draws == stop)
    }
    try Toy.run(RunDirectory.open(scratch("run")).lock(), draws: 100)
    #expect(try RunReader(RunDirectory.open(scratch("run"))).digest() == reference())
  }

  @Test(arguments: [1, 2, 7], [2000, 8 << 20])
  func neitherThreadsNorSegmentsMatter(threads: Int, bytes: Int) throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(), at: scratch("run"))
    try Toy.run(lock, draws: 100, threads: threads, settings: SegmentSettings(seconds: 10, bytes: bytes))
    let segments = try RunReader(lock.run).segmentNames(ofChain: 0, .draws).count
    #expect(bytes == 2000 ? segments > 3 : segments == 1)
    #expect(try RunReader(lock.run).digest() == reference())
  }

  @Test func segmentsEndByTimeToo() throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(chains: [0]), at: scratch("run"))
    try Toy.run(lock, draws: 3, settings: SegmentSettings(seconds: 0, bytes: 8 << 20))
    #expect(try RunReader(lock.run).segmentNames(ofChain: 0, .draws).count > 1)
  }

  @Test func moreDrawsAreTheDrawsOfALongerRun() throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(), at: scratch("run"))
    try Toy.run(lock, draws: 40)
    try Toy.run(lock, draws: 100)
    #expect(try RunReader(lock.run).digest() == reference())
    try Toy.run(lock, draws: 60)
    #expect(try RunReader(lock.run).drawCounts() == [100, 100])
  }

  @Test func jobsOfSingleChainsMergeIntoTheRunOfAll() throws {
    let scratch = try Scratch()
    for chain in [0, 1] {
      let lock = try RunDirectory.create(Toy.description(chains: [chain]), at: scratch("job\(chain)"))
      try Toy.run(lock, draws: 100, settings: chain == 0 ? Toy.tiny : SegmentSettings())
    }
    let jobs = try [1, 0].map { try RunDirectory.open(scratch("job\($0)")) }
    _ = try RunDirectory.merge(jobs, experiment: "{}\n", about: [], at: scratch("all"))
    let merged = try RunDirectory.open(scratch("all"))
    #expect(RunReader(merged).chains == [0, 1])
    #expect(try RunReader(merged).digest() == reference())
    #expect(throws: StorageError.self) {
      try RunDirectory.merge(jobs + [jobs[0]], experiment: "{}\n", about: [], at: scratch("again"))
    }
    #expect(!FileManager.default.fileExists(atPath: scratch("again")))
  }

  @Test func runsOfOverlappingChainsOrAnotherModelDoNotMerge() throws {
    let scratch = try Scratch()
    var runs: [RunDirectory] = []
    for (name, chains, seed) in [("a", [0, 1], 1), ("b", [1], 1), ("c", [2], 2)] as [(String, [Int], UInt64)] {
      let lock = try RunDirectory.create(Toy.description(chains: chains, seed: seed), at: scratch(name))
      try Toy.run(lock, draws: 10) { try ToySource(chain: $0, seed: seed) }
      runs.append(lock.run)
    }
    func refusal(_ runs: [RunDirectory]) -> String {
      do {
        _ = try RunDirectory.merge(runs, experiment: "", about: [], at: scratch("merged"))
        return "merged"
      } catch { return "\(error)" }
    }
    #expect(refusal([runs[0], runs[1]]).contains("chain 1 is in more than one of the runs"))
    #expect(refusal([runs[0], runs[2]]).contains("experiment: in line 2, it has \"seed 2\""))
    #expect(!FileManager.default.fileExists(atPath: scratch("merged")))
  }

  @Test func chainsOfOneStreamDoNotMerge() throws {
    let scratch = try Scratch()
    var runs: [RunDirectory] = []
    for chain in [0, 1] {
      let lock = try RunDirectory.create(Toy.description(chains: [chain]), at: scratch("run\(chain)"))
      // The mistake that the check is for: a source that takes the stream of another chain.
      let position = try RunReader(lock.run).position(ofChain: chain)
      let recorder = try ChainRecorder(
        ToySource(chain: 7), from: position, lock: lock, settings: SegmentSettings(),
        progress: ChainProgress(chain: chain))
      while !recorder.isComplete(5) { try recorder.recordSegment(upTo: 5, stop: StopFlag()) }
      runs.append(lock.run)
    }
    let error = #expect(throws: StorageError.self) {
      try RunDirectory.merge(runs, experiment: "", about: [], at: scratch("merged"))
    }
    #expect("\(error!)".contains("its random stream is the same as that of"))
  }

  @Test func digestSeesSeedChainAndLength() throws {
    var values: Set<String> = []
    for (seed, chains, draws) in [(1, [0], 10), (2, [0], 10), (1, [1], 10), (1, [0], 11)] as [(UInt64, [Int], Int)] {
      let scratch = try Scratch()
      let lock = try RunDirectory.create(Toy.description(chains: chains, seed: seed), at: scratch("run"))
      try Toy.run(lock, draws: draws) { try ToySource(chain: $0, seed: seed) }
      values.insert(try RunReader(lock.run).digest().value)
    }
    #expect(values.count == 4)
  }

  /// Two plans of different length keep different networks, and draw the same.
  @Test func digestOfDrawsDoesNotDependOnWhichNetworksAreKept() throws {
    let scratch = try Scratch()
    let planned = Toy.description(recording: .evenlyThinned(10, planned: 50))
    let lock = try RunDirectory.create(planned, at: scratch("run"))
    try Toy.run(lock, draws: 50)
    try Toy.run(lock, draws: 100)
    let digest = try RunReader(lock.run).digest()
    let other = try reference()
    #expect(digest.value == other.value)
    #expect(digest.networks != other.networks)
  }

  @Test func anotherIdentityIsRefusedWithWhatDiffers() throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(), at: scratch("run"))
    try lock.run.requireIdentity(Toy.description().identity)
    let other = RunIdentity([RunFact("experiment", "toy\nseed 5"), RunFact("model", "ar2"), RunFact("kernel", "new")])
    let error = #expect(throws: StorageError.self) { try lock.run.requireIdentity(other) }
    let text = "\(error!)"
    for part in [
      "experiment: in line 2", "\"seed 5\"", "\"seed 1\"", "model", "\"ar2\"", "\"ar1\"", "states its kernel",
    ] {
      #expect(text.contains(part), "\(text)")
    }
  }

  @Test func anotherGeneratorOrSchemaIsRefused() throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(chains: [0]), at: scratch("run"))
    try Toy.run(lock, draws: 10)
    let before = try RunReader(lock.run).digest()
    for (source, words) in [
      ({ @Sendable in try ToySource(chain: $0, generator: "taus2") }, [RandomStream.defaultGenerator, "taus2"]),
      ({ @Sendable in try ToySource(chain: $0, neurons: 4) }, ["networks have other blocks"]),
      ({ @Sendable in try ToySource(chain: $0, warmup: 15) }, ["20 warm-up draws (of 15)"]),
    ] as [(@Sendable (Int) throws -> ToySource, [String])] {
      let outcome = try Toy.run(lock, draws: 20, source: source)[0]
      guard case .failed(let error) = outcome.end else {
        Issue.record("continued with another source")
        continue
      }
      for word in words { #expect("\(error)".contains(word), "\(error)") }
    }
    #expect(try RunReader(lock.run).digest() == before)
  }

  @Test func aFailingChainCostsNobodyElseAnything() throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(), at: scratch("run"))
    let outcomes = try Toy.run(lock, draws: 100, settings: Toy.tiny) {
      try ToySource(chain: $0, failAt: $0 == 1 ? 77 : nil)
    }
    guard case .complete = outcomes[0].end, case .failed(let error as ChainError) = outcomes[1].end else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(error.chain == 1 && error.reason as? ToySource.Failure == ToySource.Failure())
    #expect("\(error)".hasPrefix("chain 1: "))
    #expect(try RunReader(lock.run).drawCounts()[1] == outcomes[1].draws)
    #expect(outcomes[1].draws > 0)
    try Toy.run(lock, draws: 100)
    #expect(try RunReader(lock.run).digest() == reference())
  }

  @Test func aSourceThatMiscountsIsRefused() throws {
    struct Miscounting: ~Copyable, DrawSource {
      var inner: ToySource
      var schema: DrawSchema { inner.schema }
      var chain: Int { inner.chain }
      var warmupDraws: Int { 0 }
      var draws = 0
      var snapshot: ChainSnapshot { inner.snapshot }
      var streamingStatistics: [StreamingStatistic] { [] }
      mutating func restore(_ snapshot: ChainSnapshot) throws { try inner.restore(snapshot) }
      mutating func next(into sink: inout some DrawSink) throws {
        draws += 1
        let row = [Double](repeating: 0, count: 5)
        let statistics = [Double](repeating: 0, count: 6)
        try sink.record(draw: draws, observables: row.span, statistics: statistics.span)
      }
    }
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(chains: [0]), at: scratch("run"))
    let recorder = try ChainRecorder(
      Miscounting(inner: ToySource(chain: 0)), from: ChainPosition(chain: 0), lock: lock, settings: SegmentSettings(),
      progress: ChainProgress(chain: 0))
    let error = #expect(throws: StorageError.self) { try recorder.recordSegment(upTo: 5, stop: StopFlag()) }
    #expect("\(error!)".contains("gave draw 1"))
  }
}
