// Runs that are killed, stopped, split, damaged and continued: nothing is lost, nothing mixed, one digest.

import Foundation
import JSON
import Storage
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct SurviveTests {
  static let gibbs = SpecText.with {
    $0.ensemble = SpecText.gibbs
    $0.sampler = #"{ "chains": 4, "warmup": 200, "draws": 1500, "seed": 3 }"#
  }

  /// The digest of a run, every segment verified.
  static func digest(_ runner: ProgramRunner, _ run: String) throws -> String {
    let result = try runner.run("digest", run)
    #expect(result.status == 0, "\(result.errors)")
    return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  @discardableResult
  static func succeed(_ runner: ProgramRunner, _ arguments: String...) throws -> ProgramResult {
    let result = try runner.run(arguments)
    #expect(result.status == 0, "\(arguments): \(result.errors)")
    return result
  }

  /// The segments of a chain, sorted by name.
  static func segments(_ runner: ProgramRunner, _ run: String, chain: Int = 0) throws -> [String] {
    let folder = runner.path("\(run)/chain-000\(chain)")
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter { $0.hasSuffix(".nc") }
      .map { "\(folder)/\($0)" }
  }

  /// Notes of sessions as the program would have written them, from an edited text of them.
  private static func sealed(_ notes: some StringProtocol) throws -> String {
    try notes.split(separator: "\n").map { line in
      guard case .object(let members) = try JSONReader.read(String(line)).content else { return String(line) }
      return SealedJSON.line(members.filter { $0.key != "sha256" }) + "\n"
    }.joined()
  }

  @Test func threadsJobsAndMergesHaveOneDigest() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.gibbs, to: "spec.json")
    try Self.succeed(runner, "sample", "spec.json", "--out", "one", "--threads", "1", "--quiet")
    try Self.succeed(runner, "sample", "spec.json", "--out", "two", "--threads", "2", "--quiet")
    let digest = try Self.digest(runner, "one")
    #expect(try Self.digest(runner, "two") == digest)
    for task in 0..<4 {
      let result = try runner.run(
        ["sample", "spec.json", "--chains", "1", "--slurm-array", "--out", "task-\(task)", "--quiet"],
        environment: ["SLURM_ARRAY_TASK_ID": String(task)])
      #expect(result.status == 0, "\(result.errors)")
    }
    try Self.succeed(runner, "merge", "task-2", "task-0", "task-3", "task-1", "--out", "all")
    #expect(try Self.digest(runner, "all") == digest)
    // A merged run is a run: it can be checked and made longer.
    #expect([0, 1].contains(try runner.run("check", "all").status))
    try Self.succeed(runner, "resume", "all", "--draws", "1600", "--quiet")
    try Self.succeed(runner, "resume", "one", "--draws", "1600", "--quiet")
    // Fewer than there are: nothing is drawn, nothing is lost, and it is said.
    let fewer = try runner.run("resume", "one", "--draws", "100")
    #expect(fewer.status == 0 && fewer.errors.contains("there are 1600 already"), "\(fewer.errors)")
    #expect(try Self.digest(runner, "all") == Self.digest(runner, "one"))
  }

  @Test func diagnoseSaysHowToGoOnWithARunThatIsNotFinished() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.gibbs, to: "spec.json")
    try Self.succeed(runner, "sample", "spec.json", "--out", "run", "--quiet")
    func said() throws -> String { try runner.run("diagnose", "run").errors }
    #expect(try said() == "")
    // A session whose process is gone has begun but not ended.
    let notes = runner.path("run/sessions.jsonl")
    let whole = try String(contentsOfFile: notes, encoding: .utf8)
    let begun = whole.split(separator: "\n").prefix(2).joined(separator: "\n")
      .replacing(#""draws":1500"#, with: #""draws":1600"#)
    try #require(begun.contains("1600"))
    try Self.sealed(begun).write(toFile: notes, atomically: true, encoding: .utf8)
    #expect(try said() == "run was killed, with 1500 of 1600 draws per chain; go on with: mcmc-run resume run\n")
    // One that was stopped says so.
    try Self.sealed(
      whole.replacing(#""draws":1500"#, with: #""draws":1600"#).replacing(
        #""stop_reason":0"#, with: #""stop_reason":15"#)
    )
    .write(toFile: notes, atomically: true, encoding: .utf8)
    #expect(try said() == "run was stopped early, with 1500 of 1600 draws per chain; go on with: mcmc-run resume run\n")
    try Self.succeed(runner, "resume", "run", "--quiet")
    #expect(try said() == "")
  }

  @Test func runsThatDoNotBelongTogetherAreNotMerged() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.gibbs, to: "spec.json")
    for (name, arguments) in [
      ("a", ["--chains", "0..1"]), ("b", ["--chains", "1..2"]), ("c", ["--chains", "2..3", "--seed", "9"]),
    ] {
      let result = try runner.run(["sample", "spec.json", "--draws", "50", "--out", name, "--quiet"] + arguments)
      #expect(result.status == 0)
    }
    let shared = try runner.run("merge", "a", "b", "--out", "ab")
    #expect(shared.status == 65)
    #expect(try shared.refusal().contains("chain 1 is in more than one of the runs"))
    let foreign = try runner.run("merge", "a", "c", "--out", "ac")
    #expect(foreign.status == 65)
    #expect(try foreign.refusal().contains("seed"))
    let apart = try runner.run(
      ["sample", "spec.json", "--draws", "50", "--out", "d", "--quiet", "--chains", "4..5"])
    #expect(apart.status == 0)
    let gap = try runner.run("merge", "a", "d", "--out", "ad")
    #expect(gap.status == 65)
    #expect(try gap.refusal().hasSuffix("do not follow each other without a gap: 0, 1, 4, 5"))
    #expect(!["ab", "ac", "ad"].contains { runner.exists($0) })
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGUSR1]) func aSignalStopsAndResumeEqualsNoStop(number: Int32) throws {
    let runner = try ProgramRunner()
    try runner.write(Self.gibbs, to: "spec.json")
    try Self.succeed(runner, "sample", "spec.json", "--out", "whole", "--draws", "30000", "--quiet")
    let stopped = try runner.run("sample", "spec.json", "--out", "cut", "--draws", "30000", signal: number) {
      runner.exists("cut/chain-0000")
    }
    #expect(stopped.status == 75)
    #expect(stopped.errors.contains("go on with: mcmc-run resume cut"))
    try Self.succeed(runner, "resume", "cut", "--quiet")
    #expect(try Self.digest(runner, "cut") == Self.digest(runner, "whole"))
  }

  @Test func aTimeBudgetStopsResumably() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.gibbs, to: "spec.json")
    let stopped = try runner.run("sample", "spec.json", "--out", "cut", "--draws", "10000000", "--time-budget", "0.5s")
    #expect(stopped.status == 75)
    #expect(stopped.errors.contains("time budget"))
    #expect(try runner.run("sample", "spec.json", "--out", "x", "--time-budget", "soon").status == 64)
  }

  /// The rule is looked at every `draws` draws, so that an interruption does not change where it ends.
  @Test func aRunUntilAnEffectiveSampleSizeEndsWhereItWouldHave() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.gibbs, to: "spec.json")
    let rule = ["--until-ess", "20000", "--quiet"]
    #expect(try runner.run(["sample", "spec.json", "--out", "whole"] + rule).status == 0)
    let stopped = try runner.run(["sample", "spec.json", "--out", "cut"] + rule) {
      runner.exists("cut/chain-0003")
    }
    #expect(stopped.status == 75)
    // Without options the rule of the session before goes on.
    try Self.succeed(runner, "resume", "cut", "--quiet")
    #expect(try Self.digest(runner, "cut") == Self.digest(runner, "whole"))
    let smallest = try runner.run("diagnose", "whole", "--json").json()["minEssBulk"].number
    #expect(smallest >= 20000)
    let goal = try runner.run(["sample", "spec.json", "--out", "goal", "--until-mcse", "loss=0.0003", "--quiet"])
    #expect(goal.status == 0)
    let error = try runner.run("diagnose", "goal", "--json").json()["observables"]["loss"]["mcse"].number
    #expect(error <= 0.0003)
  }

  /// Every kind of damage is refused with the file named, and undone by --from-last-good, to the same draws.
  @Test(arguments: ["truncated", "flipped", "swapped", "foreign"]) func damageIsFoundAndUndone(kind: String) throws {
    let runner = try ProgramRunner()
    try runner.write(Self.gibbs, to: "spec.json")
    let sample = ["sample", "spec.json", "--draws", "6000", "--segment-seconds", "0.02", "--quiet", "--out"]
    #expect(try runner.run(sample + ["run"]).status == 0)
    let digest = try Self.digest(runner, "run")
    let segments = try Self.segments(runner, "run").filter { $0.contains("draws-") }
    try #require(segments.count >= 3)
    let victim = segments[1]
    var bytes = try Data(contentsOf: URL(fileURLWithPath: victim))
    switch kind {
    case "truncated": try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: victim))
    case "flipped":
      bytes[bytes.count * 2 / 3] ^= 4
      try bytes.write(to: URL(fileURLWithPath: victim))
    case "swapped":
      try Data(contentsOf: URL(fileURLWithPath: segments[2])).write(to: URL(fileURLWithPath: victim))
    default:
      // The same segment of another chain, under its own name.
      let other = try Self.segments(runner, "run", chain: 1).filter { $0.contains("draws-") }[1]
      try FileManager.default.removeItem(atPath: victim)
      let name = URL(fileURLWithPath: other).lastPathComponent
      try FileManager.default.copyItem(atPath: other, toPath: runner.path("run/chain-0000/\(name)"))
    }
    for command in ["digest", "resume", "check"] {
      let refused = try runner.run([command, "run"] + (command == "resume" ? ["--quiet"] : []))
      #expect(refused.status == 65, "\(command)")
      #expect(try refused.refusal().contains("chain-0000/draws-000001"))
    }
    try Self.succeed(runner, "resume", "run", "--draws", "6000", "--from-last-good", "--quiet")
    #expect(try Self.digest(runner, "run") == digest)
    #expect(runner.exists("run/damaged"))
  }

  @Test func aRunOfSomethingElseIsNotContinued() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.gibbs, to: "spec.json")
    try Self.succeed(runner, "sample", "spec.json", "--draws", "50", "--out", "run", "--quiet")
    let record = try String(contentsOfFile: runner.path("run/run.json"), encoding: .utf8)
    try runner.write(
      record.replacingOccurrences(of: "\"gsl_version\": \"", with: "\"gsl_version\": \"9"), to: "run/run.json")
    let edited = try runner.run("resume", "run", "--quiet")
    #expect(edited.status == 65)
    #expect(try edited.refusal().hasSuffix("run.json is damaged: it was changed after it was written"))
    try runner.write(
      record.replacingOccurrences(of: "\"GSL version\", \"", with: "\"GSL version\", \"9"), to: "run/run.json")
    #expect(try runner.run("resume", "run", "--quiet").status == 65)
    try runner.write(record, to: "run/run.json")
    let spec = try String(contentsOfFile: runner.path("run/experiment.json"), encoding: .utf8)
    try runner.write(
      spec.replacingOccurrences(of: "\"tightness\": 10", with: "\"tightness\": 11"), to: "run/experiment.json")
    let changed = try runner.run("resume", "run", "--quiet")
    #expect(changed.status == 65)
    #expect(try changed.refusal().contains("experiment.json"))
  }

  @Test func twoProcessesDoNotWriteOneRun() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.gibbs, to: "spec.json")
    var second: ProgramResult?
    let first = try runner.run("sample", "spec.json", "--draws", "1000000", "--out", "run", "--quiet") {
      guard runner.exists("run/chain-0000") else { return false }
      second = try? runner.run("resume", "run", "--quiet")
      return true
    }
    #expect(first.status == 75)
    #expect(second?.status == 65)
    #expect(second?.errors.contains("being written by") == true)
  }

  /// A disk that is full: the file size limit makes writes fail as a full disk does.
  @Test func aFullDiskLosesNothing() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.gibbs, to: "spec.json")
    try Self.succeed(runner, "sample", "spec.json", "--out", "whole", "--draws", "20000", "--quiet")
    let program = try #require(ProgramRunner.executable)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c", "ulimit -f 400; exec '\(program)' sample spec.json --out cut --draws 20000 --quiet 2> err",
    ]
    process.currentDirectoryURL = URL(fileURLWithPath: runner.folder)
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 74)
    let message = try String(contentsOfFile: runner.path("err"), encoding: .utf8)
    #expect(message.contains("cannot write"))
    _ = try Self.digest(runner, "cut")
    #expect(!runner.listing().contains { $0.hasSuffix(".tmp") })
    try Self.succeed(runner, "resume", "cut", "--quiet")
    #expect(try Self.digest(runner, "cut") == Self.digest(runner, "whole"))
  }

  @Test func aWarmStartTakesTuningAndPosition() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.gibbs, to: "spec.json")
    try Self.succeed(runner, "sample", "spec.json", "--out", "first", "--quiet")
    try Self.succeed(runner, "sample", "spec.json", "--warm-start", "first", "--out", "warm", "--seed", "8", "--quiet")
    #expect(try Self.segments(runner, "warm").allSatisfy { !$0.contains("warmup-") })
    // The first run is no longer needed to go on.
    try FileManager.default.removeItem(atPath: runner.path("first"))
    try Self.succeed(runner, "resume", "warm", "--draws", "1600", "--quiet")
    try runner.write(
      Self.gibbs.replacingOccurrences(of: "\"neurons\": 20", with: "\"neurons\": 21"), to: "other.json")
    let other = try runner.run("sample", "other.json", "--warm-start", "warm", "--out", "x", "--quiet")
    #expect(other.status == 65)
  }
}
