// What goes in comes out, bit for bit.

import Foundation
import Sampling
import Storage
import Testing

/// Keeps all draws of a source in memory, as the reference for what is on disk.
private struct MemorySink: DrawSink {
  var recording: NetworkRecording
  var warmup = true
  var observables: [[Double]] = []
  var statistics: [[Double]] = []
  var networks: [Int: [Double]] = [:]
  func wantsNetwork(ofDraw draw: Int) -> Bool { recording.keeps(draw) }
  mutating func recordNetwork(draw: Int, part: Range<Int>?, values: Span<Double>) {
    networks[draw] = values.withUnsafeBufferPointer { Array($0) }
  }
  mutating func record(draw: Int, observables: Span<Double>, statistics: Span<Double>) {
    self.observables.append(observables.withUnsafeBufferPointer { Array($0) })
    self.statistics.append(statistics.withUnsafeBufferPointer { Array($0) })
  }
}

@Suite struct RoundTripTests {
  private func bits(_ values: [Double]) -> [UInt64] { values.map(\.bitPattern) }

  @Test(arguments: [nil, 2] as [Int?], [1500, 8 << 20])
  func everyNumberComesBack(parts: Int?, bytes: Int) throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(), at: scratch("run"))
    let outcomes = try Toy.run(lock, draws: 100, settings: SegmentSettings(seconds: 10, bytes: bytes)) {
      try ToySource(chain: $0, neurons: 5, parts: parts)
    }
    #expect(
      outcomes.allSatisfy { if case .complete = $0.end { $0.draws == 100 && $0.warmupDraws == 20 } else { false } })
    let reader = RunReader(try RunDirectory.open(scratch("run")))
    #expect(reader.problems().isEmpty)
    let schema = try #require(try reader.schema())
    for chain in [0, 1] {
      var source = try ToySource(chain: chain, neurons: 5)
      var sink = MemorySink(recording: lock.run.description.recording)
      for _ in 0..<120 { try source.next(into: &sink) }
      for (phase, range) in [(Phase.warmup, 0..<20), (.draws, 20..<120)] {
        let columns = try reader.observables(schema.scalarNames, phase)
        for scalar in 0..<schema.observableCount {
          #expect(bits(columns[scalar][chain]) == bits(sink.observables[range].map { $0[scalar] }))
        }
        let statistics = try reader.statistics(schema.statistics, phase)
        for index in schema.statistics.indices {
          #expect(bits(statistics[index][chain]) == bits(sink.statistics[range].map { $0[index] }))
        }
      }
      var kept: [Int: [Double]] = [:]
      try reader.forEachNetwork(ofChain: chain) { kept[$0.draw] = try $0.position() }
      #expect(kept.count == 10)
      #expect(kept == sink.networks)
      #expect(try reader.lastSnapshot(ofChain: chain) == source.snapshot)
      #expect(try reader.streamingStatistics()[chain] == source.streamingStatistics)
    }
  }

  @Test func networksCanBeReadInParts() throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(chains: [0], recording: .all), at: scratch("run"))
    try Toy.run(lock, draws: 3) { try ToySource(chain: $0, neurons: 7, parts: 3) }
    try RunReader(lock.run).forEachNetwork(ofChain: 0) { network in
      let block = try #require(network.layout["weights"])
      let whole = try network.values(of: block)
      let part = try network.values(of: block, part: 2..<5)
      #expect(part == Array(whole[2..<5]) + Array(whole[9..<12]))
    }
  }

  @Test func aNetworkTooBigForMemoryGoesStraightToDisk() throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(chains: [0], recording: .all), at: scratch("run"))
    let settings = SegmentSettings(seconds: 10, bytes: 10_000)
    try Toy.run(lock, draws: 3, settings: settings) { try ToySource(chain: $0, warmup: 0, neurons: 2000, parts: 300) }
    let reader = RunReader(lock.run)
    #expect(try reader.segmentNames(ofChain: 0, .draws).count == 3)
    var source = try ToySource(chain: 0, warmup: 0, neurons: 2000)
    var sink = MemorySink(recording: .all)
    for _ in 0..<3 { try source.next(into: &sink) }
    try reader.forEachNetwork(ofChain: 0) { network in
      let position = try network.position()
      #expect(position == sink.networks[network.draw])
    }
  }

  @Test func whatIsWrittenIsNeverTouchedAgain() throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(), at: scratch("run"))
    func state() throws -> [String: Data] {
      var files: [String: Data] = [:]
      for path in try Toy.segments(lock.run) + [lock.run.file("run.json"), lock.run.file("experiment.json")] {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        files["\(path) \(attributes[.systemFileNumber]!) \(attributes[.modificationDate]!)"] = FileManager.default
          .contents(
            atPath: path)
      }
      return files
    }
    try Toy.run(lock, draws: 50, settings: Toy.tiny)
    let before = try state()
    try Toy.run(lock, draws: 90, settings: Toy.tiny)
    let after = try state()
    #expect(after.count > before.count)
    for (file, contents) in before { #expect(after[file] == contents) }
  }

  @Test func recordingIsEvenAndDoesNotKnowTheTotal() {
    for (count, planned) in [(1, 1000), (7, 100), (200, 1000), (333, 1000), (999, 1000)] {
      let rule = NetworkRecording.evenlyThinned(count, planned: planned)
      let kept = (0..<planned).filter(rule.keeps)
      #expect(kept.count == count)
      let gaps = zip(kept, kept.dropFirst()).map { $1 - $0 }
      #expect((gaps.max() ?? 1) - (gaps.min() ?? 1) <= 1)
      #expect((planned..<2 * planned).filter(rule.keeps) == kept.map { $0 + planned })
    }
    #expect((0..<50).allSatisfy { NetworkRecording.evenlyThinned(50, planned: 50).keeps($0) })
    #expect(!(0..<50).contains { NetworkRecording.none.keeps($0) })
  }

  @Test func runRecordKeepsWhatTheCallerStated() throws {
    let scratch = try Scratch()
    var description = Toy.description()
    description.about = [
      .init("seed", .integer(.max)), .init("quoted \"name\"\n", .string("tab\t\u{1} é")), .init("flag", .bool(true)),
      .init("one", .integer(1)), .init("number", .number(0.1)), .init("list", .array([.null, .integer(-3)])),
    ]
    _ = try RunDirectory.create(description, at: scratch("run"))
    let text = try String(contentsOfFile: scratch("run/run.json"), encoding: .utf8)
    let order = ["format", "run_id", "chains", "seed", "flag", "one", "number", "list", "identity"]
    let places = order.map { text.range(of: "\"\($0)\"")!.lowerBound }
    #expect(places == places.sorted())
    let opened = try RunDirectory.open(scratch("run"))
    for member in description.about { #expect(opened.record[member.key] == member.value) }
    #expect(opened.description.identity == description.identity)
    #expect(opened.description.recording == description.recording)
  }

  @Test func sessionsAreNotedLineByLine() throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(), at: scratch("run"))
    try lock.note([.init("draws", .integer(100))])
    // A crash in the middle of a line costs that line alone.
    let handle = try #require(FileHandle(forWritingAtPath: scratch("run/sessions.jsonl")))
    handle.seekToEndOfFile()
    handle.write(Data("{\"draws\": 1".utf8))
    try lock.note([.init("draws", .integer(200))])
    #expect(try lock.run.sessions().map { $0["draws"]?.integer } == [nil, 100, 200])
  }
}
