// Every file of a run altered in every way: an error that names it, or nothing has changed.

import Foundation
import JSON
import Sampling
import Testing

@testable import Storage

@Suite struct RunMutationTests {
  private let files = FileManager.default

  /// A kind of run, and whether its end is known.
  enum Kind: String, CaseIterable {
    case finished, exact, unfinished, merged
  }

  private func make(_ kind: Kind, in scratch: Scratch) throws -> RunDirectory {
    func sample(_ name: String, chains: [Int], warmup: Int) throws {
      let lock = try RunDirectory.create(Toy.description(chains: chains, recording: .all), at: scratch(name)) {
        folder in
        try Posix.makeDirectory("\(folder)/inputs")
        try Posix.writeAtomically("0.5,1\n0.25,0\n", to: "\(folder)/inputs/gains.csv")
        try Posix.writeAtomically("{\"tightness\": 2.5}\n", to: "\(folder)/inputs/solution.json")
      }
      try lock.note([.init("started", .string("now"))])
      try Toy.run(lock, draws: 8, settings: SegmentSettings(seconds: 10, bytes: 700)) {
        try ToySource(chain: $0, warmup: warmup)
      }
      if kind != .unfinished { try lock.note([.init("seconds", .number(1.5)), .init("complete", .bool(true))]) }
    }
    switch kind {
    case .finished, .unfinished: try sample("run", chains: [0, 1], warmup: 4)
    case .exact: try sample("run", chains: [0, 1], warmup: 0)
    case .merged:
      try sample("a", chains: [0], warmup: 2)
      try sample("b", chains: [1], warmup: 2)
      let parts = try ["a", "b"].map { try RunDirectory.open(scratch($0)) }
      _ = try RunDirectory.merge(parts, experiment: parts[0].description.experiment, about: [], at: scratch("run")) {
        try files.copyItem(atPath: scratch("a/inputs"), toPath: "\($0)/inputs")
      }
    }
    return try RunDirectory.open(scratch("run"))
  }

  /// All that a reader learns from a run: what was drawn, by what, when; or the error.
  private func outcome(_ path: String) -> Result<String, StorageError> {
    do {
      let run = try RunDirectory.open(path)
      let digest = try RunReader(run).digest()
      let inputs = try ["gains.csv", "solution.json"].map { try Posix.text(of: run.file("inputs/\($0)")) }
      let sessions = try run.sessions().map { $0.text(.compact) }
      return .success("\(digest) \(inputs) \(sessions) \(run.description) \(run.record.text())")
    } catch let error as StorageError {
      return .failure(error)
    } catch { return .success("another error: \(error)") }
  }

  /// Alters one file. Returns what was done, for messages; nil if there was nothing to do.
  private func mutate(_ path: String, _ others: [String], _ kind: Int, _ stream: inout RandomStream) throws -> String? {
    let whole = try #require(files.contents(atPath: path))
    func write(_ bytes: Data) throws { try bytes.write(to: URL(fileURLWithPath: path)) }
    func place() -> Int { stream.integer(below: max(1, whole.count)) }
    switch kind {
    case 0...4:
      guard !whole.isEmpty else { return nil }
      var bytes = whole
      bytes[place()] ^= 1 << UInt8(stream.integer(below: 8))
      try write(bytes)
      return "a flipped bit"
    case 5:
      try write(whole.prefix(place()))
      return "truncated"
    case 6:
      try write(whole + Data("\n".utf8))
      return "a line end more"
    case 7:
      try files.removeItem(atPath: path)
      return "removed"
    case 8:
      let other = others[stream.integer(below: others.count)]
      let theirs = try #require(files.contents(atPath: other))
      guard theirs != whole else { return nil }
      try write(theirs)
      return "the contents of \(other)"
    case 9:
      // Another number in a text.
      guard let text = String(data: whole, encoding: .utf8) else { return nil }
      let digits = text.indices.filter { text[$0].isNumber }
      guard !digits.isEmpty else { return nil }
      let index = digits[stream.integer(below: digits.count)]
      var changed = text
      changed.replaceSubrange(index...index, with: text[index] == "1" ? "2" : "1")
      try write(Data(changed.utf8))
      return "another digit"
    case 10:
      try files.removeItem(atPath: path)
      #expect(mkfifo(path, 0o600) == 0)
      return "a named pipe"
    case 11:
      try files.removeItem(atPath: path)
      try files.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
      return "a link to /dev/zero"
    case 12:
      try files.removeItem(atPath: path)
      try files.createDirectory(atPath: path, withIntermediateDirectories: false)
      return "a folder"
    default:
      try write(Data())
      return "emptied"
    }
  }

  /// 4 kinds of runs, 350 mutations each; a mutation of `lock` changes nothing that is read.
  @Test(.timeLimit(.minutes(5)), arguments: Kind.allCases)
  func nothingIsAcceptedInSilence(kind: Kind) throws {
    let scratch = try Scratch()
    let run = try make(kind, in: scratch)
    let right = try outcome(run.path).get()
    let names = try files.subpathsOfDirectory(atPath: run.path).sorted().filter {
      try! Posix.kind(of: run.file($0), following: false) == .file
    }
    let place = try #require(Kind.allCases.firstIndex(of: kind))
    var stream = try RandomStream(StreamKey(seed: 30, chain: place, purpose: .testing))
    var refused = 0
    var done = 0
    while done < 350 {
      let name = names[done % names.count]
      let path = run.file(name)
      let whole = try #require(files.contents(atPath: path))
      let change = try mutate(path, names.map(run.file), stream.integer(below: 14), &stream)
      if let change {
        done += 1
        switch outcome(run.path) {
        case .failure: refused += 1
        case .success(let found):
          // What a crash leaves of the last note is no damage: the run tells that it was killed.
          let isCutShort =
            name == "sessions.jsonl"
            && whole.starts(with: files.contents(atPath: path) ?? Data([0]))
            && files.contents(atPath: path)?.isEmpty == false
          #expect(found == right || isCutShort, "\(kind), \(name), \(change): accepted")
        }
      }
      try? files.removeItem(atPath: path)
      try whole.write(to: URL(fileURLWithPath: path))
    }
    #expect(refused > 280)
    #expect(try outcome(run.path).get() == right)
  }

  @Test func aSegmentMissingAtTheEndIsNamedAndDrawnAnew() throws {
    let scratch = try Scratch()
    let run = try make(.finished, in: scratch)
    let digest = try RunReader(run).digest()
    for phase in Phase.allCases {
      let last = try #require(try RunReader(run).segmentNames(ofChain: 1, phase).last)
      try files.removeItem(atPath: "\(run.chainDirectory(1))/\(last.fileName)")
      let error = #expect(throws: StorageError.self) { try RunReader(run).digest() }
      #expect(
        "\(error!)".contains("\(SegmentName.head(phase, last.number)).*.nc is damaged: it is missing"), "\(error!)")
      let lock = try run.lock()
      #expect(throws: StorageError.self) { try Toy.run(lock, draws: 8) { try ToySource(chain: $0, warmup: 4) } }
      _ = try lock.setAsideDamagedSegments()
      try Toy.run(lock, draws: 8) { try ToySource(chain: $0, warmup: 4) }
      #expect(try RunReader(run).digest() == digest)
    }
    try files.removeItem(atPath: run.chainDirectory(0))
    #expect(throws: StorageError.self) { try RunReader(run).digest() }
    let lock = try run.lock()
    _ = try lock.setAsideDamagedSegments()
    try Toy.run(lock, draws: 8) { try ToySource(chain: $0, warmup: 4) }
    #expect(try RunReader(run).digest() == digest)
  }

  /// A run of the first format version is read as before, and known to be unverified.
  @Test func runsOfTheFirstFormatAreRead() throws {
    let scratch = try Scratch()
    let run = try make(.exact, in: scratch)
    let digest = try RunReader(run).digest()
    guard case .object(let members) = run.record.content else { return }
    let old = members.filter { !["sha256", "inputs_sha256"].contains($0.key) }.map {
      $0.key == "format_version" ? JSONValue.Member("format_version", .integer(1)) : $0
    }
    try Posix.writeAtomically(JSONValue.object(old).text() + "\n", to: run.file("run.json"))
    for chain in 0...1 { try files.removeItem(atPath: "\(run.chainDirectory(chain))/chain.json") }
    try Posix.writeAtomically("{\"seconds\":2}\n", to: run.file("sessions.jsonl"))
    let opened = try RunDirectory.open(run.path)
    #expect(!opened.isSealed && RunDirectory.isUnsealed(run.path))
    #expect(try RunReader(opened).digest() == digest)
    #expect(try opened.sessions().count == 1)
    // It is gone on with, too.
    let lock = try opened.lock()
    try Toy.run(lock, draws: 12) { try ToySource(chain: $0, warmup: 0) }
    #expect(try RunReader(opened).drawCounts() == [12, 12])
  }

  @Test func chainsThatCannotBeAreRefused() throws {
    let scratch = try Scratch()
    let run = try make(.exact, in: scratch)
    guard case .object(let members) = run.record.content else { return }
    for chains in ["[0.0, 1]", "[1, 1]", "[-1]", "[]", "[9223372036854775807]", "[4294967296]", "[\"0\"]", "7"] {
      let forged = members.filter { $0.key != "sha256" }.map {
        $0.key == "chains" ? JSONValue.Member("chains", try! JSONReader.read(chains)) : $0
      }
      try Posix.writeAtomically(SealedJSON.text(forged), to: run.file("run.json"))
      #expect(throws: StorageError.self, "\(chains)") { try RunDirectory.open(run.path) }
    }
  }
}
