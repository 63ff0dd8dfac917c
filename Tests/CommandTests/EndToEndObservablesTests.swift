// Observables in the spec, from the file to the run: recorded, diagnosed, continued, refused.

import Foundation
import Networks
import Sampling
import Storage
import Testing

@testable import Experiments

@Suite struct EndToEndObservablesTests {
  /// A spec of each kind of network, all of which keep every network.
  private static let models: [(name: String, network: String, rest: String)] = [
    (
      "binary", #"{ "kind": "gainModulatedLinear", "neurons": 12 }"#,
      #""ensemble": { "kind": "gibbs", "tightness": 5 },"#
    ),
    ("product", #"{ "kind": "gainModulatedLinear", "neurons": 300 }"#, #""ensemble": { "kind": "product" },"#),
    (
      "fixed", #"{ "kind": "gainModulatedLinear", "neurons": 4, "gains": { "kind": "fixed", "path": "gains.csv" } }"#,
      #""ensemble": { "kind": "gibbs", "tightness": 5 },"#
    ),
    (
      "continuous",
      #"{ "kind": "gainModulatedLinear", "neurons": 9, "gains": { "kind": "continuous", "activation": "tanh" } }"#,
      #""ensemble": { "kind": "gibbs", "tightness": 5 },"#
    ),
    (
      "list", #"{ "kind": "twoLayer", "neurons": 11, "activation": "softplus" }"#,
      #""ensemble": { "kind": "gibbs", "tightness": 5 }, "stimuli": { "kind": "sampled", "count": 6 },"#
    ),
    (
      "gaussian", #"{ "kind": "twoLayer", "neurons": 8, "activation": "erf" }"#,
      #""ensemble": { "kind": "gibbs", "tightness": 5 },"#
    ),
    (
      "deep", #"{ "kind": "deep", "widths": [7, 5], "activation": "tanh" }"#,
      #""ensemble": { "kind": "gibbs", "tightness": 5 }, "stimuli": { "kind": "sampled", "count": 6 },"#
    ),
  ]

  private static func spec(_ model: Int, observables: String, sampler: String = "") -> String {
    """
    { "name": "own", "task": { "kind": "inputSelection", "contexts": 2 }, "network": \(models[model].network),
      \(models[model].rest) "observables": \(observables),
      "sampler": { "chains": 2, "warmup": 40, "draws": 30, "seed": 7\(sampler) }, "record": { "weights": "all" } }
    """
  }

  private static func runner(_ spec: String) throws -> ProgramRunner {
    let runner = try ProgramRunner()
    try runner.write("1,0\n0,1\n0.5,1\n-1,0.25\n", to: "gains.csv")
    try runner.write(spec, to: "spec.json")
    return runner
  }

  /// What is recorded with every draw is what the network kept with it says, summed here once more.
  @Test(arguments: models.indices) func recordedValuesAreThoseOfTheNetworks(model: Int) throws {
    let isDeep = Self.models[model].name == "deep"
    let gain = isDeep ? "g1*norm(m)" : "g1*w*m0"
    let runner = try Self.runner(
      Self.spec(
        model,
        observables: """
          ["participation_ratio", { "name": "w4", "of": "w^4", "reduce": "mean" }, "largest_weight",
           { "name": "one", "of": "\(gain)", "reduce": "sum" }, { "name": "two", "of": "2*one - w4", "reduce": null },
           "input_fourth_moment"]
          """))
    let result = try runner.run("sample", "spec.json", "--out", "run", "--quiet")
    try #require(result.status == 0, "\(result.errors)")
    let run = try LoadedRun(path: runner.path("run"))
    let given = run.experiment.givenGains
    let activation = run.experiment.hiddenActivation
    let draws = try run.draws.table()
    var compared = 0
    for chain in 0..<2 {
      try RunReader(run.directory).forEachNetwork(ofChain: chain) { network in
        let position = try network.position()
        let (w, m) = (network.layout["output_weight"]!, network.layout["input_weights"]!)
        let n = m.shape[1]
        let weights = w.range.map { position[$0] }
        func norm(_ i: Int) -> Double { hypot(position[m.offset + i], position[m.offset + n + i]) }
        func gain(_ i: Int) -> Double {
          if let given { return given[i, 1] }
          if let gains = network.layout["gain"] { return position[gains.offset + n + i] }
          return activation!.gain(position[network.layout["context_drive"]!.offset + n + i])
        }
        let fourth = weights.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(weights.count)
        let second = weights.reduce(0) { $0 + $1 * $1 } / Double(weights.count)
        let one = (0..<n).reduce(0.0) { sum, i in
          sum + gain(i) * (isDeep ? norm(i) : weights[i] * position[m.offset + i])
        }
        let expected: [(String, Double)] = [
          ("participation_ratio", second * second / fourth), ("w4", fourth),
          ("largest_weight", weights.map(abs).max()!), ("one", one), ("two", 2 * one - fourth),
          ("input_fourth_moment", (0..<n).reduce(0.0) { $0 + pow(norm($1), 4) } / Double(n)),
        ]
        for (name, value) in expected {
          let found = draws.scalars[name]![chain][network.draw]
          #expect(abs(found - value) <= 1e-12 * max(1, abs(value)), "\(name) of draw \(network.draw)")
          compared += 1
        }
      }
    }
    #expect(compared == 6 * 60)
  }

  /// The model's own numbers are those of a run that records nothing more.
  @Test func recordingMoreChangesNoDraw() throws {
    let runner = try Self.runner(Self.spec(0, observables: #"["participation_ratio"]"#))
    try runner.write(Self.spec(0, observables: "[]"), to: "plain.json")
    for name in ["spec", "plain"] {
      try #require(runner.run("sample", "\(name).json", "--out", name, "--quiet").status == 0)
    }
    let (more, plain) = (
      try LoadedRun(path: runner.path("spec")).draws.table(), try LoadedRun(path: runner.path("plain")).draws.table()
    )
    #expect(more.names == plain.names + ["participation_ratio"])
    for name in plain.names { #expect(more.scalars[name] == plain.scalars[name], "\(name)") }
    let text = try String(contentsOfFile: runner.path("plain/experiment.json"), encoding: .utf8)
    #expect(!text.contains("observables"), "specs without observables are what they were before there were any")
  }

  @Test func runsGoOnAsIfTheyHadNotBeenStopped() throws {
    let runner = try Self.runner(
      Self.spec(0, observables: #"["largest_weight", { "name": "x", "of": "lp + largest_weight" }]"#))
    try #require(runner.run("sample", "spec.json", "--out", "whole", "--quiet", "--draws", "60").status == 0)
    try #require(
      runner.run(
        "sample", "spec.json", "--out", "parts", "--quiet", "--draws", "60", "--set", "sampler.draws=60",
        "--time-budget", "60s"
      ).status != 0)
    try #require(runner.run("sample", "spec.json", "--out", "parts", "--quiet").status == 0)
    try #require(runner.run("resume", "parts", "--draws", "60", "--quiet").status == 0)
    let digests = try ["whole", "parts"].map { try LoadedRun(path: runner.path($0)).draws.table().scalars["x"] }
    #expect(digests[0] == digests[1] && digests[0]?.map(\.count) == [60, 60])
  }

  @Test func stoppingRulesKnowThem() throws {
    let runner = try Self.runner(Self.spec(1, observables: #"["participation_ratio"]"#))
    let result = try runner.run(
      "sample", "spec.json", "--out", "run", "--quiet", "--json", "--until-mcse", "participation_ratio=0.002")
    try #require(result.status == 0, "\(result.errors)")
    let summary = try #require(
      try LoadedRun(path: runner.path("run")).draws.summaries(threads: 1).first { $0.name == "participation_ratio" })
    #expect(summary.mcseMean <= 0.002 && summary.drawsPerChain > 30)
  }

  /// What is not recorded can never be known well enough: that is said before the first draw.
  @Test func stoppingRulesAskOnlyForWhatIsRecorded() throws {
    let runner = try Self.runner(Self.spec(1, observables: #"["participation_ratio"]"#))
    for spec in [["spec.json"], ["spec.json", "--set", #"ensemble={"kind": "gibbs", "tightness": 5}"#]] {
      let result = try runner.run(["sample"] + spec + ["--out", "run", "--quiet", "--until-mcse", "nope=0.02"])
      #expect(result.status == 64 && result.errors.contains("no observable nope; recorded: "), "\(result.errors)")
      #expect(!runner.exists("run"))
    }
  }

  /// Draws are kept, and the fault is told: by whoever judges, with the name.
  @Test func whatIsNoNumberIsFound() throws {
    let runner = try Self.runner(Self.spec(0, observables: #"[{ "name": "root", "of": "sqrt(0 - loss)" }]"#))
    try #require(runner.run("sample", "spec.json", "--out", "run", "--quiet").status == 0)
    let result = try runner.run("diagnose", "run")
    #expect(result.status == 1)
    #expect(result.output.contains("root: 60 of 60"))
  }

  /// Every refusal names the observable and the column, and leaves nothing behind.
  @Test(arguments: [
    (#"[{ "name": "x", "of": "w^^2", "reduce": "mean" }]"#, "observables[0].of: column 3: found \"^\""),
    (
      #"["largest_weight", { "name": "x", "of": "q", "reduce": "max" }]"#,
      "observables[1].of: column 1: unknown name \"q\"; allowed: a neuron's w, m0, m1, norm(m), g0, g1"
    ),
    (#"[{ "name": "x", "of": "b0", "reduce": "max" }]"#, "unknown name \"b0\""),
    (#"[{ "name": "x", "of": "w" }]"#, "say how to reduce it"),
    (
      #"[{ "name": "x", "of": "2*los" }]"#,
      "observables[0].of: column 3: unknown name \"los\"; allowed: recorded scalars"
    ),
    (#"[{ "name": "x", "of": "y" }, { "name": "y", "of": "loss" }]"#, "stands further down"),
    (#"[{ "name": "loss", "of": "lp" }]"#, "observables[0].name: loss is recorded in any case"),
    (#"[{ "name": "x", "of": "lp" }, { "name": "x", "of": "lp" }]"#, "observables[1].name: x is there twice"),
    (#"[{ "name": "gain", "of": "lp" }]"#, "\"gain\" has a meaning of its own"),
    (#"[{ "name": "largest_weight", "of": "lp" }]"#, "\"largest_weight\" has a meaning of its own"),
    (#"[{ "name": "a b", "of": "lp" }]"#, "1 to 60 letters"),
    (#"["particpation_ratio"]"#, "did you mean \"participation_ratio\"?"),
    (#"[{ "name": "x", "of": "lp", "reduce": "median" }]"#, "observables[0].reduce: found \"median\""),
    (#"[{ "name": "x", "off": "lp" }]"#, "did you mean \"of\"?"),
    (#"[{ "name": "x" }]"#, "observables[0].of: this key is missing"),
    (#"[3]"#, "observables[0]: found 3"), (#""w^2""#, "observables: found \"w^2\""),
    (#"[{ "name": "x", "of": "foo(w)", "reduce": "sum" }]"#, "unknown function \"foo\"; allowed: abs, sign"),
  ])
  func whatCannotBeEvaluatedIsRefused(observables: String, message: String) throws {
    let runner = try Self.runner(Self.spec(0, observables: observables))
    let result = try runner.run("sample", "spec.json", "--out", "run", "--quiet")
    #expect(result.status == 65)
    let refusal = try result.refusal()
    #expect(refusal.contains(message), "\(refusal)")
    #expect(refusal.hasPrefix("spec.json:2:") || refusal.hasPrefix("spec.json:1:"), "\(refusal)")
    #expect(!runner.exists("run"))
  }

  /// A function that a Swift program registers is known to that program; everybody can read what was drawn with it.
  @Test func registeredFunctionsAreTheProgramsOwn() throws {
    let runner = try Self.runner(
      Self.spec(0, observables: #"[{ "name": "x", "of": "bump(w, 2)", "reduce": "mean" }]"#))
    let bump = RegisteredFunctions([RegisteredFunction("bump") { exp(-$0 * $0 / $1) }])
    #expect(try runner.run("sample", "spec.json", "--quiet").refusal().contains("unknown function \"bump\""))
    let experiment = try Experiment(contentsOf: runner.path("spec.json"), functions: bump)
    _ = try Execution(threads: 2).sample(experiment, at: runner.path("run"))
    let mean = try #require(
      try LoadedRun(path: runner.path("run")).draws.summaries(threads: 1).first { $0.name == "x" }?.mean)
    #expect((0...1).contains(mean))
    let diagnosis = try runner.run("diagnose", "run", "--json")
    #expect(try diagnosis.json()["observables"].keys.contains("x") || diagnosis.output.contains("\"x\""))
    #expect(try runner.run("resume", "run", "--draws", "40", "--quiet").status == 65)
    var options = SessionOptions()
    options.rule = StoppingRule(draws: 40)
    #expect(try Execution(threads: 1).resume(runner.path("run"), options, functions: bump).isComplete)
  }

  /// Networks from elsewhere are seen through the same observables.
  @Test func importedNetworksAreSeenThroughThem() throws {
    let runner = try ProgramRunner()
    try runner.write(
      """
      { "task": { "kind": "inputSelection", "contexts": 2 }, "network": { "kind": "twoLayer", "neurons": 3, "activation": "tanh" },
        "ensemble": { "kind": "gibbs", "tightness": 1 }, "stimuli": { "kind": "sampled", "count": 4 },
        "observables": ["largest_weight"] }
      """, to: "spec.json")
    try runner.write("network,neuron,w,m0,m1,b0,b1\n0,0,1,2,3,0,0\n0,1,-4,1,1,0,0\n0,2,2,1,1,1,0\n", to: "nets.csv")
    let result = try runner.run("import", "nets.csv", "--spec", "spec.json", "--out", "run", "--quiet")
    try #require(result.status == 0, "\(result.errors)")
    let draws = try LoadedRun(path: runner.path("run")).draws
    #expect(try draws.scalar("largest_weight") == [[12]], "a sum over three neurons is read as a mean")
  }
}
