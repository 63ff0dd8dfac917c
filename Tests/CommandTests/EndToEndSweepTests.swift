// sweep, from the command line to its files: any key, continued, followed, collapsed, refused.

import Foundation
import JSON
import Storage
import Testing

@testable import Experiments

@Suite struct EndToEndSweepTests {
  private static let spec = """
    { "name": "swept", "task": { "kind": "inputSelection", "contexts": 2 },
      "network": { "kind": "gainModulatedLinear", "neurons": 10 }, "ensemble": { "kind": "gibbs", "tightness": 5 },
      "observables": ["participation_ratio"], "sampler": { "chains": 4, "warmup": 300, "draws": 600, "seed": 7 } }
    """

  private func runner(_ spec: String = spec) throws -> ProgramRunner {
    let runner = try ProgramRunner()
    try runner.write(spec, to: "spec.json")
    return runner
  }

  private func sweep(_ runner: ProgramRunner, _ arguments: String..., out: String = "study") throws -> ProgramResult {
    try runner.run(["sweep", "spec.json", "--out", out, "--json", "--quiet"] + arguments)
  }

  /// The contract's keys, theory beside every point, and the same numbers in table, JSON and NetCDF file.
  @Test func everyPointIsTold() throws {
    let runner = try runner()
    let result = try sweep(
      runner, "--over", "ensemble.tightness=0.5,2,8", "--over", "weights.output,weights.input=0.8,1.2")
    try #require(result.status == 0, "\(result.errors)")
    let json = try result.json()
    let points = json["points"].array
    #expect(points.count == 6)
    #expect(points.map { $0["values"]["ensemble.tightness"].number } == [0.5, 2, 8, 0.5, 2, 8])
    #expect(points.map { $0["values"]["weights.input"].number } == [0.8, 0.8, 0.8, 1.2, 1.2, 1.2])
    for point in points {
      #expect(point.keys.isSuperset(of: ["values", "observables", "converged", "findings", "theory"]))
      #expect(point["observables"]["lp"].keys.isEmpty, "the log density has no zero of its own")
      let loss = point["observables"]["loss"]
      #expect(loss.keys.isSuperset(of: ["mean", "mcse", "sd", "varianceTimesN", "binder", "autocorrelationTime"]))
      // Exact at this N; fixed seed: a fresh one is beyond 5 errors with probability 3e-6 for six points.
      let theory = point["theory"]["loss"]
      #expect(theory["exact"].bool == true)
      #expect(abs(loss["mean"].number - theory["expected"].number) < 5 * loss["mcse"].number)
      #expect(point["observables"]["participation_ratio"]["mean"].number > 0.1)
      #expect(point["closedForm"].keys == ["specialisedShare", "meanStructure", "patternKL", "meanActiveContexts"])
    }
    // The variance is that of the run that stands in the study.
    let run = try LoadedRun(path: runner.path("study/runs/tightness=0.5,output+input=0.8"))
    let draws = try #require(try run.draws.scalar("loss")).joined()
    let mean = draws.reduce(0, +) / Double(draws.count)
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(draws.count)
    let told = points[0]["observables"]["loss"]["varianceTimesN"]["value"].number
    #expect(abs(told / (10 * variance) - 1) < 1e-10)
    let csv = try String(contentsOfFile: runner.path("study/sweep.csv"), encoding: .utf8)
    let rows = csv.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let names = points[0]["observables"].keys.count
    #expect(rows.count == 1 + 6 * names)
    #expect(
      rows[0].starts(with: ["ensemble.tightness", "\"weights.output", "weights.input\"", "N", "observable", "mean"]))
    let file = try NetCDFFile.open(runner.path("study/sweep.nc"))
    let means = try file.root.read("mean", of: Double.self, shape: [2, 3, names])
    #expect(
      Set(means.map { String(format: "%.12g", $0) }).isSuperset(
        of: points.map { String(format: "%.12g", $0["observables"]["loss"]["mean"].number) }))
    // Asked again, nothing is computed and nothing differs.
    let again = try sweep(
      runner, "--over", "ensemble.tightness=0.5,2,8", "--over", "weights.output,weights.input=0.8,1.2")
    #expect(again.output == result.output)
    // What is missing is drawn anew, with the same draws.
    try FileManager.default.removeItem(atPath: runner.path("study/parts/tightness=2,output+input=0.8.json"))
    try FileManager.default.removeItem(atPath: runner.path("study/runs/tightness=2,output+input=0.8"))
    #expect(
      try sweep(runner, "--over", "ensemble.tightness=0.5,2,8", "--over", "weights.output,weights.input=0.8,1.2").output
        == result.output)
  }

  /// A sweep that ends at the hard ensemble tells how Gibbs comes near: limit and slope beside what is exact, in JSON, table and text.
  @Test func endsAtTheHardEnsemble() throws {
    let runner = try runner(
      Self.spec.replacingOccurrences(of: "\"draws\": 600", with: "\"draws\": 4000")
        .replacingOccurrences(of: "\"contexts\": 2", with: "\"contexts\": 1"))
    let result = try sweep(runner, "--over", "ensemble.tightness=20,50,100,200,hard")
    try #require(result.status == 0, "\(result.errors)")
    let json = try result.json()
    #expect(json["axes"].array[0]["values"].array.last?.string == "hard")
    #expect(json["points"].array.last?["values"]["ensemble.tightness"].string == "hard")
    let limits = json["approach"].array
    #expect(limits.contains { $0["observable"].string == "output_second_moment" })
    for limit in limits where !limit["predictedSlope"].isNull {
      // Runs of one seed share their random numbers, so that errors are too large if anything: beyond 5 with probability below 1e-4 in all.
      #expect(abs(limit["slopeZ"].number) < 5, "\(limit)")
      let name = try #require(limit["observable"].string)
      if name != "loss", !name.hasPrefix("readout") {
        #expect(abs(limit["z"].number) < 5, "\(limit)")
      }
    }
    let loss = try #require(limits.first { $0["observable"].string == "loss" })
    // KD/(2N)
    #expect(abs(loss["predictedSlope"].number - 0.05) < 1e-12)
    let text = try runner.run("sweep", "spec.json", "--out", "study", "--over", "ensemble.tightness=20,50,100,200,hard")
    #expect(text.output.contains("How Gibbs ensembles approach the hard one") && text.output.contains("hard"))
    let csv = try String(contentsOfFile: runner.path("study/sweep.csv"), encoding: .utf8)
    #expect(csv.contains("\nhard,10.0,loss,0"))
    #expect(try runner.run("report", "study", "--quiet").status == 0)
    // The spec may be of any ensemble: the axis says which.
    try runner.write(
      Self.spec.replacingOccurrences(
        of: "{ \"kind\": \"gibbs\", \"tightness\": 5 }", with: "{ \"kind\": \"hard\" }"), to: "spec.json")
    #expect(try sweep(runner, "--over", "ensemble.tightness=5,hard", "--draws", "300", out: "other").status == 0)
  }

  /// Chains that start from the point before are others, of the same law; each run says where it began, and goes on from there.
  @Test func chainsFollow() throws {
    // Chains of a collapsed sampler meet wherever they begin, drawing from one stream; those of small steps do not.
    let runner = try runner(Self.spec.replacing(#""chains": 4,"#, with: #""kind": "hmc", "chains": 4,"#))
    let alone = try sweep(runner, "--over", "ensemble.tightness=8,2,0.5", out: "alone")
    let first = try sweep(runner, "--over", "ensemble.tightness=8,2,0.5", "--follow", out: "first")
    try #require(alone.status <= 1 && first.status <= 1, "\(alone.errors)\(first.errors)")
    func losses(_ result: ProgramResult) throws -> [Double] {
      try result.json()["points"].array.map { $0["observables"]["loss"]["mean"].number }
    }
    let (own, followed) = (try losses(alone), try losses(first))
    #expect(own[0] == followed[0] && own[1] != followed[1] && own[2] != followed[2])
    for point in try first.json()["points"].array {
      let loss = point["observables"]["loss"]
      #expect(abs(loss["mean"].number - point["theory"]["loss"]["expected"].number) < 5 * loss["mcse"].number)
    }
    #expect(
      runner.exists("first/runs/tightness=2/inputs/warm-start.json")
        && !runner.exists("alone/runs/tightness=2/inputs/warm-start.json"))
    // A run that is gone is drawn anew from where the one before ended.
    try FileManager.default.removeItem(atPath: runner.path("first/runs/tightness=0.5"))
    try FileManager.default.removeItem(atPath: runner.path("first/parts/from-tightness=8.json"))
    #expect(try sweep(runner, "--over", "ensemble.tightness=8,2,0.5", "--follow", out: "first").output == first.output)
  }

  /// Independent neurons: N L does not depend on N (THEORY 4), so that a = −1 brings the loss onto one curve over the scale.
  @Test func sizesCollapse() throws {
    let spec = Self.spec.replacing(#"{ "kind": "gibbs", "tightness": 5 }"#, with: #"{ "kind": "product" }"#)
      .replacing(#""warmup": 300, "draws": 600"#, with: #""draws": 2000"#)
    let runner = try runner(spec)
    let over = ["--over", "weights.output,weights.input=0.8:1.6:9", "--over", "network.neurons=10,20,40"]
    let fitted = try runner.run(
      ["sweep", "spec.json", "--out", "study", "--json", "--quiet", "--collapse", "loss:xc=0,b=0"] + over)
    try #require(fitted.status == 0, "\(fitted.errors)")
    let collapse = try fitted.json()["collapse"]
    let (value, error) = (collapse["a"]["value"].number, collapse["a"]["standardError"].number)
    #expect(abs(value + 1) < 4 * error && error < 0.05, "\(value) ± \(error)")
    #expect(collapse["xc"]["value"].number == 0 && collapse["xc"]["standardError"].isNull)
    #expect((0.2...5).contains(collapse["quality"].number), "\(collapse["quality"].number)")
  }

  @Test(arguments: [
    (["--over", "ensemble.tightness"], 64, "there is no \"=\""),
    (["--over", "ensemble.tightnes=1"], 64, "did you mean \"tightness\"?"),
    (["--over", "network.kind=1"], 64, "network.kind does not take a number"),
    (["--over", "ensemble.tightness=x"], 64, "\"x\" is no number"),
    (["--over", "ensemble.tightness=1:2"], 64, "\"1:2\" is no range"),
    (["--over", "ensemble.tightness=0:2:3:log"], 64, "is no range"),
    (["--over", "ensemble.tightness=1,2,1"], 64, "a value is there twice"),
    (["--over", "network.neurons=1.5"], 64, "whole numbers"),
    (["--over", "ensemble.tightness=-1"], 64, "--over ensemble.tightness=-1.0: found -1.0"),
    (["--over", "ensemble.tightness=1", "--over", "ensemble.tightness=2"], 64, "two axes change this key"),
    (["--over", "network.neurons=5,6", "--follow"], 64, "networks along network.neurons have other shapes"),
    (["--over", "ensemble.tightness=1,2", "--collapse", "loss"], 64, "one of them network.neurons"),
    (
      ["--over", "ensemble.tightness=1,2", "--over", "network.neurons=4,5", "--collapse", "loss:q=1"], 64,
      "found \"q=1\""
    ),
    (
      ["--over", "ensemble.tightness=1:2:1000", "--over", "network.neurons=2:1000:3"], 64,
      "3000 ensembles; allowed: at most 2000"
    ),
    (["--over", "ensemble.expectedLoss=0.1,0.2"], 64, "expectedLoss"),
    (
      ["--over", "network.neurons=4,5", "--over", "ensemble.tightness=1,2", "--collapse", "los"], 64,
      "\"los\" is not recorded (did you mean \"loss\"?)"
    ),
    ([], 64, "a sweep needs --over"),
    (["--over", "network.neurons=4,hard"], 64, "\"hard\" is the limit of ensemble.tightness, and of no other key"),
    (["--over", "ensemble.tightness=1,hard,hard"], 64, "a value is there twice"),
    (["--over", "ensemble.tightness=1,hard", "--set", "sampler.kind=hmc"], 65, "would leave the networks"),
  ])
  func whatHasNoMeaningIsRefused(arguments: [String], status: Int, message: String) throws {
    let runner = try runner()
    let result = try runner.run(["sweep", "spec.json", "--out", "study", "--quiet"] + arguments)
    #expect(result.status == status, "\(result.errors)")
    let refusal = try result.refusal()
    #expect(refusal.contains(message), "\(refusal)")
    #expect(!runner.exists("study"))
  }
}
