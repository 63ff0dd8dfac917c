// End to end: what is drawn depends on seed and chain number alone; runs are self-contained, bounded in memory, resumable.

import Foundation
import Storage
import Testing

@Suite struct EndToEndSampleTests {
  private static let ensembles = [#"{ "kind": "product" }"#, SpecText.gibbs]

  /// Everything that a run recorded after warm-up: observables and statistics, [name][chain][draw], by bit pattern.
  private func recorded(_ path: String) throws -> [[[UInt64]]] {
    let reader = RunReader(try RunDirectory.open(path))
    let schema = try #require(try reader.schema())
    return (try reader.observables(schema.scalarNames) + reader.statistics(schema.statistics))
      .map { $0.map { $0.map(\.bitPattern) } }
  }

  /// The whole networks that a run kept, [chain][network].
  private func networks(_ path: String) throws -> [[[UInt64]]] {
    let reader = RunReader(try RunDirectory.open(path))
    return try reader.chains.map { chain in
      var kept: [[UInt64]] = []
      try reader.forEachNetwork(ofChain: chain) { kept.append(try $0.position().map(\.bitPattern)) }
      return kept
    }
  }

  @Test(arguments: ensembles) func drawsDependOnSeedAndChainAlone(ensemble: String) throws {
    let runner = try ProgramRunner()
    try runner.write(
      SpecText.with {
        $0.ensemble = ensemble
        $0.sampler = #"{ "chains": 4, "warmup": 60, "draws": 50, "seed": 7 }"#
      }, to: "spec.json")
    func sample(_ out: String, _ options: String...) throws {
      let arguments = ["sample", "spec.json", "--out", out, "--quiet"] + options
      let result = try runner.run(arguments)
      #expect(result.status == 0)
    }
    try sample("one", "--threads", "1")
    try sample("two", "--threads", "2")
    try sample("other", "--threads", "2", "--seed", "8")
    try sample("part", "--chains", "2..3")

    let one = try recorded(runner.path("one"))
    #expect(one.allSatisfy { $0.count == 4 && $0.allSatisfy { $0.count == 50 } })
    #expect(Set(one[0].map { $0 }).count == 4, "chains differ from each other")
    #expect(try recorded(runner.path("two")) == one)
    #expect(try recorded(runner.path("part")) == one.map { Array($0[2...3]) })
    let other = try recorded(runner.path("other"))
    for chain in 0..<4 { #expect(other[0][chain] != one[0][chain]) }

    let kept = try networks(runner.path("one"))
    #expect(kept.map(\.count) == [2, 2, 2, 2])
    #expect(try networks(runner.path("two")) == kept)
    #expect(try networks(runner.path("part")) == Array(kept[2...3]))
  }

  /// A million neurons are 40 MB a network; the program may hold a piece of one at a time.
  @Test(arguments: ["0", "1"]) func aMillionNeuronsStreamThroughBoundedMemory(weights: String) throws {
    let runner = try ProgramRunner()
    try runner.write(
      SpecText.with {
        $0.neurons = "1000000"
        $0.record = "{ \"weights\": \(weights) }"
        $0.sampler = #"{ "chains": 1, "draws": 1 }"#
      }, to: "spec.json")
    let result = try runner.run("sample", "spec.json", "--quiet")
    #expect(result.status == 0)
    #if os(Linux)
      try #require(result.peakMemory > 1 << 20, "the measurement works")
      // The program with its libraries takes about 40 MB for a network of ten neurons already.
      try runner.write(
        SpecText.with {
          $0.name = "tiny"
          $0.neurons = "10"
          $0.sampler = #"{ "chains": 1, "draws": 1 }"#
        }, to: "tiny.json")
      let tiny = try runner.run("sample", "tiny.json", "--quiet")
      #expect(result.peakMemory < max(tiny.peakMemory, 32 << 20) + (20 << 20))
    #endif
    let readout = try RunReader(RunDirectory.open(runner.path("chains/small"))).observables(["readout[0,0]"])
    #expect(abs(readout[0][0][0] - 1) < 0.02, "sd 2.6 / sqrt(N); seven of them")
    var size = 0
    for name in runner.listing() where name.hasSuffix(".nc") {
      size += try #require(try FileManager.default.attributesOfItem(atPath: runner.path(name))[.size] as? Int)
    }
    #expect(weights == "0" ? size < 1 << 20 : size > 20 << 20, "\(size) bytes on disk")
  }

  @Test func aRunCanBeMovedAndNeedsNoFileOfItsSpec() throws {
    let runner = try ProgramRunner()
    try FileManager.default.createDirectory(atPath: runner.path("specs"), withIntermediateDirectories: true)
    let rows = (0..<40).map { i in "\(sin(Double(i))), \(cos(Double(3 * i)) + 0.1)" }.joined(separator: "\n")
    try runner.write("# a stimulus a row\n\(rows)\n", to: "specs/stimuli.csv")
    try runner.write(
      SpecText.with {
        $0.stimuli = #"{ "kind": "file", "path": "stimuli.csv" }"#
        $0.sampler = #"{ "chains": 2, "draws": 600, "seed": 5 }"#
      }, to: "specs/spec.json")
    #expect(try runner.run("sample", "specs/spec.json", "--quiet").status == 0)
    let before = try runner.run("check", "chains/small", "--json")
    #expect(before.status == 0)

    try FileManager.default.removeItem(atPath: runner.path("specs"))
    try FileManager.default.moveItem(atPath: runner.path("chains"), toPath: runner.path("elsewhere"))
    let after = try runner.run("check", "elsewhere/small", "--json")
    #expect(after.status == 0)
    #expect(after.output == before.output)
    #expect(try runner.run("evaluate", "elsewhere/small", "--json").status == 0)
    #expect(try runner.run("solve", "elsewhere/small", "--json").status == 0)
    // The stimuli's own second moment is the one that counts: not that of standard Gaussians.
    let loss = try #require(try after.json()["checks"].array.first { $0["name"].string == "N*loss" })
    #expect(abs(loss["expected"].number - 9.80227) > 1)
  }

  @Test func anInterruptStopsEarlyAndLeavesAReadableRun() throws {
    let runner = try ProgramRunner()
    try runner.write(
      SpecText.with {
        $0.ensemble = SpecText.gibbs
        $0.sampler = #"{ "chains": 2, "warmup": 50, "draws": 900000000, "seed": 5 }"#
      }, to: "spec.json")
    var since: ContinuousClock.Instant?
    let result = try runner.run("sample", "spec.json", "--json") {
      guard runner.exists("chains/small/chain-0001") else { return false }
      since = since ?? .now
      return ContinuousClock.now - since! > .seconds(0.5)
    }
    #expect(result.status == 75)
    let report = try result.json()
    #expect(report["complete"].bool == false)
    let run = try RunDirectory.open(runner.path("chains/small"))
    #expect(RunReader(run).problems().isEmpty)
    let counts = try RunReader(run).drawCounts()
    #expect(counts.map(Double.init) == report["chains"].array.map { $0["draws"].number })
    #expect(counts.allSatisfy { $0 > 0 })
    let diagnosis = try runner.run("diagnose", "chains/small", "--json")
    #expect([0, 1].contains(diagnosis.status))
    #expect(try diagnosis.json()["minEssBulk"].number > 0)
  }

  @Test func anExistingRunIsReplacedOnlyByForce() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText().text, to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--quiet").status == 0)
    let first = try recorded(runner.path("chains/small"))
    for command in ["sample", "run"] {
      let refused = try runner.run(command, "spec.json", "--seed", "9", "--quiet")
      #expect(refused.status == 65)
      #expect(refused.output == "")
      #expect(try refused.refusal().contains("holds a run already"))
    }
    #expect(try recorded(runner.path("chains/small")) == first)
    #expect(try runner.run("sample", "spec.json", "--seed", "9", "--quiet", "--force").status == 0)
    #expect(try recorded(runner.path("chains/small")) != first)
    #expect(!runner.listing().contains { $0.contains(".old-") || $0.contains(".new-") })
  }

  @Test func progressGoesToStandardErrorAlone() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText().text, to: "spec.json")
    let loud = try runner.run("sample", "spec.json", "--json", environment: ["NO_COLOR": "1"])
    #expect(loud.status == 0)
    #expect(try loud.json()["complete"].bool == true)
    #expect(loud.errors.contains("40 of 40 draws"))
    #expect(!loud.errors.contains("\u{1B}") && !loud.output.contains("\u{1B}"))
    let quiet = try runner.run("run", "spec.json", "--json", "--quiet", "--force")
    #expect(quiet.errors == "")
    _ = try quiet.json()
  }

  @Test(arguments: ["run", "solve", "help"]) func aReaderThatIsGoneCrashesNothing(command: String) throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText.with { $0.sampler = #"{ "chains": 2, "draws": 600, "seed": 5 }"# }, to: "spec.json")
    let arguments = command == "help" ? ["help"] : [command, "spec.json"]
    let result = try runner.run(arguments, closedOutput: true)
    #expect(result.status == 0, "\(result.errors)")
    #expect(!result.errors.contains("error"))
    if command == "run" { #expect(try runner.run("check", "chains/small").status == 0) }
  }
}
