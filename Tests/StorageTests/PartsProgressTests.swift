// What is said of a study's parts while they are done.

import Testing

@testable import Sampling
@testable import Storage

@Suite struct PartsProgressTests {
  private func lines(_ source: inout PartsProgressSource, columns: Int = 80, rows: Int = 24) -> [String] {
    source.lines(.terminal, columns: columns, rows: rows, seconds: 1, isLast: false)
  }

  @Test func aLineForEachPartAndOneForTheStudy() {
    let parts = PartsProgress(["a": 1, "b": 1, "c": 2], done: ["a"])
    var source = PartsProgressSource(parts)
    #expect(lines(&source) == ["1 of 3 parts done"])
    parts.begin("b")
    parts.begin("c")
    parts.say("training", of: "c")
    #expect(lines(&source) == ["b  1 s", "c  training", "1 of 3 parts done, 2 being done"])
    let table = ProgressTable(chains: [0, 1], draws: 100)
    for chain in table.chains { chain.draws = 30 }
    let end = parts.show(table, of: "b")
    #expect(lines(&source)[0].hasPrefix("b  60 of 200 draws"))
    end()
    // What was done in this session tells how long the rest takes.
    parts.end("b", isDone: true, isFit: false)
    let last = lines(&source)
    #expect(last.count == 2 && last[1].hasPrefix("2 of 3 parts done, 1 being done, 1 not fit for use, "))
    parts.end("c", isDone: false)
    #expect(!lines(&source)[0].contains("being done"))
  }

  @Test func narrowAndLowTerminalsHoldIt() {
    let names = (0..<40).map { "part-with-a-long-name-\($0)" }
    let parts = PartsProgress(Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }), done: [])
    for name in names {
      parts.begin(name)
      parts.say(String(repeating: "word ", count: 30), of: name)
    }
    var source = PartsProgressSource(parts)
    for (columns, rows) in [(80, 24), (20, 5), (40, 3)] {
      let shown = lines(&source, columns: columns, rows: rows)
      #expect(shown.count < rows && shown.allSatisfy { $0.count < columns }, "\(shown)")
      #expect(shown.last!.hasPrefix("0 of 40 parts"))
    }
  }

  /// Other processes' parts count; those of other studies do not.
  @Test func otherProcessesCount() {
    let parts = PartsProgress(["a": 1, "b": 3, "c": 1], done: []) { (["b", "elsewhere"], ["c"]) }
    #expect(parts.summary.hasPrefix("1 of 3 parts done, 1 being done"))
  }

  @Test func timeLeftIsHonest() {
    #expect(Pace.secondsLeft(10, done: 0, in: 5, since: 0) == nil)
    #expect(Pace.secondsLeft(10, done: 5, in: 5, since: 4) == 6)
    #expect(Pace.secondsLeft(10, done: 5, in: 5, since: 11) == nil)
    #expect(Pace.secondsLeft(0, done: 5, in: 5, since: 0) == nil)
  }
}
