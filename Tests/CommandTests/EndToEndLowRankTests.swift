// End to end: recurrent networks of low rank are solved, drawn, checked, evaluated, exported and refused where they have no meaning.

import Foundation
import Testing

@Suite struct EndToEndLowRankTests {
  private static let integration =
    #"{"task": {"kind": "evidenceIntegration", "contexts": 2}, "network": {"kind": "gainModulatedLinear", "neurons": 50}, "sampler": {"draws": 500}, "evaluation": {"count": 300}}"#
  private static let moments =
    #"{"task": {"kind": "moments", "contexts": 2, "loadings": ["n", "m"], "constraints": [{"of": ["n", "m"], "context": 0, "value": 0.8}]}, "network": {"kind": "gainModulatedLinear", "neurons": 30}, "weights": {"loading": 2}, "sampler": {"draws": 500}}"#

  private func runner(_ spec: String) throws -> ProgramRunner {
    let runner = try ProgramRunner()
    try runner.write(spec, to: "spec.json")
    return runner
  }

  @Test func evidenceIsIntegrated() throws {
    let runner = try runner(Self.integration)
    let solved = try runner.run("solve", "spec.json", "--json").json()
    #expect(solved["unstableProbability"].numbers.count == 2)
    #expect(abs(solved["unstableProbability"][0].number - 0.2428) < 5.0001e-5)
    #expect(abs(solved["readoutVarianceTimesN"][0][0].number - 4.873) < 5.0001e-4)
    #expect(try runner.run("sample", "spec.json", "--out", "run", "--quiet").status == 0)
    let check = try runner.run("check", "run", "--json")
    #expect(check.status == 0)
    let evaluation = try runner.run("evaluate", "run", "--json").json()["integration"]
    #expect(evaluation["networks"].number == 400 && evaluation["trials"].number == 300)
    let context = evaluation["contexts"][0]
    #expect(abs(context["loopGain"]["mean"].number - 0.8) < 0.05)
    #expect(abs(context["unstableShare"].number - 0.2428) < 0.05)
    #expect(context["kernel"].array.count == 20 && context["relevant"].array.count == 6)
    #expect(context["accuracy"]["mean"].number > 0.7)
    // Networks nearly agree on each of 300 trials, so that these scatter almost as single choices do.
    let share = context["accuracy"]["mean"].number
    let single = (share * (1 - share) / 300).squareRoot()
    #expect(context["trialError"].number < 1.01 * single && context["trialError"].number > 0.5 * single)
    #expect(context["trialError"].number > 3 * context["accuracy"]["standardError"].number)
    let gibbs = try runner.run(
      "solve", "spec.json", "--json", "--set", #"ensemble={"kind": "gibbs", "tightness": 5}"#
    ).json()
    #expect(gibbs["unstableProbability"].isNull)
    #expect(gibbs["unstableProbabilityLeftOut"].string?.contains("neurons interact") == true)
  }

  @Test func momentsAreDrawn() throws {
    let runner = try runner(Self.moments)
    let solved = try runner.run("solve", "spec.json", "--json").json()
    #expect(solved.keys.isSuperset(of: ["populations", "patternKL", "constraints", "relativeEntropy", "loadings"]))
    let constraint = solved["constraints"][0]
    #expect(constraint.keys == ["of", "context", "value", "expected", "varianceTimesN", "multiplier"])
    #expect(abs(constraint["expected"].number - 0.8) < 1e-12)
    #expect(try runner.run("sample", "spec.json", "--out", "run", "--quiet").status == 0)
    #expect(try runner.run("check", "run").status == 0)
    #expect(try runner.run("resume", "run", "--draws", "600", "--quiet").status == 0)
    #expect(try runner.run("digest", "run").status == 0)
    #expect(try runner.run("export", "run", "--format", "csv", "--out", "csv").status == 0)
    #expect(try runner.run("entropy", "spec.json", "--set", "sampler.draws=50", "--quiet").status == 0)
    let all = try runner.run("run", "spec.json", "--out", "all", "--json")
    #expect(all.status == 0 && all.errors.contains("evaluation will be skipped"), "\(all.errors)")
    let reports = try all.json()
    #expect(reports["evaluate"].isNull && !reports["check"].isNull && !reports["diagnose"].isNull)
    #expect(reports["notEvaluated"].string?.contains("ask for no outputs") == true)
    for command in [["evaluate", "run"], ["train", "spec.json"], ["compare", "spec.json"], ["predict", "run"]] {
      let refused = try runner.run(command)
      #expect(refused.status == 65, "\(command)")
      #expect(refused.errors.contains("asks for averages of loadings"), "\(command): \(refused.errors)")
    }
    let impossible = try runner.run(
      "solve", "spec.json", "--set", #"task.constraints=[{"of": ["n", "n"], "value": -1}]"#)
    #expect(impossible.status == 65 && impossible.errors.contains("average of squares"))
  }
}
