// End to end: where chains start, that runs keep what they start from, and what is said where starts disagree.

import Foundation
import Storage
import Testing

@testable import Experiments

@Suite struct StartTests {
  private static func spec(
    _ network: String = #"{"kind": "twoLayer", "neurons": 3, "activation": "tanh"}"#, sampler: String,
    noise: Double = 0.1
  ) -> String {
    """
    { "task": {"kind": "teacher", "contexts": 2, "features": 2, "noise": \(noise)}, "network": \(network),
      "ensemble": {"kind": "gibbs"}, "stimuli": {"kind": "sampled", "count": 6}, "sampler": {\(sampler)},
      "record": {"weights": "all"} }
    """
  }

  /// The networks that a chain kept.
  private func networks(_ path: String) throws -> [[[Double]]] {
    let reader = RunReader(try RunDirectory.open(path))
    return try reader.chains.map { chain in
      var kept: [[Double]] = []
      try reader.forEachNetwork(ofChain: chain) { kept.append(try $0.position()) }
      return kept
    }
  }

  private func distance(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } }

  /// With steps that lead nowhere, chains stay where they start: 1 and 3 of ["prior", "teacher"] at the teacher, drawn gains and rungs of a
  /// ladder included.
  @Test(arguments: [
    ("hmc", #"{"kind": "twoLayer", "neurons": 3, "activation": "tanh"}"#),
    ("metropolis", #"{"kind": "deep", "widths": [2, 2], "activation": "erf", "readoutScaling": "standard"}"#),
    ("nuts", #"{"kind": "gainModulatedLinear", "neurons": 3, "gains": {"kind": "continuous", "activation": "tanh"}}"#),
    ("tempering", #"{"kind": "twoLayer", "neurons": 3, "activation": "tanh"}"#),
    ("mala", #"{"kind": "gainModulatedLinear", "neurons": 8}"#),
  ]) func chainsStartAtTheTeacher(kind: String, network: String) throws {
    let runner = try ProgramRunner()
    let sampler =
      #""kind": "\#(kind)", "chains": 4, "warmup": 0, "draws": 1, "stepSize": 1e-9, "start": ["prior", "teacher"]"#
    try runner.write(Self.spec(network, sampler: sampler), to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--out", "run", "--quiet").status == 0)
    let kept = try networks(runner.path("run")).map { $0[0] }
    let experiment = try Experiment.read(path: runner.path("run/experiment.json"))
    let teacher = try #require(try experiment.teacher()).position
    // Binary gains move by flips of their own.
    let real = try RunReader(try RunDirectory.open(runner.path("run"))).schema()!.network.realCount
    for chain in [1, 3] { #expect(distance(Array(kept[chain][..<real]), Array(teacher[..<real])) < 1e-5) }
    for chain in [0, 2] { #expect(distance(kept[chain], teacher) > 0.1) }
    #expect(distance(kept[0], kept[2]) > 0.1)
    let file = try JSONTree(
      JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: runner.path("run/inputs/teacher.json"))))
    )
    // JSON readers differ in the last bit.
    #expect(distance(file["networks"][0].numbers, teacher) < 1e-14)
  }

  /// From the networks of a run, kept with the new one: what is resumed is what would have been drawn at once, without the other run.
  @Test func runsStartFromRunsAndKeepWhatTheyStartFrom() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.spec(sampler: #""chains": 3, "warmup": 20, "draws": 5"#), to: "first.json")
    #expect(try runner.run("sample", "first.json", "--out", "first", "--quiet").status == 0)
    let ends = try networks(runner.path("first")).map { $0.last! }
    let still = #""kind": "hmc", "chains": 5, "warmup": 0, "draws": 1, "stepSize": 1e-9, "start": "first""#
    try runner.write(Self.spec(sampler: still), to: "still.json")
    #expect(try runner.run("sample", "still.json", "--out", "still", "--quiet").status == 0)
    let starts = try networks(runner.path("still")).map { $0[0] }
    for chain in 0..<5 { #expect(distance(starts[chain], ends[chain % 3]) < 1e-5) }

    let second = #""kind": "hmc", "chains": 4, "warmup": 30, "draws": 40, "start": ["first", "teacher"]"#
    try runner.write(Self.spec(sampler: second), to: "second.json")
    #expect(try runner.run("sample", "second.json", "--out", "whole", "--quiet").status == 0)
    #expect(try runner.run("sample", "second.json", "--out", "parts", "--quiet", "--draws", "15").status == 0)
    try FileManager.default.removeItem(atPath: runner.path("first"))
    #expect(try runner.run("resume", "parts", "--draws", "40", "--quiet").status == 0)
    #expect(try networks(runner.path("parts")) == networks(runner.path("whole")))
    #expect(FileManager.default.fileExists(atPath: runner.path("parts/inputs/start-0.csv")))
    #expect(try runner.run("sample", "second.json", "--out", "again", "--quiet").status == 65)
    // Its own copy is a start, too.
    #expect(try runner.run("sample", "whole/experiment.json", "--out", "copy", "--quiet").status == 0)
    #expect(try networks(runner.path("copy")) == networks(runner.path("whole")))
  }

  @Test func badNetworksAreRefusedBeforeSampling() throws {
    let runner = try ProgramRunner()
    try runner.write("1,2,3\n", to: "short.csv")
    try runner.write(Array(repeating: "0.5", count: 20).joined(separator: ",") + "\n", to: "gains.csv")
    try runner.write("{\"networks\": []}", to: "none.json")
    let binary = #"{"kind": "gainModulatedLinear", "neurons": 4}"#
    for (start, message) in [
      ("short.csv", "its networks have 3 numbers; allowed: 20, in the order output_weight [4], input_weights [2, 4]"),
      ("gains.csv", "network 1 has 0.5 as gain[0,0]; allowed: 0 or 1"), ("none.json", "none.json has no networks"),
      (runner.folder, "it has no run.json"),
    ] {
      try runner.write(Self.spec(binary, sampler: #""start": "\#(start)""#), to: "spec.json")
      let result = try runner.run("sample", "spec.json", "--out", "run", "--quiet")
      #expect(result.status == 65 && result.errors.contains(message), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: runner.path("run")))
    }
    try runner.write(Self.spec(sampler: #""draws": 5, "start": "teacher""#), to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--out", "run", "--quiet").status == 0)
    let warm = try runner.run("sample", "spec.json", "--out", "warm", "--quiet", "--warm-start", "run")
    #expect(warm.status == 64 && warm.errors.contains("the spec says where chains start"))
  }

  /// Chains that stay where they start disagree, and diagnose says so in words; chains that forget their start agree.
  @Test func diagnoseSaysWhetherStartsAgree() throws {
    let runner = try ProgramRunner()
    func found(_ sampler: String) throws -> (severity: String, meaning: String, measured: String) {
      try runner.write(Self.spec(sampler: sampler), to: "spec.json")
      #expect(try runner.run("sample", "spec.json", "--out", "run", "--quiet", "--force").status == 0)
      let findings = try runner.run("diagnose", "run", "--json").json()["findings"].array
      let finding = try #require(findings.first { $0["check"].string == "starts" })
      return (finding["severity"].string!, finding["meaning"].string!, finding["measured"].string!)
    }
    let stuck = try found(
      #""kind": "hmc", "chains": 4, "warmup": 0, "draws": 50, "stepSize": 1e-4, "start": ["prior", "teacher"]"#)
    #expect(stuck.severity == "failure" && stuck.meaning.contains("Chains from the prior and the teacher disagree"))
    #expect(stuck.measured.hasPrefix("chains by their start (the prior: 0, 2; the teacher: 1, 3)"))
    let mixed = try found(#""chains": 4, "warmup": 200, "draws": 400, "start": ["prior", "teacher"]"#)
    #expect(mixed.severity == "info" && mixed.meaning.contains("agree"))
    try runner.write(Self.spec(sampler: #""draws": 50, "start": "teacher""#), to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--out", "run", "--quiet", "--force").status == 0)
    let alike = try runner.run("diagnose", "run", "--json").json()["findings"].array
    #expect(alike.allSatisfy { $0["check"].string != "starts" })
    #expect(try runner.run("report", "run", "--out", "page", "--quiet").status == 0)
    #expect(
      try String(contentsOfFile: runner.path("page/index.html"), encoding: .utf8).contains("; started from the teacher")
    )
  }

  /// A quadratic teacher of signs, its readout known: with much noise and few labels both starts draw from one law, with little noise and many labels
  /// single flips do not find the teacher, and diagnose says so.
  @Test func aQuadraticTeacherIsEasyOrHard() throws {
    let runner = try ProgramRunner()
    func found(noise: Double, labels: Int) throws -> (status: Int32, largest: Double, meaning: String) {
      try runner.write(
        """
        { "task": {"kind": "teacher", "contexts": 1, "features": 14, "noise": \(noise), "seed": 1}, "weights": {"input": 0.26726},
          "network": {"kind": "deep", "widths": [7], "activation": "hermite2", "readoutScaling": "standard", "contextLayers": "none", "readout": "fixed",
            "weightKind": "sign"},
          "ensemble": {"kind": "gibbs"}, "stimuli": {"kind": "sampled", "count": \(labels), "seed": 1},
          "sampler": {"chains": 4, "warmup": 500, "draws": 1000, "seed": 1, "start": ["prior", "teacher"]}, "record": {"weights": 20} }
        """, to: "spec.json")
      #expect(try runner.run("sample", "spec.json", "--out", "run", "--quiet", "--force").status == 0)
      let result = try runner.run("diagnose", "run", "--json")
      let report = try result.json()
      let observables = report["observables"]
      let rHats = observables.keys.map { observables[$0]["rHat"].number }.filter { !$0.isNaN }
      let finding = try #require(report["findings"].array.first { $0["check"].string == "starts" })
      return (result.status, rHats.max() ?? .nan, finding["meaning"].string!)
    }
    let easy = try found(noise: 1, labels: 100)
    #expect(easy.status == 0 && easy.largest < 1.01 && easy.meaning.contains("the starts have been forgotten"))
    let hard = try found(noise: 0.3, labels: 200)
    #expect(hard.status == 1 && hard.largest > 1.1, "\(hard)")
    #expect(hard.meaning.contains("Chains from the prior and the teacher disagree"))
  }

  /// The prior, said or not, is the same run; anything else is another.
  @Test func theStartIsPartOfARunsIdentity() throws {
    func digest(_ sampler: String) throws -> String {
      let experiment = try ExperimentSamples.read(Self.spec(sampler: sampler))
      return RunDescription(experiment, nil, SamplerChoice(experiment), nil).identity.digest
    }
    let plain = try digest("")
    #expect(try digest(#""start": "prior""#) == plain)
    #expect(try digest(#""start": "teacher""#) != plain)
    #expect(try digest(#""start": ["prior", "teacher"]"#) != digest(#""start": ["teacher", "prior"]"#))
  }

  /// check, evaluate, predict and report of a run with a teacher, and with nothing known but its own list.
  @Test func runsOfDataAreJudged() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.spec(sampler: #""chains": 2, "warmup": 100, "draws": 100"#), to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--out", "run", "--quiet").status == 0)
    let check = try runner.run("check", "run", "--json").json()
    let rows = check["checks"].array.filter { $0["name"].string!.hasPrefix("nishimori_") }
    #expect(rows.map { $0["status"].string } == ["inconclusive", "inconclusive"])
    #expect(abs(rows[0]["expected"].number - 0.1) < 1e-15 && check["bayesOptimal"].bool == true)
    #expect(abs(check["bayesTightness"].number - 20) < 1e-12 && check["constantLoss"].isNull)
    #expect(try runner.run("evaluate", "run", "--json").json()["stimuliFrom"].string == "drawn")

    try runner.write("1,2\n3,4\n0.5,-1\n", to: "x.csv")
    try runner.write("1\n2\n-3\n", to: "y.csv")
    for network in [
      #"{"kind": "gainModulatedLinear", "neurons": 3}"#, #"{"kind": "twoLayer", "neurons": 3, "activation": "erf"}"#,
    ] {
      try runner.write(
        """
        { "task": {"kind": "targets", "path": "y.csv"}, "network": \(network), "ensemble": {"kind": "gibbs", "tightness": 2},
          "stimuli": {"kind": "file", "path": "x.csv"}, "sampler": {"chains": 2, "warmup": 50, "draws": 50} }
        """, to: "data.json")
      #expect(try runner.run("sample", "data.json", "--out", "data", "--quiet", "--force").status == 0)
      for name in ["x.csv", "y.csv"] where network.contains("erf") {
        try FileManager.default.removeItem(atPath: runner.path(name))
      }
      let judged = try runner.run("evaluate", "data", "--json").json()
      #expect(
        judged["stimuliFrom"].string == "task" && judged["stimuli"].number == 3 && judged["loss"]["mean"].number > 0)
      #expect(
        judged["populations"]["accuracy"]["all"].isNull || judged["populations"]["accuracy"].value is [String: Any])
      #expect(try !runner.run("evaluate", "data").output.contains("nan"))
      #expect(try runner.run("predict", "data", "--json").json()["stimuli"].number == 3)
      #expect(try runner.run("report", "data", "--out", "page", "--quiet").status == 0)
    }
  }
}
