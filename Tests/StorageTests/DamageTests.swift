// Whatever happens to a file, it is noticed, named, and never sampled upon.

import Foundation
import Sampling
import Storage
import Testing

@Suite struct DamageTests {
  private let files = FileManager.default

  /// A run of two chains with several segments each.
  private func makeRun(_ scratch: Scratch, name: String = "run", seed: UInt64 = 1) throws -> RunDirectory {
    let lock = try RunDirectory.create(Toy.description(seed: seed), at: scratch(name))
    try Toy.run(lock, draws: 40, settings: Toy.tiny) { try ToySource(chain: $0, seed: seed) }
    #expect(RunReader(lock.run).problems().isEmpty)
    return lock.run
  }

  /// Expects that exactly the file at `path` is called damaged, for a reason that contains `words`, and that nothing goes on.
  private func expectDamage(
    in run: RunDirectory, at path: String, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let problems = RunReader(run).problems().map(\.description)
    #expect(
      problems.contains { $0.hasPrefix("\(path) is damaged") && $0.contains(words) }, "\(problems)",
      sourceLocation: sourceLocation)
    #expect(throws: StorageError.self, sourceLocation: sourceLocation) { try Toy.run(run.lock(), draws: 50) }
    #expect(throws: StorageError.self, sourceLocation: sourceLocation) { try RunReader(run).digest() }
  }

  private func write(_ contents: Data?, to path: String) {
    #expect(files.createFile(atPath: path, contents: contents))
  }

  private func segment(_ run: RunDirectory, _ chain: Int, _ phase: Phase, _ number: Int) throws -> String {
    let name = try RunReader(run).segmentNames(ofChain: chain, phase)[number]
    return "\(run.chainDirectory(chain))/\(name.fileName)"
  }

  @Test func truncationAtAnyLength() throws {
    let scratch = try Scratch()
    let run = try makeRun(scratch)
    let path = try segment(run, 1, .draws, 1)
    let whole = try #require(files.contents(atPath: path))
    for length in [0, 1, 8, 512, whole.count / 2, whole.count - 1] {
      write(whole.prefix(length), to: path)
      try expectDamage(in: run, at: path, "SHA-256")
    }
    write(whole + [0], to: path)
    try expectDamage(in: run, at: path, "SHA-256")
  }

  @Test func anyFlippedBit() throws {
    let scratch = try Scratch()
    let run = try makeRun(scratch)
    let paths = try Toy.segments(run)
    var stream = try RandomStream(StreamKey(seed: 20, chain: 0, purpose: .testing))
    for _ in 0..<200 {
      let path = paths[stream.integer(below: paths.count)]
      let whole = try #require(files.contents(atPath: path))
      var flipped = whole
      flipped[stream.integer(below: whole.count)] ^= 1 << UInt8(stream.integer(below: 8))
      write(flipped, to: path)
      let problems = RunReader(run).problems().map(\.description)
      #expect(problems.count == 1 && problems[0].hasPrefix("\(path) is damaged"), "\(problems)")
      write(whole, to: path)
    }
    #expect(RunReader(run).problems().isEmpty)
  }

  @Test func exchangedContents() throws {
    let scratch = try Scratch()
    let run = try makeRun(scratch)
    let (a, b) = (try segment(run, 0, .draws, 1), try segment(run, 0, .draws, 2))
    let (first, second) = (files.contents(atPath: a), files.contents(atPath: b))
    write(second, to: a)
    write(first, to: b)
    try expectDamage(in: run, at: a, "SHA-256")
  }

  /// Gives the file at `path` another place but its own checksum, so that only what it says of itself can tell.
  private func move(_ path: String, to directory: String, as head: String) throws -> String {
    let checksum = (path as NSString).lastPathComponent.split(separator: ".")[1]
    let new = "\(directory)/\(head).\(checksum).nc"
    try files.moveItem(atPath: path, toPath: new)
    return new
  }

  @Test func exchangedNames() throws {
    let scratch = try Scratch()
    let run = try makeRun(scratch)
    let (a, b) = (try segment(run, 0, .draws, 1), try segment(run, 0, .draws, 2))
    let new = try move(a, to: run.chainDirectory(0), as: "draws-000002")
    _ = try move(b, to: run.chainDirectory(0), as: "draws-000001")
    #expect(new.hasPrefix(run.chainDirectory(0)))
    try expectDamage(in: run, at: try segment(run, 0, .draws, 1), "it is segment 2 of the draws")
  }

  @Test func exchangedChains() throws {
    let scratch = try Scratch()
    let run = try makeRun(scratch)
    let (a, b) = (try segment(run, 0, .draws, 1), try segment(run, 1, .draws, 1))
    let intoOne = try move(a, to: run.chainDirectory(1), as: "draws-000001")
    let intoZero = try move(b, to: run.chainDirectory(0), as: "draws-000001")
    try expectDamage(in: run, at: intoZero, "it is a segment of chain 1")
    try expectDamage(in: run, at: intoOne, "it is a segment of chain 0")
  }

  @Test func warmupPassedOffAsDraws() throws {
    let scratch = try Scratch()
    let run = try makeRun(scratch)
    let count = try RunReader(run).segmentNames(ofChain: 0, .draws).count
    let new = try move(
      segment(run, 0, .warmup, 0), to: run.chainDirectory(0), as: "draws-\(String(format: "%06d", count))")
    try expectDamage(in: run, at: new, "it is segment 0 of warm-up")
  }

  @Test func aSegmentOfAnotherRun() throws {
    let scratch = try Scratch()
    let run = try makeRun(scratch)
    let other = try makeRun(scratch, name: "other", seed: 2)
    try files.removeItem(atPath: segment(run, 0, .draws, 1))
    let foreign = try segment(other, 0, .draws, 1)
    let new = "\(run.chainDirectory(0))/\((foreign as NSString).lastPathComponent)"
    try files.copyItem(atPath: foreign, toPath: new)
    try expectDamage(in: run, at: new, "it is a segment of another run")
  }

  /// A run of the same identity cut otherwise: every segment is genuine, but together they would leave draws out.
  @Test func aSegmentThatDoesNotFollow() throws {
    let scratch = try Scratch()
    let run = try makeRun(scratch)
    let lock = try RunDirectory.create(Toy.description(), at: scratch("other"))
    try Toy.run(lock, draws: 40, settings: SegmentSettings(seconds: 10, bytes: 2500))
    try files.removeItem(atPath: segment(run, 0, .draws, 1))
    let genuine = try segment(lock.run, 0, .draws, 1)
    let new = "\(run.chainDirectory(0))/\((genuine as NSString).lastPathComponent)"
    try files.copyItem(atPath: genuine, toPath: new)
    try expectDamage(in: run, at: new, "is due here")
  }

  @Test func missingDoubleAndUnknownFiles() throws {
    let scratch = try Scratch()
    let run = try makeRun(scratch)
    let first = try segment(run, 0, .draws, 0)
    let second = try segment(run, 0, .draws, 1)
    let aside = scratch("aside")
    try files.moveItem(atPath: first, toPath: aside)
    try expectDamage(in: run, at: second, "segment 0, which comes before it, is missing")
    try files.moveItem(atPath: aside, toPath: first)
    let double = "\(run.chainDirectory(0))/draws-000001.ffffffffffffffff.nc"
    try files.copyItem(atPath: second, toPath: double)
    try expectDamage(in: run, at: double, "there is another segment 1")
    try files.removeItem(atPath: double)
    let unknown = "\(run.chainDirectory(0))/draws-1.nc"
    try files.copyItem(atPath: second, toPath: unknown)
    try expectDamage(in: run, at: unknown, "its name is not one that this program gave")
    try files.removeItem(atPath: unknown)
    #expect(RunReader(run).problems().isEmpty)
  }

  @Test func goingOnFromTheLastGoodSegmentGivesTheSameRun() throws {
    let scratch = try Scratch()
    let run = try makeRun(scratch)
    let before = try RunReader(run).digest()
    let path = try segment(run, 1, .draws, 1)
    var bytes = try #require(files.contents(atPath: path))
    bytes[bytes.count / 2] ^= 4
    write(bytes, to: path)
    let untouched = try Toy.segments(run).filter { $0.contains("chain-0000") || $0.contains("warmup") }
    let later = try Toy.segments(run).filter { $0.contains("chain-0001/draws") && !$0.contains("draws-000000") }
    let lock = try run.lock()
    #expect(try lock.setAsideDamagedSegments().sorted() == later.sorted())
    #expect(try Toy.segments(run).filter { $0.contains("chain-0000") || $0.contains("warmup") } == untouched)
    let aside = try files.subpathsOfDirectory(atPath: run.file("damaged")).filter { $0.hasSuffix(".nc") }
    #expect(aside.count == later.count)
    #expect(try lock.setAsideDamagedSegments().isEmpty)
    try Toy.run(lock, draws: 40, settings: Toy.tiny)
    #expect(try RunReader(run).digest() == before)
  }

  @Test func damagedWarmupTakesTheDrawsWithIt() throws {
    let scratch = try Scratch()
    let run = try makeRun(scratch)
    let before = try RunReader(run).digest()
    try files.removeItem(atPath: segment(run, 0, .warmup, 0))
    let lock = try run.lock()
    #expect(!(try lock.setAsideDamagedSegments()).isEmpty)
    try Toy.run(lock, draws: 40)
    #expect(try RunReader(run).digest() == before)
  }

  @Test(arguments: ["experiment.json", "run.json"])
  func recordsThatWereEdited(name: String) throws {
    let scratch = try Scratch()
    let run = try makeRun(scratch)
    let text = try String(contentsOfFile: run.file(name), encoding: .utf8)
    let edited = text.replacingOccurrences(of: "toy", with: "joy")
    #expect(edited != text)
    try edited.write(toFile: run.file(name), atomically: true, encoding: .utf8)
    let error = #expect(throws: StorageError.self) { try RunDirectory.open(run.path) }
    #expect("\(error!)".contains("\(name) is damaged: it was changed after"))
  }
}
