// sbc end to end: what it finds, whatever the threads, interrupted, resumed and refused.

import Foundation
import Testing

@Suite struct CalibrationStudyTests {
  private static let gibbs = SpecText.with {
    $0.ensemble = SpecText.gibbs
    $0.sampler = #"{ "warmup": 60, "seed": 7 }"#
  }

  private func runner(_ spec: String = gibbs) throws -> ProgramRunner {
    let runner = try ProgramRunner()
    try runner.write(spec, to: "spec.json")
    return runner
  }

  /// A right sampler fails with probability 0.001 here; fixed seed.
  @Test func aRightSamplerPasses() throws {
    let runner = try runner()
    let arguments = ["sbc", "spec.json", "--replicas", "120", "--false-alarm-rate", "0.001", "--json", "--quiet"]
    let one = try runner.run(arguments + ["--out", "one", "--threads", "1"])
    try #require(one.status == 0, "\(one.errors)")
    let json = try one.json()
    #expect(
      json.keys == [
        "sampler", "biased", "passed", "replicas", "draws", "thin", "warmup", "autocorrelationTime", "slowest",
        "falseAlarmRate", "band", "quantities", "converged", "notConverged", "failures", "folder",
      ])
    #expect(json["passed"].bool == true && json["biased"].bool == false)
    #expect(json["replicas"].number == 120 && json["draws"].number == 49)
    #expect(json["thin"].number >= 2 && json["thin"].number <= 2 * json["autocorrelationTime"].number + 1)
    #expect(json["band"]["lower"].numbers.count == 49 && json["band"]["upper"].numbers.count == 49)
    let quantities = json["quantities"].array
    let names = quantities.map { $0["name"].string }
    #expect(names.contains("lp") && names.contains("loss") && names.contains("readout[0,1]"))
    #expect(names.contains("population_fraction[3]") && names.contains("output_second_moment"))
    for quantity in quantities {
      #expect(quantity.keys == ["name", "ranks", "outside", "pValue", "meanRank", "correlation"])
      let ranks = quantity["ranks"].numbers
      #expect(ranks.count == 120 && ranks.allSatisfy { (0...49).contains($0) })
      #expect(quantity["outside"].bool == false)
      // Independent draws: the mean over 120 replicas of 49 draws has an error near 0.013.
      #expect(abs(quantity["correlation"].number) < 0.1, "\(quantity["name"].string)")
    }
    let csv = try String(contentsOfFile: runner.path("one/sbc.csv"), encoding: .utf8)
    #expect(csv.hasPrefix("replica,lp,loss,"))
    #expect(csv.split(separator: "\n").count == 121)

    let three = try runner.run(arguments + ["--out", "three", "--threads", "3"])
    #expect(three.answer == one.answer, "threads change nothing")
    let command = ["sbc", "spec.json", "--replicas", "120", "--false-alarm-rate", "0.001", "--json", "--out", "parts"]
    let stopped = try runner.run(command, signal: SIGTERM) { runner.exists("parts/parts/replicas-0.json") }
    if stopped.status == 75 {
      #expect(stopped.errors.contains("the same command goes on with it"))
    } else {
      #expect(stopped.status == 0, "it was done before the signal came: \(stopped.errors)")
    }
    #expect(try runner.run(command).answer == one.answer, "an interrupted study goes on to the same result")
  }

  /// A biased sampler leaves the band: status 1, and it is said which quantity.
  @Test func aBiasedSamplerIsRejected() throws {
    let runner = try runner(
      SpecText.with {
        $0.ensemble = SpecText.gibbs
        $0.sampler = #"{ "kind": "ula", "stepSize": 0.7, "warmup": 100, "seed": 7 }"#
      })
    let result = try runner.run("sbc", "spec.json", "--replicas", "400", "--thin", "20", "--draws", "19", "--quiet")
    #expect(result.status == 1, "\(result.output)")
    #expect(result.output.contains("REJECTED") && result.output.contains("OUTSIDE"))
    #expect(result.output.contains("are not uniform: the sampler, warm-up included"))
  }

  /// Every model whose task is data, and every way to move it.
  @Test(arguments: [
    (#""network": { "kind": "twoLayer", "neurons": 4, "activation": "tanh" }"#, "auto"),
    (#""network": { "kind": "deep", "widths": [3, 2], "activation": "relu", "contextLayers": "none" }"#, "auto"),
    (#""network": { "kind": "deep", "widths": [3], "activation": "erf", "readoutScaling": "standard" }"#, "nuts"),
    (
      #""network": { "kind": "gainModulatedLinear", "neurons": 4, "gains": { "kind": "continuous", "activation": "tanh" } }"#,
      "hmc"
    ),
    (#""network": { "kind": "gainModulatedLinear", "neurons": 4 }"#, "tempering"),
    (#""network": { "kind": "gainModulatedLinear", "neurons": 1 }"#, "ellipticalSlice"),
  ])
  func everyModelIsCalibrated(network: String, sampler: String) throws {
    let stimuli = network.contains("gainModulated") ? "" : #", "stimuli": { "kind": "sampled", "count": 6 }"#
    let runner = try runner(
      """
      { "task": { "kind": "inputSelection", "contexts": 2 }, \(network),
        "ensemble": { "kind": "gibbs", "tightness": 3 }, "sampler": { "kind": "\(sampler)", "warmup": 120 }\(stimuli) }
      """)
    // A right sampler fails with probability 1e-4; fixed seed.
    let result = try runner.run(
      "sbc", "spec.json", "--replicas", "40", "--draws", "9", "--false-alarm-rate", "1e-4", "--json", "--quiet")
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    #expect(try result.json()["quantities"].array.count >= 8)
  }

  /// A tightness that has to be found is found before.
  @Test func aWantedLossIsSolvedFor() throws {
    let runner = try runner(
      SpecText.with {
        $0.ensemble = #"{ "kind": "gibbs", "expectedLoss": 0.05 }"#
        $0.sampler = #"{ "warmup": 60 }"#
      })
    let result = try runner.run("sbc", "spec.json", "--replicas", "20", "--draws", "9", "--quiet")
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    #expect(result.output.contains("PASSED"))
  }

  @Test(arguments: [
    (["sbc", "product.json"], Int32(65), "conditioned on none"),
    (["sbc", "prior.json"], 65, "at tightness 0 networks are conditioned on no data"),
    (["sbc", "smooth.json"], 65, "infinitely many data"),
    (["sbc", "spec.json", "--replicas", "3"], 64, "--replicas"),
    (["sbc", "spec.json", "--draws", "0"], 64, "--draws"),
    (["sbc", "spec.json", "--false-alarm-rate", "1"], 64, "--false-alarm-rate"),
    (["sbc", "spec.json", "--out", "."], 65, "is no study"),
    (["sbc", "nowhere.json"], 65, "no such file"),
  ])
  func whatCannotBeAskedIsRefused(arguments: [String], status: Int32, words: String) throws {
    let runner = try runner()
    try runner.write(SpecText.with { _ in }, to: "product.json")
    try runner.write(SpecText.with { $0.ensemble = #"{ "kind": "gibbs", "tightness": 0 }"# }, to: "prior.json")
    try runner.write(
      """
      { "task": { "kind": "inputSelection", "contexts": 2 },
        "network": { "kind": "twoLayer", "neurons": 4, "activation": "erf" },
        "ensemble": { "kind": "gibbs", "tightness": 3 } }
      """, to: "smooth.json")
    let result = try runner.run(arguments)
    #expect(result.status == status, "\(result.errors)")
    #expect(try result.refusal().contains(words), "\(result.errors)")
    #expect(!runner.exists("chains"), "nothing is left behind")
  }
}
