// One run a directory, one writer a run, and nothing else is ever overwritten.

import Foundation
import Storage
import Testing

@Suite struct RunDirectoryTests {
  private let files = FileManager.default

  private func text(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch { return "\(error)" }
  }

  @Test func anExistingRunIsKeptUnlessReplacementIsForced() throws {
    let scratch = try Scratch()
    do {
      let lock = try RunDirectory.create(Toy.description(), at: scratch("run"))
      try Toy.run(lock, draws: 5)
    }
    let refused = text { _ = try RunDirectory.create(Toy.description(), at: scratch("run")) }
    #expect(refused.contains("holds a run already"))
    #expect(try RunReader(RunDirectory.open(scratch("run"))).drawCounts() == [5, 5])
    let lock = try RunDirectory.create(Toy.description(chains: [4]), at: scratch("run"), replacing: true)
    #expect(try RunReader(RunDirectory.open(scratch("run"))).drawCounts() == [0])
    #expect(try files.contentsOfDirectory(atPath: scratch.path) == ["run"])
    withExtendedLifetime(lock) {}
  }

  @Test func whatIsNotARunIsNeverReplaced() throws {
    let scratch = try Scratch()
    try files.createDirectory(atPath: scratch("thesis"), withIntermediateDirectories: true)
    #expect(files.createFile(atPath: scratch("thesis/chapter.tex"), contents: Data("x".utf8)))
    #expect(files.createFile(atPath: scratch("file"), contents: Data("x".utf8)))
    for name in ["thesis", "file"] {
      for replacing in [false, true] {
        let refused = text { _ = try RunDirectory.create(Toy.description(), at: scratch(name), replacing: replacing) }
        #expect(refused.contains("is there already and is not a run; it is never replaced"))
      }
    }
    #expect(try files.contentsOfDirectory(atPath: scratch.path).sorted() == ["file", "thesis"])
    #expect(files.contents(atPath: scratch("thesis/chapter.tex")) == Data("x".utf8))
  }

  @Test func anEmptyDirectoryIsUsed() throws {
    let scratch = try Scratch()
    try files.createDirectory(atPath: scratch("empty"), withIntermediateDirectories: true)
    _ = try RunDirectory.create(Toy.description(), at: scratch("empty"))
    #expect(try RunDirectory.open(scratch("empty")).description.experiment == Toy.description().experiment)
  }

  @Test func openingSomethingElseSaysWhatIsMissing() throws {
    let scratch = try Scratch()
    #expect(text { _ = try RunDirectory.open(scratch("no")) }.hasSuffix("is not a run: it does not exist"))
    #expect(text { _ = try RunDirectory.open(scratch.path) }.hasSuffix("is not a run: it has no run.json"))
    #expect(files.createFile(atPath: scratch("run.json"), contents: Data("{\"format\": \"else\"}".utf8)))
    #expect(text { _ = try RunDirectory.open(scratch.path) }.contains("its run.json is of another program"))
    #expect(text { _ = try RunDirectory.open(scratch("run.json")) }.hasSuffix("it is not a directory"))
    #expect(files.createFile(atPath: scratch("run.json"), contents: Data("{\"for".utf8)))
    #expect(text { _ = try RunDirectory.open(scratch.path) }.contains("run.json is damaged: it is not JSON"))
  }

  @Test func onlyOneMayWrite() throws {
    let scratch = try Scratch()
    var lock: RunLock? = try RunDirectory.create(Toy.description(), at: scratch("run"))
    let refused = text { _ = try RunDirectory.open(scratch("run")).lock() }
    #expect(refused.contains("is being written by process \(getpid()) on "))
    let forced = text { _ = try RunDirectory.create(Toy.description(), at: scratch("run"), replacing: true) }
    #expect(forced.contains("is being written by process"))
    // Reading needs no lock.
    #expect(RunReader(try RunDirectory.open(scratch("run"))).problems().isEmpty)
    #expect(lock != nil)
    lock = nil
    _ = try RunDirectory.open(scratch("run")).lock()
  }

  @Test func unusablePlacesAreNamedWithTheSystemsReason() throws {
    let scratch = try Scratch()
    #expect(files.createFile(atPath: scratch("file"), contents: Data()))
    let below = text { _ = try RunDirectory.create(Toy.description(), at: scratch("file/run")) }
    #expect(below == "cannot make the directory \(scratch("file")): File exists")
    let lock = try RunDirectory.create(Toy.description(chains: [0]), at: scratch("run"))
    #expect(files.createFile(atPath: lock.run.chainDirectory(0), contents: Data()))
    #expect(text { try Toy.run(lock, draws: 3) }.hasPrefix("cannot list \(lock.run.chainDirectory(0))"))
  }

  /// Root may write anywhere, so there it would prove nothing.
  @Test(.enabled(if: geteuid() != 0, "root may write anywhere"))
  func anUnwritableDirectory() throws {
    let scratch = try Scratch()
    chmod(scratch.path, 0o555)
    defer { chmod(scratch.path, 0o755) }
    let refused = text { _ = try RunDirectory.create(Toy.description(), at: scratch("run")) }
    #expect(refused.hasSuffix("Permission denied"))
  }
}
