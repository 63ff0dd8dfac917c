// End to end: networks of other programs become runs, answer as they did, and what cannot be is refused in one sentence.

import Foundation
import Testing

@testable import Experiments

@Suite struct EndToEndImportTests {
  private static let tail =
    #""sampler": { "chains": 2, "warmup": 100, "draws": 20, "seed": 5 }, "record": { "weights": "all" }, "evaluation": { "count": 40 } }"#
  private static func spec(_ name: String, _ network: String, _ rest: String) -> String {
    "{ \"name\": \"\(name)\", \"task\": { \"kind\": \"inputSelection\", \"contexts\": 2 }, \"network\": { \(network) }, "
      + "\"ensemble\": { \"kind\": \"gibbs\", \"tightness\": 10 }, \(rest) \(tail)"
  }

  /// Models, the map of their exported blocks, and the scaling of their outputs.
  static let models: [(name: String, spec: String, map: [String], scaling: String)] = [
    (
      "linear", spec("linear", #""kind": "gainModulatedLinear", "neurons": 12"#, ""),
      ["output=output_weight[0]", "input=input_weights[0].mT", "gain=gain[0].mT"], "meanField"
    ),
    (
      "relu",
      spec(
        "relu", #""kind": "twoLayer", "neurons": 9, "activation": "relu""#,
        #""stimuli": { "kind": "sampled", "count": 8 },"#),
      ["output=output_weight[0]", "input=input_weights[0].mT", "context=context_drive[0].mT"], "meanField"
    ),
    (
      "deep",
      spec(
        "deep", #""kind": "deep", "widths": [5, 4], "activation": "tanh", "contextLayers": "all""#,
        #""stimuli": { "kind": "sampled", "count": 8 },"#),
      [
        "output=output_weight[0]", "input=input_weights[0].mT", "hidden2=hidden_weights_2[0].mT",
        "context=context_drive[0].mT", "context2=context_drive_2[0].mT",
      ], "meanField"
    ),
    (
      "standard",
      spec(
        "standard", #""kind": "deep", "widths": [5, 4], "activation": "erf", "readoutScaling": "standard""#,
        #""stimuli": { "kind": "sampled", "count": 8 },"#),
      [
        "output=output_weight[0]", "input=input_weights[0].mT", "hidden2=hidden_weights_2[0].mT",
        "context=context_drive[0].mT",
      ], "standard"
    ),
  ]

  /// What a run drew, exported for NumPy and imported again, is the same networks, and answers the same.
  @Test(arguments: models.indices) func exportedNetworksComeBack(_ index: Int) throws {
    let (name, spec, map, scaling) = Self.models[index]
    let runner = try ProgramRunner()
    try runner.write(spec, to: "\(name).json")
    try #require(runner.run(["sample", "\(name).json", "--chains", "1"]).status == 0)
    try #require(
      runner.run(["export", "chains/\(name)", "--format", "npy", "--networks", "--out", "arrays"]).status == 0)
    let imported = try runner.run(
      ["import", "arrays/networks", "--spec", "\(name).json", "--scaling", scaling, "--out", "back", "--json"]
        + map.flatMap { ["--map", $0] })
    try #require(imported.status == 0, "\(imported.errors)")
    let json = try imported.json()
    #expect(json["networks"].number == 20)
    #expect(json["chains"].number == 1)
    let again = ["export", "back", "--format", "npy", "--networks", "--out", "again"]
    try #require(runner.run(again).status == 0)
    for file in try FileManager.default.contentsOfDirectory(atPath: runner.path("arrays/networks"))
    where file != "draw.npy" {
      let first = try Data(contentsOf: URL(fileURLWithPath: runner.path("arrays/networks/\(file)")))
      let second = try Data(contentsOf: URL(fileURLWithPath: runner.path("again/networks/\(file)")))
      #expect(first == second, "\(file)")
    }
    let evaluated = try ["chains/\(name)", "back"].map { try runner.run(["evaluate", $0, "--json"]).json() }
    for key in ["loss", "rSquared", "signAccuracy"] {
      #expect(evaluated[0][key]["mean"].number == evaluated[1][key]["mean"].number, "\(key)")
    }
    for command in ["report", "predict", "digest"] {
      let result = try runner.run([command, "back"])
      #expect(result.status == 0, "\(command): \(result.errors)")
    }
    for command in ["check", "diagnose", "resume"] {
      let result = try runner.run([command, "back"])
      #expect(result.status == 65 && result.errors.contains("compare SPEC --trained"), "\(command): \(result.errors)")
    }
  }

  /// y = Σ w relu(m·x + b) by hand, and by `predict` on networks imported without scaling, the context in the last inputs.
  @Test func answersAreThoseOfTheFile() throws {
    let runner = try ProgramRunner()
    // Two neurons; features 0 and 1, contexts 2 and 3.
    try runner.write("w,m0,m1,c0,c1,b\n2,1,-1,0.5,0,0.1\n-1,0.5,2,0,-0.25,0\n", to: "net.csv")
    try runner.write("1,2\n", to: "x.csv")
    let imported = try runner.run([
      "import", "net.csv", "--map", "output=w", "--map", "input=m*", "--map", "context=c0,c1", "--map", "bias=b",
      "--activation", "relu", "--out", "net", "--json",
    ])
    try #require(imported.status == 0, "\(imported.errors)")
    #expect(try imported.json()["neurons"].number == 2)
    try #require(runner.run(["predict", "net", "--stimuli", "x.csv", "--csv", "y.csv"]).status == 0)
    let lines = try String(contentsOfFile: runner.path("y.csv"), encoding: .utf8).split(separator: "\n")
    let column = try #require(lines[0].split(separator: ",").firstIndex(of: "mean"))
    let means = lines.dropFirst().map { Double($0.split(separator: ",", omittingEmptySubsequences: false)[column])! }
    // Context 0: 2 relu(1 − 2 + 0.6) − relu(4.5); context 1: 2 relu(−0.9) − relu(4.25).
    #expect(abs(means[0] + 4.5) < 1e-12 && abs(means[1] + 4.25) < 1e-12, "\(means)")
  }

  @Test func tablesAndFoldersAndChains() throws {
    let runner = try ProgramRunner()
    try runner.write("network,w,m0,m1,g0,g1\n0,1,2,3,1,0\n0,4,5,6,0,1\n1,1,1,1,1,1\n1,2,2,2,0,0\n", to: "t.csv")
    let table = try runner.run(["import", "t.csv", "--out", "t", "--json"])
    try #require(table.status == 0, "\(table.errors)")
    #expect(try table.json()["networks"].number == 2)
    // Three single networks in two folders: unequal, so one chain.
    for (path, w) in [("a/1.csv", 1), ("a/2.csv", 2), ("b/1.csv", 3)] {
      try FileManager.default.createDirectory(
        atPath: runner.path(String(path.first!)), withIntermediateDirectories: true)
      try runner.write("w,m0,g0\n\(w),1,1\n2,1,0\n", to: path)
    }
    let folders = try runner.run(["import", "a", "b", "--out", "folders", "--json"])
    try #require(folders.status == 0, "\(folders.errors)")
    #expect(try folders.json()["networks"].number == 3)
    #expect(try folders.json()["chains"].number == 1)
    let even = try runner.run(["import", "a/1.csv", "b", "--out", "even", "--json"])
    #expect(try even.json()["chains"].number == 2)
    let record = try String(contentsOfFile: runner.path("even/inputs/imported.json"), encoding: .utf8)
    #expect(record.contains("sha256") && record.contains("b/1.csv"))
  }

  /// A spec in the moment convention says task and model; its scales are replaced by the networks' own.
  @Test func specsOfSecondMoments() throws {
    let runner = try ProgramRunner()
    try runner.write("w,m0,m1,g0,g1\n1,2,3,1,0\n4,5,6,0,1\n", to: "net.csv")
    try runner.write(
      #"{ "task": { "kind": "inputSelection", "contexts": 2 }, "weights": { "convention": "moment", "output": 3 }, "network": { "kind": "gainModulatedLinear", "neurons": 2 } }"#,
      to: "moment.json")
    let result = try runner.run(["import", "net.csv", "--spec", "moment.json", "--out", "net"])
    #expect(result.status == 0, "\(result.errors)")
  }

  @Test func whatIsRefused() throws {
    let runner = try ProgramRunner()
    try runner.write("w,m0,m1,g0,g1\n1,2,3,1,0\n4,5,6,0,1\n", to: "good.csv")
    try runner.write("w,m0,m1,g0,g1\n1,2,3,1,0.5\n4,5,6,0,1\n7,8,9,1,1\n", to: "three.csv")
    try runner.write("w,m0,m1,g0,g1\n1,2,x,1,0\n", to: "word.csv")
    try Data([0x80, 2, 0x7D, 0x71]).write(to: URL(fileURLWithPath: runner.path("net.pt")))
    func refusal(_ arguments: [String], status: Int32) throws -> String {
      let result = try runner.run(["import"] + arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      return try result.refusal()
    }
    #expect(try refusal(["net.pt"], status: 65).contains("safetensors"))
    #expect(try refusal(["none.npz"], status: 65).contains("no such file"))
    #expect(try refusal(["word.csv"], status: 65).contains("word.csv:2"))
    #expect(try refusal(["good.csv", "three.csv"], status: 65).contains("three.csv"))
    #expect(try refusal(["good.csv", "--map", "weights=w"], status: 64).contains("output"))
    #expect(try refusal(["good.csv", "--map", "w=output", "--map", "output=w"], status: 64).contains("twice"))
    #expect(try refusal(["good.csv", "--map", "output=v", "--map", "input=m*"], status: 65).contains("w [2]"))
    #expect(try refusal(["good.csv", "--map", "output=w", "--map", "input=m*"], status: 64).contains("--activation"))
    #expect(try refusal(["good.csv", "--map", "output=w", "--map", "input=good[0]"], status: 65).contains("no array"))
    #expect(try refusal(["good.csv", "--map", "output=w[5]", "--map", "input=m*"], status: 65).contains("axis"))
    #expect(!FileManager.default.fileExists(atPath: runner.path("chains")))
    try #require(runner.run(["import", "good.csv", "--out", "good"]).status == 0)
    #expect(try refusal(["good.csv", "--out", "good"], status: 65).contains("--force"))
  }
}
