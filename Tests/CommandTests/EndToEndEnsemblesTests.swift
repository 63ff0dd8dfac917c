// ensembles: product, Gibbs and hard side by side, from the command line to the page.

import Foundation
import JSON
import Testing

@testable import Experiments

@Suite struct EndToEndEnsemblesTests {
  private static let spec = """
    { "name": "three", "task": { "kind": "inputSelection", "contexts": 2 },
      "network": { "kind": "gainModulatedLinear", "neurons": 10 },
      "sampler": { "chains": 4, "warmup": 100, "draws": 1500, "seed": 3 } }
    """

  @Test func threeEnsemblesAreHeldAgainstTheirLimit() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.spec, to: "spec.json")
    let arguments = ["ensembles", "spec.json", "--neurons", "8,16", "--gibbs-tightness", "200", "--out", "study"]
    let result = try runner.run(arguments + ["--json", "--quiet"])
    try #require(result.status == 0, "\(result.errors)")
    let json = try result.json()
    let points = json["points"].array
    #expect(points.map { $0["ensemble"].string } == ["product", "gibbs", "hard", "product", "gibbs", "hard"])
    #expect(points.map { $0["neurons"].number } == [8, 8, 8, 16, 16, 16])
    var compared = 0
    for point in points {
      for name in ["output_second_moment", "input_second_moment", "population_fraction[0]", "population_fraction[3]"] {
        let found = point["observables"][name]
        try #require(found["exact"].bool == true)
        // 24 comparisons, fixed seed: a fresh one is beyond 5 errors in all with probability 1.4e-5.
        #expect(abs(found["mean"].number - found["theory"].number) < 5 * found["mcse"].number, "\(point)")
        compared += 1
      }
      #expect(point["structure"]["value"].number > 0.3 && point["structure"]["value"].number < 0.8)
    }
    #expect(compared == 24)
    #expect(
      points.filter { $0["ensemble"].string == "hard" }.allSatisfy { $0["observables"]["loss"]["mean"].number == 0 })
    #expect(abs(json["limit"]["output_second_moment"].number - 2.566062) < 1e-5)
    // Asked again nothing is drawn, and nothing differs.
    #expect(try runner.run(arguments + ["--json", "--quiet"]).output == result.output)
    #expect(try runner.run(arguments).output.contains("Energy distance of neurons"))
    #expect(try runner.run("report", "study", "--quiet").status == 0)
    #expect(runner.exists("study/ensembles.csv"))
  }

  /// As many neurons as contexts: a hard network's input weights lie in fewer directions than there are features.
  @Test func networksOfTheFewestNeuronsHaveAStructure() throws {
    let runner = try ProgramRunner()
    try runner.write(
      #"{ "task": { "kind": "linearReadout", "target": [[1, 0.3]] }, "network": { "kind": "gainModulatedLinear", "neurons": 2 } }"#,
      to: "spec.json")
    let result = try runner.run(
      "ensembles", "spec.json", "--neurons", "1,2", "--draws", "60", "--out", "study", "--quiet", "--json")
    #expect(result.status <= 1, "\(result.errors)")
    #expect(result.output.contains("structure"))
  }

  @Test(arguments: [
    (["--neurons", "0"], 64, "neurons"),
    (["--set", "weights.convention=moment"], 65, "prior"),
    (["--set", "network.neurons=1", "--neurons", "1"], 65, "1 neuron with drawn gains cannot serve 2 contexts"),
    (["--set", "network={\"kind\":\"twoLayer\",\"neurons\":4,\"activation\":\"tanh\"}"], 65, "gainModulatedLinear"),
  ])
  func whatHasNoMeaningIsRefused(arguments: [String], status: Int, message: String) throws {
    let runner = try ProgramRunner()
    try runner.write(Self.spec, to: "spec.json")
    let result = try runner.run(["ensembles", "spec.json", "--out", "study", "--quiet"] + arguments)
    #expect(result.status == status, "\(result.errors)")
    #expect(try result.refusal().contains(message), "\(result.errors)")
  }
}
