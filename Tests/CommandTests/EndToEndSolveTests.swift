// End to end: `solve` says what was pinned, with the values of the independent reference.

import Foundation
import Testing

@Suite struct EndToEndSolveTests {
  private static let shared: Set<String> = [
    "multipliers", "precision", "readout", "residual", "outputSecondMoment", "inputSecondMoment", "patternKL",
    "populations", "readoutShare",
  ]
  /// Told besides the pinned keys.
  private static let more: Set<String> = ["iterations", "constraintRank", "meanStructure"]
  private static let product: Set<String> = ["productLossTimesN", "relativeEntropy"]
  private static let moment: Set<String> = ["productLossTimesN", "entropy"]
  private static let gibbs: Set<String> = ["gibbsLossLeading", "gibbsLossFirstCorrection", "relativeEntropy"]

  private func solve(_ spec: String) throws -> JSONTree {
    let runner = try ProgramRunner()
    try runner.write(spec, to: "spec.json")
    let result = try runner.run("solve", "spec.json", "--json")
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(runner.listing() == ["spec.json"], "solve writes nothing")
    return try result.json()
  }

  private static func reference() throws -> [JSONTree] {
    let file = ProgramRunner.package.appendingPathComponent(
      "Tests/NetworksTests/Reference/gain_modulated_linear.json")
    return JSONTree(try JSONSerialization.jsonObject(with: Data(contentsOf: file))).array
  }

  /// Relative to the larger of the value and 1: entries that vanish are reproduced to rounding alone.
  private func expectEqual(_ found: JSONTree, _ expected: JSONTree, _ tolerance: Double, _ what: String) {
    #expect(found.numbers.count == expected.numbers.count, "\(what)")
    for (a, b) in zip(found.numbers, expected.numbers) {
      #expect(abs(a - b) <= tolerance * max(1, abs(b)), "\(what): \(a), expected \(b)")
    }
  }

  @Test func everyReferenceCaseIsReproduced() throws {
    let cases = try Self.reference()
    #expect(cases.count >= 10)
    for (index, reference) in cases.enumerated() {
      let spec = try JSONSerialization.data(withJSONObject: reference["spec"].value)
      let solution = try solve(String(decoding: spec, as: UTF8.self))
      let isGibbs = reference["spec"]["ensemble"]["kind"].string == "gibbs"
      let isMoment = reference["spec"]["weights"]["convention"].string == "moment"
      #expect(
        solution.keys
          == Self.shared.union(Self.more).union(isGibbs ? Self.gibbs : isMoment ? Self.moment : Self.product))
      #expect(solution["precision"].keys == ["output", "input"])
      #expect(solution["residual"].number < 1e-10)
      for key in reference["expected"].keys.subtracting(["populations", "precision"]) {
        let tolerance = key == "gibbsLossFirstCorrection" ? 1e-4 : 1e-8
        expectEqual(solution[key], reference["expected"][key], tolerance, "case \(index), \(key)")
      }
      for side in ["output", "input"] {
        expectEqual(
          solution["precision"][side], reference["expected"]["precision"][side], 1e-8, "case \(index), \(side)")
      }
      let populations = reference["expected"]["populations"].array
      #expect(solution["populations"].array.count == populations.count)
      for (found, expected) in zip(solution["populations"].array, populations) {
        #expect(found.keys == ["pattern", "weight", "structure"])
        for key in found.keys { expectEqual(found[key], expected[key], 1e-8, "case \(index), populations, \(key)") }
      }
      let isZero = reference["spec"]["task"]["target"].numbers.allSatisfy { $0 == 0 }
      #expect(solution["readoutShare"].isNull == isZero, "case \(index)")
    }
  }

  @Test func thirteenSymmetricContextsAreListedByTheirNumberActive() throws {
    let solution = try solve(SpecText.with { $0.task = #"{ "kind": "inputSelection", "contexts": 13 }"# })
    let populations = solution["populations"].array
    #expect(populations.map { $0["activeContexts"].number } == (0...13).map(Double.init))
    #expect(populations.allSatisfy { $0.keys == ["activeContexts", "weight", "structure"] })
    #expect(abs(populations.reduce(0) { $0 + $1["weight"].number } - 1) < 1e-12, "multiplicity is included")
    let share = solution["readoutShare"].numbers
    #expect(share.count == 14)
    #expect(abs(share.reduce(0, +) - 1) < 1e-9)
  }

  @Test func thirteenContextsOfAGeneralTargetAreListedByWeightWithARest() throws {
    let rows = (0..<13).map { "[\($0 % 3), \(Double($0) / 10)]" }.joined(separator: ", ")
    let solution = try solve(
      SpecText.with { $0.task = "{ \"kind\": \"linearReadout\", \"target\": [\(rows)] }" })
    let populations = solution["populations"].array
    #expect(populations.count == 4097)
    let patterns = populations.filter { $0["pattern"].array.count == 13 }
    #expect(patterns.count == 4096)
    #expect(Set(patterns.map { $0["pattern"].numbers }).count == 4096)
    let weights = patterns.map { $0["weight"].number }
    #expect(zip(weights, weights.dropFirst()).allSatisfy(>=), "heaviest first")
    #expect(abs(populations.reduce(0) { $0 + $1["weight"].number } - 1) < 1e-9)
    let rest = try #require(populations.first { $0["pattern"].array.isEmpty })
    #expect(rest.keys == ["remainingPatterns", "weight", "structure"])
    #expect(rest["remainingPatterns"].number == 4096)
    #expect(rest["weight"].number > 0)
  }

  @Test func fiveHundredAndTwelveContexts() throws {
    let solution = try solve(SpecText.with { $0.task = #"{ "kind": "inputSelection", "contexts": 512 }"# })
    #expect(solution["populations"].array.count == 513)
    #expect(solution["residual"].number < 1e-10)
    #expect(solution["readout"].array.count == 512)
    #expect(abs(solution["readout"][3][3].number - 1) < 1e-9)
  }

  @Test func textSaysTheSameAndTakesARun() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText().text, to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--quiet").status == 0)
    let text = try runner.run("solve", "chains/small")
    #expect(text.status == 0)
    #expect(text.output == (try runner.run("solve", "spec.json")).output)
    #expect(text.output.contains("N * loss (product)"))
    #expect(text.output.contains("9.80227"), "the reference's value")
    #expect(!text.output.contains("\u{1B}"))
  }

  /// One hidden layer on a list of stimuli, tanh: the numbers of theory section 5, and of 6c in standard scaling.
  @Test func wideNetworksAreSolvedInTheirLimit() throws {
    let runner = try ProgramRunner()
    try runner.write("-0.8\n1.2\n", to: "stimuli.csv")
    func spec(_ network: String, tightness: Int) -> String {
      """
      { "task": { "kind": "linearReadout", "target": [[1]] }, "network": { \(network) },
        "ensemble": { "kind": "gibbs", "tightness": \(tightness) }, "stimuli": { "kind": "file", "path": "stimuli.csv" },
        "sampler": { "chains": 2, "warmup": 40, "draws": 40, "seed": 3 } }
      """
    }
    try runner.write(spec(#""kind": "twoLayer", "neurons": 10, "activation": "tanh""#, tightness: 10), to: "mean.json")
    let mean = try runner.run("solve", "mean.json", "--json")
    #expect(mean.status == 0 && mean.errors == "")
    let json = try mean.json()
    #expect(
      json.keys == [
        "limit", "neurons", "observables", "logEvidence", "effectiveNeurons", "outOfRange", "withoutCorrection",
      ])
    #expect(json["limit"].string == "independentNeurons" && json["neurons"].number == 10)
    #expect(json["withoutCorrection"].isNull && json["outOfRange"].isNull)
    let loss = json["observables"]["loss"]
    #expect(loss.keys == ["limit", "limitError", "c1", "c1Error", "value", "error"])
    #expect(abs(loss["value"].number - 0.027928) < 2e-5 && abs(loss["limit"].number - 0.019213) < 2e-5)
    #expect(abs(json["logEvidence"]["value"].number + 13.2310) < 2e-3)
    let text = try runner.run("solve", "mean.json").output
    #expect(text.contains("which tend to independent neurons") && text.contains("ln Z per neuron"))
    // A study shows the same.
    let study = try runner.run("finite-size", "mean.json", "--neurons", "5,10,20", "--json", "--quiet").json()
    let theory = study["observables"]["loss"]["theory"]
    #expect(abs(theory["limit"].number - loss["limit"].number) < 1e-9)
    #expect(abs(theory["c1"].number - loss["c1"].number) < 1e-9)
    #expect(abs(study["observables"]["loss"]["points"][1]["theory"].number - loss["value"].number) < 1e-9)
    #expect(study["observables"]["input_second_moment"]["theory"]["c1"].isNull)

    let standard =
      #""kind": "deep", "widths": [10], "activation": "tanh", "readoutScaling": "standard", "contextLayers": "first""#
    try runner.write(spec(standard, tightness: 5), to: "process.json")
    let process = try runner.run("solve", "process.json", "--json").json()
    #expect(process["limit"].string == "gaussianProcess")
    #expect(abs(process["logEvidence"]["c1"]["value"].number + 0.1028) < 1e-3)
    #expect(process["effectiveNeurons"].isNull)
    // Deeper ones have the limit alone, and the first correction of the output weights, which an identity gives.
    try runner.write(spec(standard.replacingOccurrences(of: "[10]", with: "[10, 10]"), tightness: 5), to: "deep.json")
    let deep = try runner.run("solve", "deep.json", "--json").json()
    #expect(deep["observables"]["loss"]["c1"].isNull && deep["logEvidence"]["c1"].isNull)
    #expect(!deep["observables"]["output_second_moment"]["c1"].isNull)
  }
}
