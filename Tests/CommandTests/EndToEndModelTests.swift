// End to end: every model is solved, sampled, checked, evaluated and tested through the program.

import Foundation
import Testing

@Suite struct EndToEndModelTests {
  struct Model: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let network: String
    var ensemble = #"{ "kind": "gibbs", "tightness": 10 }"#
    var stimuli = #"{ "kind": "sampled", "count": 12, "seed": 3 }"#
    var task = #"{ "kind": "inputSelection", "contexts": 2 }"#
    var weights = #"{ "output": 1.2, "input": 0.9, "context": 1.1, "hidden": 0.8 }"#
    /// Whether test-kernel can test it: there are exact draws, or data to draw anew.
    var isTestable = true

    func spec(draws: Int = 400, kept: Int = 20) -> String {
      """
      { "name": "model", "task": \(task), "network": \(network), "weights": \(weights), "ensemble": \(ensemble),
        "stimuli": \(stimuli), "sampler": { "chains": 2, "warmup": 200, "draws": \(draws), "seed": 5 },
        "record": { "weights": \(kept) }, "evaluation": { "count": 50 } }
      """
    }
  }

  static let models: [Model] = [
    Model(testDescription: "two-layer tanh", network: #"{ "kind": "twoLayer", "neurons": 7, "activation": "tanh" }"#),
    Model(
      testDescription: "two-layer erf on Gaussian stimuli",
      network: #"{ "kind": "twoLayer", "neurons": 6, "activation": "erf" }"#, stimuli: #"{ "kind": "gaussian" }"#,
      isTestable: false),
    Model(
      testDescription: "two-layer linear on Gaussian stimuli",
      network: #"{ "kind": "twoLayer", "neurons": 6, "activation": "linear" }"#, stimuli: #"{ "kind": "gaussian" }"#),
    Model(
      testDescription: "deep relu, drives in all layers",
      network: #"{ "kind": "deep", "widths": [5, 4], "activation": "relu", "contextLayers": "all" }"#),
    Model(
      testDescription: "deep linear",
      network:
        #"{ "kind": "deep", "widths": [5, 4], "activation": "linear", "readoutScaling": "standard", "contextLayers": "none" }"#,
      task: #"{ "kind": "linearReadout", "target": [[1, -0.5]] }"#),
    Model(
      testDescription: "deep prior",
      network: #"{ "kind": "deep", "widths": [5, 4], "activation": "relu", "contextLayers": "none" }"#,
      ensemble: #"{ "kind": "gibbs", "tightness": 0 }"#, isTestable: false),
    Model(
      testDescription: "continuous gains",
      network:
        #"{ "kind": "gainModulatedLinear", "neurons": 8, "gains": { "kind": "continuous", "activation": "erf" } }"#,
      stimuli: #"{ "kind": "gaussian" }"#),
    Model(
      testDescription: "gains of a rectifier",
      network:
        #"{ "kind": "gainModulatedLinear", "neurons": 8, "gains": { "kind": "continuous", "activation": "relu" } }"#,
      ensemble: #"{ "kind": "product" }"#, stimuli: #"{ "kind": "gaussian" }"#),
  ]

  @Test(arguments: models) func aModelRunsFromSpecToEvaluation(model: Model) throws {
    let runner = try ProgramRunner()
    try runner.write(model.spec(), to: "spec.json")
    let run = try runner.run("run", "spec.json", "--json", "--quiet")
    // Few draws may leave R-hat above 1.01: that is the diagnostics' business, and status 1.
    #expect(run.status == 0 || run.status == 1, "\(run.errors)")
    let report = try run.json()
    let checks = report["check"]["checks"].array
    #expect(checks.contains { $0["status"].string == "exact" }, "\(model.testDescription): nothing was tested")
    let threshold = report["check"]["threshold"].number
    for check in checks where check["status"].string == "exact" {
      #expect(abs(check["z"].number) <= threshold, "\(check["name"].string ?? "") z \(check["z"].number)")
    }
    #expect(report["evaluate"]["loss"]["mean"].number > 0)
    let gradient = try runner.run("test-gradient", "spec.json", "--json")
    #expect(gradient.status == 0, "\(gradient.output)")
    if model.isTestable {
      let kernel = try runner.run("test-kernel", "spec.json", "--json")
      // Exact draws have no kernel.
      #expect(
        kernel.status == 0 || model.ensemble.contains("product") && kernel.status == 65,
        "\(kernel.output)\(kernel.errors)")
    } else {
      let kernel = try runner.run("test-kernel", "spec.json")
      #expect(kernel.status == 65)
    }
  }

  @Test("the draws of every model are the same after a resume", arguments: [models[0], models[3], models[6]])
  func aModelResumes(model: Model) throws {
    let runner = try ProgramRunner()
    try runner.write(model.spec(draws: 60), to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--out", "whole", "--quiet").status == 0)
    try runner.write(model.spec(draws: 60), to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--out", "parts", "--draws", "25", "--quiet").status == 0)
    #expect(try runner.run("resume", "parts", "--draws", "60", "--quiet").status == 0)
    #expect(try runner.run("digest", "whole").output == runner.run("digest", "parts").output)
  }

  @Test func continuousGainsAreSolvedWithStandardErrors() throws {
    let runner = try ProgramRunner()
    var model = Self.models[6]
    model.ensemble = #"{ "kind": "product" }"#
    model.task = #"{ "kind": "linearReadout", "target": [[0.8]] }"#
    try runner.write(model.spec(), to: "spec.json")
    let solve = try runner.run("solve", "spec.json", "--json", "--quiet")
    #expect(solve.status == 0, "\(solve.errors)")
    let json = try solve.json()
    let error = json["multiplierErrors"][0][0].number
    #expect(error > 0 && error < 0.05)
    #expect(abs(json["readout"][0][0].number - 0.8) < 5 * json["readoutErrors"][0][0].number)
    #expect(json["populations"].array.count == 2)
    let run = try runner.run("run", "spec.json", "--json", "--quiet")
    #expect(run.status == 0 || run.status == 1, "\(run.errors)")
    #expect(runner.exists("chains/model/inputs/solution.json"), "the multipliers are kept with the run")
    // What is kept is what resume and check use.
    #expect(try runner.run("check", "chains/model", "--quiet").status == run.status || run.status == 1)
    #expect(try runner.run("resume", "chains/model", "--draws", "420", "--quiet").status == 0)
  }

  @Test func anExpectedLossBecomesATightness() throws {
    let runner = try ProgramRunner()
    // Exactly, the mean loss of ten neurons with tightness 10 is 0.02868028 (THEORY section 5).
    try runner.write(
      SpecText.with {
        $0.neurons = "10"
        $0.ensemble = #"{ "kind": "gibbs", "expectedLoss": 0.02868028 }"#
        $0.sampler = #"{ "chains": 2, "warmup": 300, "draws": 300, "seed": 7 }"#
      }, to: "spec.json")
    let solve = try runner.run("solve", "spec.json", "--json", "--quiet")
    #expect(solve.status == 0, "\(solve.errors)")
    let json = try solve.json()
    let error = json["tightnessError"].number
    #expect(error > 0 && error < 1 && abs(json["tightness"].number - 10) < 4 * error, "\(solve.output)")
    #expect(!json["multipliers"].isNull, "the limit of many neurons at that tightness")
    #expect(try runner.run("sample", "spec.json", "--quiet").status == 0)
    #expect(try runner.run("check", "chains/small", "--json").json()["checks"].array.count > 10)
  }

  @Test func entropyIsEstimatedAndExact() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.models[4].spec(), to: "deep.json")
    let deep = try runner.run("entropy", "deep.json", "--draws", "1500", "--json", "--quiet")
    #expect(deep.status == 0, "\(deep.errors)\(deep.output)")
    let json = try deep.json()
    let exact = json["exactLogEvidence"]["value"].number
    for method in ["thermodynamicIntegration", "steppingStone", "annealedImportanceSampling"] {
      let estimate = json["logEvidence"][method]
      let error = estimate["standardError"].number
      #expect(error > 0 && error < 0.3 && abs(estimate["value"].number - exact) < 4 * error, "\(method) \(deep.output)")
    }
    try runner.write(SpecText().text, to: "product.json")
    // Nothing but rounding is between ln Z = 0 and estimates of the prior itself.
    let prior = try runner.run(
      "entropy", "deep.json", "--set", "ensemble.tightness=0", "--draws", "50", "--runs", "20", "--quiet")
    #expect(prior.status == 0, "\(prior.output) \(prior.errors)")
    let product = try runner.run("entropy", "product.json", "--json").json()
    let solution = try runner.run("solve", "product.json", "--json").json()
    #expect(abs(product["relativeEntropy"]["value"].number - 20 * solution["relativeEntropy"].number) < 1e-9)
  }
}
