// Faults around the program: streams that are closed or not read, disks that are full or read-only, processes in each
// other's way, records of another library. Each is one clear error or none, and costs nothing that was written.

import Foundation
import JSON
import Storage
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct SurviveFaultTests {
  /// A run of about a tenth of a second and its digest.
  private func reference(_ runner: ProgramRunner) throws -> String {
    try runner.write(SurviveTests.gibbs, to: "spec.json")
    try SurviveTests.succeed(runner, "sample", "spec.json", "--out", "whole", "--quiet")
    return try SurviveTests.digest(runner, "whole")
  }

  // MARK: - Streams

  /// A file opened in place of a closed stream would get the progress written into it.
  @Test(arguments: ["2>&-", "1>&-", "0<&- 1>&- 2>&-"]) func closedStreamsHarmNothing(closing: String) throws {
    let runner = try ProgramRunner()
    let digest = try reference(runner)
    let result = try runner.shell(
      "exec \"$program\" sample spec.json --out run --segment-seconds 0.02 \(closing)")
    #expect(result.status == 0, "\(result.text)")
    #expect(try SurviveTests.digest(runner, "run") == digest)
    let lock = try String(contentsOfFile: runner.path("run/lock"), encoding: .utf8)
    #expect(lock.hasPrefix("process ") && lock.split(separator: "\n").count == 1, "\(lock)")
  }

  @Test func aReaderOfProgressThatDoesNotReadHoldsUpNothing() throws {
    let runner = try ProgramRunner()
    let digest = try reference(runner)
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    let junk = [UInt8](repeating: 0, count: 4096)
    while write(descriptor, junk, junk.count) > 0 {}
    _ = fcntl(descriptor, F_SETFL, 0)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(ProgramRunner.executable))
    process.arguments = ["sample", "spec.json", "--out", "run"]
    process.currentDirectoryURL = URL(fileURLWithPath: runner.folder)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = pipe.fileHandleForWriting
    try process.run()
    let deadline = ContinuousClock.now + .seconds(60)
    while process.isRunning, ContinuousClock.now < deadline { usleep(10_000) }
    #expect(!process.isRunning, "the program waits for a reader that does not read")
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    #expect(try SurviveTests.digest(runner, "run") == digest)
  }

  // MARK: - Signals

  /// A draw of many transitions takes minutes, and is not waited for when the signal comes again.
  @Test(arguments: [("INT", 130), ("TERM", 143)] as [(String, Int32)])
  func aSecondSignalEndsAtOnce(signal: String, status: Int32) throws {
    let runner = try ProgramRunner()
    try runner.write(Self.slow(thin: 1_000_000), to: "spec.json")
    let result = try runner.shell(
      """
      "$program" sample spec.json --out run --quiet > /dev/null & pid=$!
      until [ -d run/chain-0000 ]; do sleep 0.05; done
      sleep 0.3; kill -USR1 $pid; sleep 0.3; kill -\(signal) $pid
      wait $pid
      """)
    #expect(result.status == status, "\(result.text)")
    _ = try SurviveTests.digest(runner, "run")
  }

  /// The signal that a batch system sends after the time budget is over is the first one.
  @Test func aSignalAfterTheTimeBudgetIsNotTheSecond() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.slow(thin: 50_000), to: "spec.json")
    let result = try runner.shell(
      """
      "$program" sample spec.json --out run --quiet --time-budget 2s & pid=$!
      until [ -d run/chain-0000 ]; do sleep 0.05; done
      sleep 2.2; kill -TERM $pid
      wait $pid
      """)
    #expect(result.status == 75, "\(result.text)")
    #expect(result.text.contains("INCOMPLETE"))
  }

  private static func slow(thin: Int) -> String {
    SpecText.with {
      $0.ensemble = SpecText.gibbs
      $0.sampler =
        "{ \"chains\": 1, \"warmup\": 0, \"draws\": 1000, \"thin\": \(thin), \"stepSize\": 0.1, \"seed\": 3 }"
    }
  }

  // MARK: - Disks

  /// How a process can have mounts of its own here; nil where that is not allowed.
  private static let mountWrapper: [String]? = [["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"]]
    .first { wrapper in
      (try? ProgramRunner().shell("mkdir m && mount -t tmpfs -o size=1m none m", wrapper: wrapper))?.status == 0
    }

  /// A disk of one megabyte, which becomes full, larger, and read-only.
  @Test(.enabled(if: mountWrapper != nil, "no mounts allowed here; the test with a file size limit runs anyway"))
  func aFullAndAReadOnlyDisk() throws {
    let runner = try ProgramRunner()
    let digest = try reference(runner)
    let result = try runner.shell(
      """
      report() { echo "status $?"; }
      mkdir disk && mount -t tmpfs -o size=200k none disk || exit 1
      "$program" sample spec.json --out disk/run --segment-seconds 0.02 --quiet; report
      "$program" digest disk/run --quiet > /dev/null; report
      find disk -name '.*.tmp'
      mount -o remount,size=64m disk
      "$program" resume disk/run --quiet > /dev/null; report
      "$program" digest disk/run; report
      mount -o remount,ro disk
      "$program" resume disk/run --draws 2000 --quiet; report
      "$program" sample spec.json --out disk/other --quiet; report
      "$program" digest disk/run; report
      """, wrapper: Self.mountWrapper!)
    let expected = [
      #"mcmc-run: error: chain [0-3]: cannot .*/disk/run/chain-000[0-3]/.*: No space left on device; what was written before is kept; go on with: mcmc-run resume disk/run"#,
      "status 74", "status 0", "status 0", digest, "status 0",
      "mcmc-run: error: cannot .*disk/run.*: Read-only file system", "status 74",
      "mcmc-run: error: cannot .*disk/other.*: Read-only file system", "status 74",
      digest, "status 0",
    ]
    #expect(result.lines.count == expected.count, "\(result.text)")
    for (line, pattern) in zip(result.lines, expected) {
      #expect(try Regex(pattern).wholeMatch(in: line) != nil, "found \(line), not \(pattern)")
    }
  }

  @Test func aPlaceThatCannotHoldARunIsNamed() throws {
    let runner = try ProgramRunner()
    try runner.write(SurviveTests.gibbs, to: "spec.json")
    try runner.write("", to: "file")
    let refused = try runner.run("sample", "spec.json", "--out", "file/run", "--quiet")
    #expect(refused.status == 74)
    #expect(try refused.refusal().contains("\(runner.path("file"))"))
    #expect(runner.listing() == ["file", "spec.json"])
  }

  // MARK: - Other processes, other programs

  @Test func ofTwoThatStartAtOnceOneMakesTheRun() throws {
    let runner = try ProgramRunner()
    let digest = try reference(runner)
    for round in 0..<5 {
      let result = try runner.shell(
        """
        "$program" sample spec.json --out run\(round) --quiet > /dev/null 2> err1 & first=$!
        "$program" sample spec.json --out run\(round) --quiet > /dev/null 2> err2; echo $?
        wait $first; echo $?
        """)
      #expect(result.lines.sorted() == ["0", "65"], "\(result.text)")
      #expect(try SurviveTests.digest(runner, "run\(round)") == digest)
    }
    #expect(!runner.listing().contains { $0.contains(".new-") })
  }

  /// What reads a run while it is written sees what is complete, and disturbs nothing.
  @Test func aRunIsReadableWhileItGoesOn() throws {
    let runner = try ProgramRunner()
    try runner.write(SurviveTests.gibbs, to: "spec.json")
    var seen: [Int32] = []
    let result = try runner.run(
      ["sample", "spec.json", "--out", "run", "--draws", "100000000", "--segment-seconds", "0.02", "--quiet"]
    ) {
      guard ((try? SurviveTests.segments(runner, "run", chain: 3)) ?? []).contains(where: { $0.contains("/draws-") })
      else { return false }
      seen = [
        ["digest", "run"], ["diagnose", "run", "--json"], ["export", "run", "--out", "run.nc"],
        ["export", "run", "--format", "csv", "--out", "csv"],
      ].map { (try? runner.run($0).status) ?? -1 }
      return true
    }
    #expect(result.status == 75)
    #expect(seen.count == 4 && seen[0] == 0 && [0, 1].contains(seen[1]) && seen[2...] == [0, 0], "\(seen)")
    _ = try SurviveTests.digest(runner, "run")
  }

  /// A run that another version of GSL, or another generator, has made, with all records in order.
  @Test(arguments: ["GSL version", "generator"]) func aRunOfOtherRandomNumbersIsRefused(fact: String) throws {
    let runner = try ProgramRunner()
    try runner.write(SurviveTests.gibbs, to: "spec.json")
    try SurviveTests.succeed(runner, "sample", "spec.json", "--draws", "20", "--out", "run", "--quiet")
    let file = URL(fileURLWithPath: runner.path("run/run.json"))
    var record = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    var facts = try #require(record["identity"] as? [[String]])
    let place = try #require(facts.firstIndex { $0[0] == fact })
    let present = facts[place][1]
    facts[place][1] = "another"
    record["identity"] = facts
    record["run_id"] = RunIdentity(facts.map { RunFact($0[0], $0[1]) }).digest
    record["sha256"] = nil
    let text = try JSONReader.read(Array(try JSONSerialization.data(withJSONObject: record)))
    guard case .object(let members) = text.content else { return }
    try SealedJSON.text(members).write(to: file, atomically: true, encoding: .utf8)
    let refused = try runner.run("resume", "run", "--quiet")
    #expect(refused.status == 65)
    #expect(
      try refused.refusal().hasSuffix("\(fact): this program has \"\(present)\", the run \"another\""))
  }

  @Test func aChangedExperimentIsRefusedWithWhatChanged() throws {
    let runner = try ProgramRunner()
    try runner.write(SurviveTests.gibbs, to: "spec.json")
    try SurviveTests.succeed(runner, "sample", "spec.json", "--draws", "20", "--out", "run", "--quiet")
    let spec = try String(contentsOfFile: runner.path("run/experiment.json"), encoding: .utf8)
    for (old, new, words) in [
      (
        "\"tightness\": 10", "\"tightness\": 11",
        "it has \"tightness\": 11.0 where the run was made with \"tightness\": 10.0"
      ),
      ("\"chains\": 4", "\"chains\": 5", "run/experiment.json is damaged: it was changed after the run was made"),
    ] {
      let changed = spec.replacingOccurrences(of: old, with: new)
      try #require(changed != spec)
      try runner.write(changed, to: "run/experiment.json")
      for command in ["resume", "digest", "export", "diagnose"] {
        let refused = try runner.run(command, "run")
        #expect(refused.status == 65)
        #expect(try refused.refusal().hasSuffix(words), "\(refused.errors)")
      }
    }
  }

  /// What a run was made from is verified also by commands that look at no draws.
  @Test func changedInputsAreRefusedByAllWhoReadThem() throws {
    let runner = try ProgramRunner()
    try runner.write("1,0\n0,1\n1,1\n", to: "gains.csv")
    try runner.write(
      """
      { "task": { "kind": "inputSelection", "contexts": 2 },
        "network": { "kind": "gainModulatedLinear", "neurons": 3, "gains": { "kind": "fixed", "path": "gains.csv" } },
        "sampler": { "chains": 2, "draws": 20, "seed": 7 } }
      """, to: "spec.json")
    try SurviveTests.succeed(runner, "sample", "spec.json", "--draws", "20", "--out", "run", "--quiet")
    #expect(try runner.run("solve", "run", "--quiet").status == 0)
    try runner.write("1,0\n0,1\n0,1\n", to: "run/inputs/gains.csv")
    for command in ["solve", "entropy", "train", "test-gradient", "finite-size", "evaluate", "check"] {
      let refused = try runner.run(command, "run", "--quiet")
      #expect(refused.status == 65, "\(command)")
      #expect(try refused.refusal().contains("gains.csv is damaged: it was changed after"), "\(refused.errors)")
    }
  }

  @Test func aTotalAndARuleToStopAreNotMixed() throws {
    let runner = try ProgramRunner()
    try runner.write(SurviveTests.gibbs, to: "spec.json")
    try SurviveTests.succeed(runner, "sample", "spec.json", "--draws", "20", "--out", "run", "--quiet")
    let refused = try runner.run("resume", "run", "--draws", "40", "--until-ess", "100")
    #expect(refused.status == 64)
    #expect(try refused.refusal().hasPrefix("--draws: "))
  }
}
