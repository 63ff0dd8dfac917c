// When the disk is full, and when there are very many draws. Each in a process of its own, which limits may be set for.

import Foundation
import Sampling
import Storage
import Testing

@Suite struct LimitTests {
  /// A file-size limit makes the very `write` fail that a full disk would.
  ///
  /// - Parameters:
  ///   - bytes: the limit.
  ///   - neurons: the size of a network; large ones go to disk through libnetcdf.
  private static func checkFullDisk(bytes: UInt, neurons: Int, settings: SegmentSettings) throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(chains: [0], recording: .all), at: scratch("run"))
    let source = { @Sendable (chain: Int) in try ToySource(chain: chain, neurons: neurons, parts: 1000) }
    try Toy.run(lock, draws: 1, settings: settings, source: source)
    let before = try Toy.segments(lock.run)
    let digest = try RunReader(lock.run).digest()
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: .max)
    #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
    let outcome = try Toy.run(lock, draws: 50, settings: settings, source: source)[0]
    guard case .failed(let failure as ChainError) = outcome.end else {
      Issue.record("a full disk went unnoticed")
      return
    }
    let reason = failure.reason as? StorageError
    #expect(reason?.isInputOutput == true)
    #expect("\(failure)".contains(lock.run.chainDirectory(0)) && "\(failure)".hasSuffix("File too large"), "\(failure)")
    #expect(try Toy.segments(lock.run) == before)
    #expect(try RunReader(lock.run).digest() == digest)
    limit.rlim_cur = .max
    #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
    try Toy.run(lock, draws: 5, settings: settings, source: source)
    #expect(try RunReader(lock.run).drawCounts() == [5])
  }

  @Test func aFullDiskLosesNothingThatWasComplete() async {
    await #expect(processExitsWith: .success) {
      try LimitTests.checkFullDisk(bytes: 4096, neurons: 3, settings: SegmentSettings())
    }
  }

  @Test func aFullDiskInTheMiddleOfABigNetwork() async {
    await #expect(processExitsWith: .success) {
      try LimitTests.checkFullDisk(
        bytes: 200_000, neurons: 50_000, settings: SegmentSettings(seconds: 10, bytes: 100_000))
    }
  }

  /// The resident memory's peak so far, in bytes.
  static func peak() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int(usage.ru_maxrss) * 1024
  }

  @Test func memoryIsFlatInTheNumberOfDraws() async {
    await #expect(processExitsWith: .success) {
      let scratch = try Scratch()
      let lock = try RunDirectory.create(Toy.description(chains: [0]), at: scratch("run"))
      let settings = SegmentSettings(seconds: 10, bytes: 1 << 20)
      try Toy.run(lock, draws: 100_000, settings: settings)
      let before = LimitTests.peak()
      try Toy.run(lock, draws: 1_000_000, settings: settings)
      // The draws themselves are 88 MB; the segments' list and the snapshots may cost a little.
      let growth = LimitTests.peak() - before
      #expect(growth < 8 << 20, "\(growth) bytes")
      #expect(try RunReader(lock.run).drawCounts() == [1_000_000])
    }
  }

  @Test func memoryIsFlatInTheSizeOfANetworkThatComesInParts() async {
    await #expect(processExitsWith: .success) {
      let scratch = try Scratch()
      let lock = try RunDirectory.create(Toy.description(chains: [0], recording: .all), at: scratch("run"))
      let neurons = 4_000_000
      let recorder = try ChainRecorder(
        PartSource(neurons: neurons), from: ChainPosition(chain: 0), lock: lock, settings: SegmentSettings(),
        progress: ChainProgress(chain: 0))
      let before = LimitTests.peak()
      while !recorder.isComplete(2) { try recorder.recordSegment(upTo: 2, stop: StopFlag()) }
      let reader = RunReader(lock.run)
      #expect(try !reader.digest().networks.isEmpty)
      // A network is 32 MB.
      let growth = LimitTests.peak() - before
      #expect(growth < 16 << 20, "\(growth) bytes")
      var count = 0
      try reader.forEachNetwork(ofChain: 0) { network in
        let block = network.layout.blocks[0]
        let part = try network.values(of: block, part: 3_999_990..<4_000_000)
        #expect(part == (3_999_990..<4_000_000).map { Double($0) })
        count += 1
      }
      #expect(count == 2)
    }
  }
}

/// Draws big networks that never exist as a whole.
private struct PartSource: ~Copyable, DrawSource {
  let neurons: Int
  let schema: DrawSchema
  let chain = 0
  let warmupDraws = 0
  private(set) var draws = 0
  let streamingStatistics: [StreamingStatistic] = []

  init(neurons: Int) {
    self.neurons = neurons
    schema = DrawSchema(
      observables: [ObservableVariable("loss")], statistics: [], network: ParameterLayout(real: "w", count: neurons))
  }

  mutating func next(into sink: inout some DrawSink) throws {
    if sink.wantsNetwork(ofDraw: draws) {
      for start in stride(from: 0, to: neurons, by: 100_000) {
        let values = (start..<start + 100_000).map { Double($0) }
        try sink.recordNetwork(draw: draws, part: start..<start + 100_000, values: values.span)
      }
    }
    let none: [Double] = []
    try sink.record(draw: draws, observables: [1.0].span, statistics: none.span)
    draws += 1
  }

  var snapshot: ChainSnapshot {
    ChainSnapshot(archive: [Double(draws)], stream: RandomStreamSnapshot(generator: "none", gslVersion: "", state: [0]))
  }
  mutating func restore(_ snapshot: ChainSnapshot) throws { draws = Int(snapshot.archive[0]) }
}
