// End to end: networks from elsewhere against maximum entropy, from their file to the p-value and the page.

import Foundation
import Testing

@testable import Experiments

@Suite struct EndToEndTrainedTests {
  private static func spec(neurons: Int = 40, _ ensemble: String = #""kind": "product""#, scale: Double = 1) -> String {
    """
    { "name": "two", "task": { "kind": "inputSelection", "contexts": 2 }, "weights": { "output": \(scale), "input": \(scale) },
      "network": { "kind": "gainModulatedLinear", "neurons": \(neurons) }, "ensemble": { \(ensemble) },
      "sampler": { "chains": 2, "draws": 1000, "seed": 3 }, "record": { "weights": 20 } }
    """
  }

  private func compare(_ runner: ProgramRunner, _ arguments: [String]) throws -> JSONTree {
    let result = try runner.run(["compare"] + arguments + ["--json", "--quiet"])
    try #require(result.status == 0, "\(result.errors)")
    // Where it was kept is no part of an answer.
    return JSONTree(try JSONSerialization.jsonObject(with: Data(result.answer.utf8)))
  }

  private func test(_ json: JSONTree, _ name: String) throws -> JSONTree {
    try #require(json["tests"].array.first { $0["name"].string == name })
  }

  /// The numbers that an independent program gives for this table.
  @Test func theReferenceTable() throws {
    let runner = try ProgramRunner()
    let table = DocumentationTests.root.appendingPathComponent("Tests/NetworksTests/Reference/import-maxent.csv")
    try runner.write(String(contentsOf: table, encoding: .utf8), to: "import-maxent.csv")
    try runner.write(Self.spec(), to: "two.json")
    try #require(runner.run(["import", "import-maxent.csv", "--out", "mine"]).status == 0)
    let json = try compare(runner, ["two.json", "--trained", "mine"])
    let f = try test(json, "F")
    #expect(abs(f["statistic"].number - 0.5914857763785267) < 1e-10)
    #expect(f["degreesOfFreedom"].numbers == [2, 54])
    #expect(abs(f["pValue"].number - 0.5570501180108076) < 1e-10)
    #expect(abs(try test(json, "V")["statistic"].number - 5.23156761444913) < 1e-10)
    #expect(abs(try test(json, "Q")["kurtosis"].number - 2.3556381683271432) < 1e-10)
    #expect(json["networks"].number == 1 && json["neurons"].number == 60)
    #expect(json["notes"].array.contains { $0.string?.contains("distances") == true })
    // Sizes of weights, and by what outputs are divided, say nothing of the law.
    try #require(runner.run(["import", "import-maxent.csv", "--scaling", "meanField", "--out", "scaled"]).status == 0)
    let scaled = try compare(runner, ["two.json", "--trained", "scaled", "--out", "other"])
    for name in ["F", "V", "Q", "mirrorF", "mirrorV", "mirrorQ"] {
      let (first, second) = (try test(json, name)["pValue"].number, try test(scaled, name)["pValue"].number)
      #expect(abs(first - second) < 1e-9, "\(name)")
    }
  }

  /// Drawn networks are found drawn, trained ones trained; the answer is kept, told again, and shown on a page.
  @Test func drawnAndTrained() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.spec(neurons: 100, scale: 0.316), to: "two.json")
    try #require(runner.run(["sample", "two.json", "--quiet"]).status == 0)
    let drawn = try compare(runner, ["two.json", "--trained", "chains/two"])
    #expect(drawn["networks"].number == 40)
    #expect(drawn["combinedPValue"].number > 0.01)
    let outputs = drawn["maximumEntropy"]["outputSecondMoment"]
    #expect(abs(outputs["observed"].number / outputs["predicted"].number - 1) < 0.1)

    try #require(runner.run(["train", "two.json", "--networks", "10", "--out", "gd", "--quiet"]).status == 0)
    var table = "network,w,m0,m1,g0,g1\n"
    for index in 0..<10 {
      let name = try #require(runner.files("gd/parts").first { $0.hasSuffix("-\(index).json") })
      let data = try Data(contentsOf: URL(fileURLWithPath: runner.path("gd/parts/\(name)")))
      let position = JSONTree(try JSONSerialization.jsonObject(with: data))["content"]["position"].numbers
      for i in 0..<100 {
        table += "\(index)," + (0..<5).map { "\(position[$0 * 100 + i])" }.joined(separator: ",") + "\n"
      }
    }
    try runner.write(table, to: "gd.csv")
    try #require(runner.run(["import", "gd.csv", "--scaling", "meanField", "--out", "mine"]).status == 0)
    let arguments = ["two.json", "--trained", "mine", "--out", "answer"]
    let trained = try compare(runner, arguments)
    #expect(trained["combinedPValue"].number < 0.01)
    #expect(try test(trained, "V")["testableNetworks"].number == 10)
    #expect(trained["trainingLoss"]["value"].number < 2e-6)
    let overlaps = trained["overlaps"]["trained"]
    #expect(overlaps["overlap"]["mean"].number > overlaps["unmatchedOverlap"]["mean"].number + 0.5)
    // The same question again is read back; threads change nothing; another run in its place is another question.
    #expect(try compare(runner, arguments).canonicalText() == trained.canonicalText())
    let alone = try compare(runner, ["two.json", "--trained", "mine", "--out", "alone", "--threads", "1"])
    #expect(try alone.canonicalText() == trained.canonicalText())
    let other = try runner.run(["compare", "two.json", "--trained", "chains/two", "--out", "answer"])
    #expect(other.status == 65 && other.errors.contains("--force"))
    let text = try runner.run(["compare"] + arguments + ["--quiet"]).output
    #expect(text.contains("Are they maximum-entropy networks?\nNo: p "))
    #expect(text.contains("4 gain patterns"))
    if ReportPageTests.hasGnuplot {
      try #require(runner.run(["report", "answer"]).status == 0)
      let page = try String(contentsOfFile: runner.path("answer/report/index.html"), encoding: .utf8)
      #expect(page.contains("Which populations do they have?") && page.contains("<svg"))
    }
  }

  /// Nonlinear networks: drawn ones pass on the stimuli that they were drawn for.
  @Test(arguments: ["tanh", "relu"]) func nonlinear(_ activation: String) throws {
    let runner = try ProgramRunner()
    try runner.write(
      """
      { "name": "nl", "task": { "kind": "inputSelection", "contexts": 2 },
        "network": { "kind": "twoLayer", "neurons": 50, "activation": "\(activation)" },
        "ensemble": { "kind": "gibbs", "tightness": 5 }, "stimuli": { "kind": "sampled", "count": 10 },
        "sampler": { "chains": 2, "draws": 500, "warmup": 500, "seed": 4, "thin": 2 }, "record": { "weights": 10 } }
      """, to: "nl.json")
    try #require(runner.run(["sample", "nl.json", "--quiet"]).status == 0)
    let result = try runner.run(["compare", "nl.json", "--trained", "chains/nl", "--json", "--quiet"])
    let json = try result.json()
    #expect(json["tests"].array.count == 3)
    let shares = json["derivedPopulations"].array.map { ($0["share"]["value"].number, $0["predicted"]["value"].number) }
    #expect(shares.count == 4 && abs(shares.reduce(0) { $0 + $1.0 } - 1) < 1e-12)
    #expect(shares.allSatisfy { abs($0.0 - $0.1) < 0.1 }, "\(shares)")
    #expect(json["combinedPValue"].number > 0.01)
    #expect(json["tightness"]["value"].number > 1 && json["tightness"]["value"].number < 25)
  }

  @Test func whatIsRefused() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.spec(), to: "two.json")
    try runner.write(Self.spec().replacingOccurrences(of: "\"contexts\": 2", with: "\"contexts\": 3"), to: "three.json")
    try runner.write("w,m0,m1,g0,g1\n1,2,3,1,0\n4,5,6,0,1\n7,8,9,1,1\n", to: "good.csv")
    try #require(runner.run(["import", "good.csv", "--out", "good"]).status == 0)
    func refusal(_ arguments: [String], status: Int32) throws -> String {
      let result = try runner.run(["compare"] + arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      return try result.refusal()
    }
    #expect(try refusal(["three.json", "--trained", "good"], status: 65).contains("contexts"))
    try runner.write(
      Self.spec().replacingOccurrences(of: "\"contexts\": 2", with: "\"contexts\": 13"), to: "many.json")
    #expect(try refusal(["many.json", "--trained", "good"], status: 65).contains("13 contexts"))
    #expect(try refusal(["two.json", "--trained", "two.json"], status: 65).contains("not a run"))
    #expect(try refusal(["two.json", "--trained", "good", "--networks", "9"], status: 64).contains("--networks"))
    #expect(try refusal(["two.json", "--rotations", "99"], status: 64).contains("--trained"))
    let relu = Self.spec().replacingOccurrences(
      of: "\"kind\": \"gainModulatedLinear\"", with: "\"activation\": \"relu\", \"kind\": \"twoLayer\"")
    try runner.write(relu, to: "relu.json")
    #expect(try refusal(["relu.json", "--trained", "good"], status: 65).contains("network"))
    #expect(!runner.exists("chains"))
    // Three neurons: too few for anything, and said so.
    let json = try compare(runner, ["two.json", "--trained", "good"])
    #expect(json["combinedPValue"].isNull)
    let exact = json["tests"].array.filter { $0["name"].string != "patterns" }
    #expect(exact.count == 6 && exact.allSatisfy { $0["pValue"].isNull && $0["reason"].string != nil })
  }
}
