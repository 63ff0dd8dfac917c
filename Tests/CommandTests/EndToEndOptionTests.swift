// End to end: keys set on the command line, messages of failures and of runs in progress, evaluation that cannot be.

import Foundation
import Storage
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct EndToEndOptionTests {
  /// What a run was made from.
  private func experiment(_ runner: ProgramRunner, _ run: String) throws -> Experiment {
    try Experiment.read(path: runner.path("\(run)/experiment.json"))
  }

  @Test func keysAreSetOnTheCommandLine() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText.with { $0.ensemble = SpecText.gibbs }, to: "spec.json")
    let result = try runner.run(
      "sample", "spec.json", "--out", "run", "--quiet", "--sampler", "nuts", "--thin", "3", "--neurons", "7",
      "--tightness", "2.5", "--set", "weights.output=0.5", "--set", "record={weights: 1}", "--set", "name=other")
    #expect(result.status == 0, "\(result.errors)")
    let made = try experiment(runner, "run")
    #expect(made.sampler.kind == .nuts && made.sampler.thin == 3 && made.ensemble == .gibbs(tightness: 2.5))
    #expect(made.hiddenNeurons == 7 && made.weights.output == 0.5 && made.weights.input == 1)
    #expect(made.record.weights == .atMost(1) && made.name == "other")

    // The header of CmdStan's format states the thinning that made the draws.
    #expect(try runner.run("export", "run", "--format", "csv", "--out", "csv", "--quiet").status == 0)
    let file = try #require(runner.listing().first { $0.hasPrefix("csv/") && $0.hasSuffix(".csv") })
    let header = try String(contentsOfFile: runner.path(file), encoding: .utf8).split(separator: "\n").prefix(12)
    #expect(header.contains("#     thin = 3"), "\(header)")
  }

  @Test(arguments: [
    (["--sampler", "hcm"], "--sampler: found \"hcm\" (did you mean \"hmc\"?)"),
    (["--tightness", "-1"], "--tightness: found \"-1\"; allowed: a number from 0"),
    (["--neurons", "0"], "--neurons: found 0; allowed: a whole number from 1"),
    (["--set", "sampler.steps=3"], "--set sampler.steps: unknown key \"steps\""),
    (["--set", "weights.output=-1"], "--set weights.output: found -1; allowed: a number from"),
  ])
  func whatCannotBeSetIsNamed(options: [String], fragment: String) throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText.with { $0.ensemble = SpecText.gibbs }, to: "spec.json")
    let result = try runner.run(["sample", "spec.json", "--out", "run"] + options)
    #expect(result.status == 64)
    #expect(try result.refusal().hasPrefix(fragment), "\(result.errors)")
    #expect(!runner.exists("run"))
  }

  @Test func aFailureIsJSONAndWhatIsThereIsExplained() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText().text, to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--out", "run", "--quiet").status == 0)
    let result = try runner.run("sample", "spec.json", "--out", "run", "--json", "--quiet")
    #expect(result.status == 65)
    let message = try result.refusal()
    #expect(try result.json()["error"]["message"].string == message)
    #expect(try result.json()["error"]["exitStatus"].number == 65)
    for way in ["(resume)", "(--force)", "(--out)"] { #expect(message.contains(way), "\(message)") }
  }

  /// `run` would find out after sampling that the outputs of nonlinear networks need networks that were not kept.
  @Test func aRunThatCannotBeEvaluatedSaysSoFirst() throws {
    let runner = try ProgramRunner()
    try runner.write(
      """
      { "task": { "kind": "inputSelection", "contexts": 2 }, "record": { "weights": 0 },
        "network": { "kind": "twoLayer", "neurons": 6, "activation": "tanh" },
        "ensemble": { "kind": "gibbs", "tightness": 1 }, "stimuli": { "kind": "sampled", "count": 8 },
        "sampler": { "chains": 2, "warmup": 100, "draws": 100 } }
      """, to: "spec.json")
    let result = try runner.run("run", "spec.json", "--out", "run", "--json")
    #expect(result.status == 0 || result.status == 1)
    let lines = result.errors.split(separator: "\n")
    #expect(lines.first?.contains("evaluation will be skipped") == true, "\(result.errors)")
    let json = try result.json()
    #expect(json["evaluate"].isNull && json["diagnose"].keys.contains("findings"))
    #expect(json["check"].keys.contains("passed"))
  }

  /// Reports of a run that another process is writing judge what is there, and say so.
  @Test func aRunInProgressIsJudged() throws {
    let runner = try ProgramRunner()
    try runner.write(
      SpecText.with { $0.sampler = #"{ "chains": 2, "warmup": 0, "draws": 200, "seed": 7 }"# }, to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--out", "run", "--quiet").status == 0)
    func said(_ arguments: String...) throws -> String {
      let result = try runner.run(arguments)
      #expect([0, 1].contains(result.status), "\(arguments): \(result.errors)")
      return result.errors
    }
    #expect(try said("check", "run") == "" && said("diagnose", "run") == "")
    let lock = try RunDirectory.open(runner.path("run")).lock()
    let state = "run is being written: 200 of 200 draws per chain so far\n"
    #expect(try said("diagnose", "run") == state && said("check", "run") == state && said("evaluate", "run") == state)
    #expect(try said("export", "run", "--format", "csv", "--out", "csv") == state)
    #expect(try said("diagnose", "run", "--quiet") == "")
    _ = lock.run
  }

  @Test func advicePutsPathsIntoQuotes() {
    #expect(ResumeAdvice.of("chains/a-1") == "go on with: mcmc-run resume chains/a-1")
    #expect(ResumeAdvice.of("my chains/it's") == #"go on with: mcmc-run resume 'my chains/it'\''s'"#)
  }
}
