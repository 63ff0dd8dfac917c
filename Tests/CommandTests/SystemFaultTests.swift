// What the system withholds: files that are none, open files, address space, time, a terminal that goes away.

import Foundation
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct SystemFaultTests {
  private func runner(_ spec: String = SurviveTests.gibbs) throws -> ProgramRunner {
    let runner = try ProgramRunner()
    try runner.write(spec, to: "spec.json")
    return runner
  }

  /// A pipe that nobody writes into, and devices without end, wherever a file is named.
  @Test func pipesAndDevicesAreNoFiles() throws {
    let runner = try runner()
    #expect(mkfifo(runner.path("pipe"), 0o600) == 0)
    for path in ["pipe", "/dev/zero", "/dev/random", "/dev/null", "/dev/tty"] {
      let result = try runner.run(["solve", path], timeLimit: 20)
      #expect(result.status == 65)
      if path != "/dev/tty" { #expect(try result.refusal().contains("not a regular file")) }
    }
    let keys = [
      "network: { kind: \"gainModulatedLinear\", neurons: 2, gains: { kind: \"fixed\", path: \"pipe\" } }",
      "network: { kind: \"deep\", widths: [2], activation: \"tanh\" }, stimuli: { kind: \"file\", path: \"pipe\" }, "
        + "ensemble: { kind: \"gibbs\", tightness: 1 }",
    ]
    for key in keys {
      try runner.write("{ task: { kind: \"inputSelection\", contexts: 2 }, \(key) }", to: "named.json")
      let result = try runner.run(["solve", "named.json"], timeLimit: 20)
      #expect(result.status == 65)
      #expect(try result.refusal().contains("not a regular file"))
    }
  }

  @Test func tooFewOpenFilesAreOneSentence() throws {
    let runner = try runner()
    for files in [4, 8, 20, 31] {
      let result = try runner.shell("ulimit -n \(files); exec \"$program\" sample spec.json --out run --quiet")
      #expect(result.status == 74 && result.lines.count == 1, "\(result.text)")
      #expect(result.text.contains("ulimit -n"))
    }
    let result = try runner.shell("ulimit -n 32; exec \"$program\" sample spec.json --out run --quiet > /dev/null")
    #expect(result.status == 0, "\(result.text)")
  }

  /// Every limit either is enough or is one sentence; below some 150 MB the program cannot even be loaded.
  @Test func littleAddressSpaceIsOneSentence() throws {
    let runner = try runner()
    var enough = 0
    for kilobytes in stride(from: 150_000, through: 1_050_000, by: 150_000) {
      let result = try runner.shell(
        "ulimit -v \(kilobytes); exec timeout 60 \"$program\" sample spec.json --force --out run --quiet > /dev/null")
      if result.status == 0 { enough += 1 }
      #expect(
        result.status == 0 || result.status == 127 || (result.status == 74 && result.lines.count == 1),
        "\(kilobytes): \(result.status) \(result.text)")
    }
    #expect(enough > 0)
  }

  /// More than there is, found before anything is made.
  @Test(arguments: ["chains: 4000000", "chains: 4, kind: \"nuts\""])
  func moreMemoryThanThereIsIsRefused(sampler: String) throws {
    let runner = try runner(
      """
      { task: { kind: "inputSelection", contexts: 2 }, network: { kind: "gainModulatedLinear", neurons: 200000000 },
        ensemble: { kind: "gibbs", tightness: 1 }, sampler: { \(sampler) } }
      """)
    let result = try runner.run(["sample", "spec.json", "--out", "run"], timeLimit: 20)
    #expect(result.status == 65)
    #expect(try result.refusal().contains("of memory"))
    #expect(!runner.exists("run"))
  }

  /// A teacher whose file would not fit, before it is drawn.
  @Test func moreTeacherThanThereIsMemoryIsRefused() throws {
    let runner = try runner(
      """
      { task: { kind: "teacher", contexts: 1, features: 3, noise: 0.1,
          network: { kind: "deep", widths: [30000, 30000], activation: "tanh" } },
        network: { kind: "deep", widths: [3], activation: "tanh" }, ensemble: { kind: "gibbs", tightness: 1 },
        stimuli: { kind: "sampled", count: 4 } }
      """)
    let result = try runner.run(["sample", "spec.json", "--out", "run"], timeLimit: 20)
    #expect(result.status == 65)
    #expect(try result.refusal().contains("the teacher would need some 162 GB of memory"))
    #expect(!runner.exists("run"))
  }

  /// Memory that runs out in the middle of the work, where no estimate has said so before: one sentence, and JSON where asked for.
  @Test(
    arguments: [
      ("sample", #"{ kind: "gainModulatedLinear", neurons: 200000 }"#, 900_000),
      ("sample", #"{ kind: "deep", widths: [2000, 2000], activation: "tanh" }"#, 900_000),
      ("sample", #"{ kind: "deep", widths: [2000, 2000], activation: "tanh" }"#, 1_500_000),
      ("train", #"{ kind: "deep", widths: [1000, 1000], activation: "tanh" }"#, 650_000),
    ])
  func memoryThatRunsOutIsOneSentence(command: String, network: String, kilobytes: Int) throws {
    let runner = try runner(
      """
      { task: { kind: "inputSelection", contexts: 2 }, network: \(network), ensemble: { kind: "gibbs", tightness: 1 },
        stimuli: { kind: "sampled" }, sampler: { chains: 8, warmup: 1, draws: 1 } }
      """)
    let options = command == "train" ? "--networks 8 --threads 8" : "--threads 2"
    let result = try runner.shell(
      "ulimit -v \(kilobytes); timeout 80 \"$program\" \(command) spec.json --out run --quiet --json \(options) > out.json"
    )
    #expect([0, 1, 65, 74].contains(result.status), "\(result.status) \(result.text)")
    #expect(result.lines.count == (result.status < 64 ? 0 : 1), "\(result.text)")
    let output = try #require(FileManager.default.contents(atPath: runner.path("out.json")))
    #expect((try? JSONSerialization.jsonObject(with: output)) != nil)
  }

  // MARK: - Time

  /// A draw that takes longer than anybody waits is left where it is.
  @Test(arguments: ["kind: \"exact\", chains: 2", "kind: \"exact\", chains: 200"])
  func theBudgetHoldsWithinADraw(sampler: String) throws {
    let runner = try runner(
      """
      { task: { kind: "inputSelection", contexts: 2 }, network: { kind: "gainModulatedLinear", neurons: 1000000000 },
        sampler: { \(sampler) } }
      """)
    let clock = ContinuousClock.now
    let result = try runner.run(
      ["sample", "spec.json", "--out", "run", "--quiet", "--time-budget", "1s"], timeLimit: 60)
    #expect(result.status == 75)
    #expect(ContinuousClock.now - clock < .seconds(30))
    #expect(try runner.run("digest", "run").status == 0)
  }

  @Test func theBudgetHoldsBeforeTheFirstDraw() throws {
    let runner = try runner(
      """
      { task: { kind: "inputSelection", contexts: 6 }, network: { kind: "twoLayer", neurons: 100, activation: "tanh" },
        sampler: { draws: 100 } }
      """)
    let result = try runner.run(
      ["sample", "spec.json", "--out", "run", "--quiet", "--time-budget", "0.3s"], timeLimit: 20)
    #expect(result.status == 75)
    #expect(try result.refusal().contains("before the first draw"))
    #expect(runner.listing() == ["spec.json"])
  }

  // MARK: - Signals

  /// Who asks for JSON gets JSON, whenever a signal comes: while there is nothing to stop, and while chains run.
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func aSignalLeavesJSON(number: Int32) throws {
    let runner = try runner(
      """
      { task: { kind: "inputSelection", contexts: 6 }, network: { kind: "twoLayer", neurons: 100, activation: "tanh" },
        sampler: { draws: 100 } }
      """)
    for command in ["solve", "run"] {
      let clock = ContinuousClock.now
      let result = try runner.run(command, "spec.json", "--json", "--quiet", signal: number) {
        ContinuousClock.now - clock > .milliseconds(400)
      }
      #expect(result.status == 128 + number)
      #expect(try result.json()["error"]["exitStatus"].number == Double(128 + number))
    }
    try runner.write(SurviveTests.gibbs, to: "spec.json")
    let stopped = try runner.run(
      "run", "spec.json", "--out", "run", "--draws", "10000000", "--json", "--quiet", "--segment-seconds", "0.05",
      signal: number
    ) { (0..<4).allSatisfy { chain in runner.files("run/chain-000\(chain)").contains { $0.hasPrefix("draws-") } } }
    #expect(stopped.status == 75)
    let report = try stopped.json()
    #expect(report.keys == ["solve", "sample", "diagnose", "check", "evaluate"])
    #expect(report["sample"]["complete"].bool == false && report["check"].isNull)
    for command in ["check", "diagnose", "digest"] {
      let judged = try runner.run(command, "run", "--json", "--quiet")
      #expect(try judged.json()["unfinished"].string?.contains("was stopped early") == true, "\(command)")
    }
  }

  /// A terminal that closes stops a run as SIGTERM does; under nohup it does not.
  @Test(arguments: [false, true]) func aTerminalThatCloses(isIgnored: Bool) throws {
    let runner = try runner(
      SpecText.with {
        $0.ensemble = SpecText.gibbs
        $0.sampler = "{ \"chains\": 1, \"warmup\": 0, \"draws\": 100000000, \"stepSize\": 0.1 }"
      })
    let result = try runner.shell(
      """
      \(isIgnored ? "trap '' HUP" : "true")
      "$program" sample spec.json --out run --quiet > /dev/null & pid=$!
      i=0; until [ -d run/chain-0000 ] || [ $i -gt 400 ]; do sleep 0.05; i=$((i + 1)); done
      sleep 0.3; kill -HUP $pid; sleep 1; \(isIgnored ? "kill -0 $pid || exit 99; kill -TERM $pid" : "true")
      wait $pid
      """)
    #expect(result.status == 75, "\(result.text)")
    #expect(try runner.run("digest", "run").status == 0)
  }
}
