// End to end: the reports on a run have the pinned keys, judge the shipped experiments rightly, and label a biased sampler.

import Foundation
import Testing

@Suite struct EndToEndReportTests {
  private static func experiment(_ name: String) -> String {
    ProgramRunner.package.appendingPathComponent("experiments/\(name).json").path
  }

  private static let statistic: Set<String> = ["mean", "sd", "standardError"]
  private static let performance = [
    "loss", "meanSquaredError", "rSquared", "signAccuracy", "contextLeakage", "signAccuracyExact",
  ]

  private func expectCheckKeys(_ check: JSONTree) {
    #expect(
      check.keys == [
        "checks", "passed", "falseAlarmRate", "undecided", "doubts", "threshold", "worstRHat", "worstObservable",
        "gainMovement", "leftOut", "biasedSampler", "blindIdentities", "raoBlackwell",
      ])
    #expect(!check["checks"].array.isEmpty)
    for entry in check["checks"].array {
      #expect(entry.keys == ["name", "estimate", "standardError", "expected", "z", "status", "source"])
      #expect(["exact", "asymptotic", "inconclusive"].contains(entry["status"].string ?? ""))
      #expect(!(entry["source"].string ?? "").isEmpty)
    }
  }

  /// The seeds are fixed, so that the outcome is; the check's own false-alarm rate is 1e-4 for a fresh seed.
  @Test(arguments: [("two-contexts", "500", "N*loss"), ("two-contexts-interacting", "2500", "input_weight_identity")])
  func theShippedExperimentsPass(name: String, draws: String, exactCheck: String) throws {
    let runner = try ProgramRunner()
    let result = try runner.run("run", Self.experiment(name), "--draws", draws, "--json", "--quiet")
    #expect(result.status == 0)
    #expect(result.errors == "", "--quiet is silent")
    let all = try result.json()
    #expect(all.keys == ["solve", "sample", "diagnose", "check", "evaluate"])

    expectCheckKeys(all["check"])
    #expect(all["check"]["passed"].bool == true)
    #expect(all["check"]["falseAlarmRate"].number == 1e-4)
    #expect(all["check"]["biasedSampler"].isNull)
    let exact = all["check"]["checks"].array.filter { $0["status"].string == "exact" }
    #expect(exact.contains { $0["name"].string == exactCheck })
    #expect(exact.contains { $0["name"].string == "readout[1,0]" })
    #expect(exact.allSatisfy { abs($0["z"].number) <= all["check"]["threshold"].number })
    let asymptotic = all["check"]["checks"].array.filter { $0["status"].string == "asymptotic" }
    #expect(asymptotic.isEmpty == (name == "two-contexts"))
    let orders = ["1/N", "O(1/tightness)"]
    #expect(
      asymptotic.allSatisfy { row in orders.contains { row["source"].string?.contains($0) == true } },
      "shown with its order")

    let diagnosis = all["diagnose"]
    #expect(diagnosis.keys == ["observables", "minEssBulk", "samplingSeconds", "evaluations", "findings"])
    #expect(diagnosis["observables"].keys.isSuperset(of: ["lp", "loss", "readout[0,1]", "population_fraction[3]"]))
    for observable in diagnosis["observables"].keys {
      let summary = diagnosis["observables"][observable]
      #expect(summary.keys.isSuperset(of: ["mean", "sd", "mcse", "essBulk", "rHat"]))
      #expect(summary["essBulk"].number >= diagnosis["minEssBulk"].number)
    }
    #expect(diagnosis["minEssBulk"].number > 100)
    #expect(diagnosis["samplingSeconds"].number > 0)
    #expect(diagnosis["findings"].array.allSatisfy { $0["severity"].string != "failure" })

    let evaluation = all["evaluate"]
    #expect(evaluation.keys == Set(Self.performance + ["biasedSampler", "populations", "stimuli", "stimuliFrom"]))
    for figure in Self.performance { #expect(evaluation[figure].keys == Self.statistic) }
    #expect(evaluation["biasedSampler"].isNull)
    let ratio = evaluation["meanSquaredError"]["mean"].number / evaluation["loss"]["mean"].number
    #expect(abs(ratio - 1) < 1e-12, "2 loss / K with K = 2")
    #expect(evaluation["signAccuracyExact"]["mean"].number > 0.9)

    let sampled = all["sample"]
    #expect(sampled["complete"].bool == true)
    #expect(sampled["biased"].bool == false)
    #expect(sampled["chains"].array.map { $0["draws"].number } == [Double](repeating: Double(draws)!, count: 4))
    #expect(sampled["run"].string == "chains/\(name)")

    // Each command alone says the same of the run, found by its folder.
    for command in ["diagnose", "check", "evaluate"] {
      let alone = try runner.run(command, "chains/\(name)", "--json")
      #expect(alone.status == 0)
      #expect(alone.errors == "")
      #expect(try alone.json().canonicalText() == all[command].canonicalText())
    }
    let text = try runner.run("check", "chains/\(name)")
    #expect(text.status == 0)
    #expect(text.output.contains("PASSED"))
    #expect(text.output.contains("does not decide") == !asymptotic.isEmpty)
  }

  @Test(arguments: ["two-contexts", "two-contexts-interacting"])
  func tenDrawsAreInconclusiveNotPassed(name: String) throws {
    let runner = try ProgramRunner()
    #expect(try runner.run("sample", Self.experiment(name), "--draws", "10", "--warmup", "100", "--quiet").status == 0)
    let check = try runner.run("check", "chains/\(name)", "--json")
    #expect(check.status == 1)
    let report = try check.json()
    expectCheckKeys(report)
    #expect(report["passed"].bool == false)
    #expect(!report["checks"].array.contains { $0["status"].string == "exact" })
    #expect(report["checks"].array.contains { $0["status"].string == "inconclusive" })
    let text = try runner.run("check", "chains/\(name)").output
    #expect(text.contains("too few draws") && !text.contains("nan"), "\(text)")
    if name == "two-contexts-interacting" {
      // Errors that so few draws do not have are null, and words in the table.
      #expect(!report["raoBlackwell"].array.isEmpty)
      for estimate in report["raoBlackwell"].array {
        for key in ["standardError", "rawStandardError", "gain"] { #expect(estimate[key].isNull, "\(key)") }
        #expect(estimate["estimate"].number.isFinite && estimate["rawEstimate"].number.isFinite)
      }
      let rows = text.split(separator: "\n").filter { $0.hasPrefix("output[") }
      #expect(!rows.isEmpty && rows.allSatisfy { $0.hasSuffix("too few draws") && !$0.contains("±") }, "\(text)")
    }
    #expect(try runner.run("diagnose", "chains/\(name)").status == 1)
    #expect(try runner.run("evaluate", "chains/\(name)").status == 0)
  }

  /// A step far too large for trajectories diverges; the findings count it, and name what NUTS alone has.
  @Test(arguments: ["hmc", "nuts"]) func divergencesAndTreeDepthAreReported(sampler: String) throws {
    let runner = try ProgramRunner()
    for (name, step) in [("good", "0.1"), ("bad", "0.9")] {
      let spec = SpecText.with {
        $0.ensemble = #"{ "kind": "gibbs", "tightness": 4000 }"#
        $0.sampler =
          #"{ "kind": "\#(sampler)", "stepSize": \#(step), "chains": 2, "warmup": 0, "draws": 50, "seed": 7 }"#
      }
      try runner.write(spec, to: "\(name).json")
      _ = try runner.run("sample", "\(name).json", "--out", name, "--quiet")
      let findings = try runner.run("diagnose", name, "--json").json()["findings"].array
      let finding = try #require(findings.first { $0["check"].string == "divergences" })
      if name == "bad" { #expect(finding["severity"].string == "failure") }
      #expect(findings.contains { $0["check"].string == "tree depth" } == (sampler == "nuts"))
    }
  }

  /// One chain agrees with nothing but itself: its halves are compared.
  @Test func aSingleChainOfExactDrawsPasses() throws {
    let runner = try ProgramRunner()
    let spec = SpecText.with { $0.sampler = #"{ "chains": 1, "draws": 2000, "seed": 7 }"# }
    try runner.write(spec, to: "one.json")
    _ = try runner.run("sample", "one.json", "--out", "run", "--quiet")
    let check = try runner.run("check", "run", "--json")
    #expect(check.status == 0)
    #expect(try check.json()["worstRHat"].number < 1.1)
  }

  /// An ensemble so tight that no flip is accepted: every identity agrees with the draws, which prove nothing.
  @Test func chainsThatStandStillAreUndecided() throws {
    let runner = try ProgramRunner()
    try runner.write(
      """
      { "task": { "kind": "inputSelection", "contexts": 4 }, "network": { "kind": "gainModulatedLinear", "neurons": 8 },
        "ensemble": { "kind": "gibbs", "tightness": 1e6 }, "record": { "weights": 0 },
        "sampler": { "kind": "hmc", "draws": 300, "warmup": 300, "chains": 4, "seed": 1 } }
      """, to: "frozen.json")
    _ = try runner.run("sample", "frozen.json", "--out", "run", "--quiet")
    let check = try runner.run("check", "run", "--json")
    #expect(check.status == 1)
    let json = try check.json()
    expectCheckKeys(json)
    #expect(json["passed"].bool == false && json["undecided"].bool == true)
    #expect(json["worstRHat"].number == Double.greatestFiniteMagnitude, "infinity, which JSON cannot say")
    #expect(json["worstObservable"].string?.contains("fraction") == true)
    #expect(json["gainMovement"]["largestUnmovedShare"].number > 0.5)
    #expect(json["doubts"].array.contains { $0.string?.contains("the gains of context") == true })
    let text = try runner.run("check", "run").output
    #expect(text.contains("UNDECIDED") && text.contains("is stuck"))
  }

  @Test func unadjustedLangevinIsLabelledEverywhereAndFails() throws {
    let runner = try ProgramRunner()
    try runner.write(
      SpecText.with {
        $0.name = "biased"
        $0.neurons = "40"
        $0.ensemble = SpecText.gibbs
        $0.sampler =
          #"{ "kind": "ula", "stepSize": 0.4, "chains": 2, "warmup": 200, "draws": 2000, "thin": 4, "seed": 3 }"#
      }, to: "spec.json")
    let sampled = try runner.run("sample", "spec.json", "--json", "--quiet")
    #expect(sampled.status == 0)
    #expect(try sampled.json()["biased"].bool == true)
    #expect(try sampled.json()["sampler"].string == "ula")
    #expect(try runner.run("sample", "spec.json", "--force", "--quiet").output.contains("BIASED"))

    let check = try runner.run("check", "chains/biased", "--json")
    #expect(check.status == 1)
    let report = try check.json()
    #expect(report["passed"].bool == false)
    #expect(report["biasedSampler"].string == "ula")
    let wrong = report["checks"].array.filter {
      $0["status"].string == "exact" && abs($0["z"].number) > report["threshold"].number
    }
    #expect(wrong.contains { $0["name"].string == "input_weight_identity" })
    let text = try runner.run("check", "chains/biased").output
    #expect(text.contains("FAILED") && text.contains("WRONG") && text.contains("BIASED"))

    let diagnosis = try runner.run("diagnose", "chains/biased", "--json").json()
    let label = try #require(diagnosis["findings"].array.first { $0["check"].string == "biased kernel" })
    #expect(label["severity"].string == "warning")
    let measured = try #require(label["measured"].string)
    #expect(measured.contains("±") && measured.contains("where exact draws give"), "the bias is measured: \(measured)")
    #expect(
      !diagnosis["findings"].array.contains { $0["check"].string == "acceptance rate" },
      "nothing is accepted or rejected")
    #expect(try runner.run("diagnose", "chains/biased").output.contains("biased kernel: ula has no accept step"))

    let evaluation = try runner.run("evaluate", "chains/biased", "--json")
    #expect(evaluation.status == 0)
    #expect(try evaluation.json()["biasedSampler"].string == "ula")
    #expect(try runner.run("evaluate", "chains/biased").output.contains("BIASED"))
  }

  @Test func aTargetOfZerosHasNoPerformance() throws {
    let runner = try ProgramRunner()
    try runner.write(
      SpecText.with { $0.task = #"{ "kind": "linearReadout", "target": [[0, 0], [0, 0]] }"# }, to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--quiet").status == 0)
    let evaluation = try runner.run("evaluate", "spec.json", "--json").json()
    for figure in ["rSquared", "signAccuracy", "contextLeakage", "signAccuracyExact"] {
      #expect(evaluation[figure].isNull)
    }
    #expect(evaluation["loss"]["mean"].number > 0)
  }
}
