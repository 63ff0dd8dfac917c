// Studies judge their runs as `diagnose` does: what has not converged is marked everywhere, left out of fits, and ends in status 1.

import Foundation
import JSON
import Networks
import Sampling
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct StudyJudgementTests {
  private static func spec(draws: Int, kind: String = "product") -> String {
    let ensemble = kind == "product" ? #"{ "kind": "product" }"# : #"{ "kind": "gibbs", "tightness": 10 }"#
    return """
      { "task": { "kind": "inputSelection", "contexts": 2 },
        "network": { "kind": "gainModulatedLinear", "neurons": 20 }, "ensemble": \(ensemble),
        "sampler": { "chains": 4, "warmup": 20, "draws": \(draws), "seed": 7 }, "record": { "weights": "all" } }
      """
  }

  @Test func pointsAreJudgedAsDiagnoseDoes() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.spec(draws: 50, kind: "gibbs"), to: "spec.json")
    let study = try runner.run(
      "finite-size", "spec.json", "--neurons", "10,20,40", "--out", "study", "--json", "--quiet")
    #expect(study.status == 1 && study.errors == "", "\(study.errors)")
    let json = try study.json()
    #expect(json["converged"].bool == false)
    #expect(json["notConverged"].array.map { $0.string } == ["N = 10", "N = 20", "N = 40"])
    #expect(json["failures"].array.contains { $0.string?.hasPrefix("no fit in 1/N: 0 of 3 widths") == true })
    #expect(json["observables"]["loss"]["fit"].isNull)
    #expect(json["observables"]["loss"]["points"].array.count == 3, "all points are there")
    for point in json["points"].array {
      let run = try runner.run("diagnose", "study/runs/N\(Int(point["neurons"].number))", "--json", "--quiet")
      #expect((run.status == 0) == (point["converged"].bool == true))
      let own = try run.json()
      #expect(point["smallestESS"].number == own["minEssBulk"].number)
      let failures = own["findings"].array.filter { $0["severity"].string == "failure" }.map { $0["check"].string }
      #expect(
        point["findings"].array.filter { $0["severity"].string == "failure" }.map { $0["check"].string } == failures)
      #expect(!failures.isEmpty)
    }
    let csv = try String(contentsOfFile: runner.path("study/finite-size.csv"), encoding: .utf8)
    #expect(csv.split(separator: "\n").dropFirst().allSatisfy { $0.contains(",false,") }, "\(csv)")
    let text = try runner.run("finite-size", "spec.json", "--neurons", "10,20,40", "--out", "study")
    #expect(text.status == 1, "a study that is read again says the same")
    #expect(text.output.contains("NOT CONVERGED") && text.output.contains("N = 10 is not fit for use"))
  }

  private static let bad = RunDiagnosis(
    smallestESS: 20, largestRHat: 1.2,
    findings: [Finding(severity: .failure, check: "R-hat", measured: "1.2", meaning: "They have not converged.")])
  private static let good = RunDiagnosis(smallestESS: 2000, largestRHat: 1, findings: [])

  /// A report on values at widths 5, 10, 20 ... with errors of 0.01.
  private static func report(_ values: [Double], _ diagnoses: [RunDiagnosis?]) throws -> FiniteSizeReport {
    let widths = values.indices.map { 5 << $0 }
    let points = values.indices.map {
      FiniteSizeReport.Point(
        neurons: widths[$0], estimate: Estimate(value: values[$0], standardError: 0.01), standardDeviation: 1,
        theory: nil, exact: nil, diagnosis: diagnoses[$0])
    }
    let experiment = try Experiment(Array(spec(draws: 50).utf8), file: "spec.json", folder: ".")
    return try FiniteSizeReport(
      experiment: experiment, neurons: widths, diagnoses: diagnoses, names: ["a"], points: ["a": points], theory: nil,
      accuracy: 0.05)
  }

  @Test func fitsLeaveOutWhatHasNotConverged() throws {
    let curve = [10, 20, 40, 80].map { 1 + 2 / Double($0) }
    let alone = try FiniteSizeFit(
      zip([10, 20, 40, 80], curve).map { FiniteSizePoint(neurons: $0, value: $1, standardError: 0.01) }, order: 2)
    // A first point that is far off: with it the limit would move by many errors.
    let report = try Self.report([7] + curve, [Self.bad] + [RunDiagnosis?](repeating: Self.good, count: 4))
    let fit = try #require(report.rows[0].fit)
    #expect(fit.coefficients == alone.coefficients)
    #expect(report.rows[0].points.count == 5, "the point is there")
    #expect(report.judgement.status == .checkFailed)
    #expect(report.figures.isEmpty || report.figures[0].caption.contains("Not converged, and left out: N = 5"))
    #expect(
      try Self.report([7] + curve, [RunDiagnosis?](repeating: Self.good, count: 5)).rows[0].fit?.coefficients
        != fit.coefficients)

    let few = try Self.report([7] + curve, [Self.bad, Self.bad, Self.bad, Self.good, Self.good])
    #expect(few.rows[0].fit == nil)
    #expect(few.judgement.sentences.contains { $0.contains("2 of 5 widths have converged") })
    // A part of an earlier version was never judged: it is fitted, and said to be so.
    let old = try Self.report(curve, [nil, Self.good, Self.good, Self.good])
    #expect(old.rows[0].fit != nil && old.judgement.text(.plain).text().contains("not judged"))
  }

  @Test func fitsThatThePointsRejectAreNamed() throws {
    let diagnoses = [RunDiagnosis?](repeating: Self.good, count: 5)
    let curve = [5, 10, 20, 40, 80].map { 1 + 2 / Double($0) }
    let good = try Self.report(curve, diagnoses)
    #expect(good.json["observables"]?["a"]?["fit"]?["rejected"] == false)
    #expect(!good.text(.plain).text().contains("reject"))
    // One point 10 standard errors off the curve.
    var spoilt = curve
    spoilt[2] += 0.1
    let bad = try Self.report(spoilt, diagnoses)
    #expect(bad.json["observables"]?["a"]?["fit"]?["rejected"] == true)
    #expect(bad.text(.plain).text().contains("The points reject the fit (p below 0.010): a."))
    #expect(bad.pageSections.contains { $0.heading == "Fits that the points reject" })
  }

  @Test func trainingThatStopsEarlyIsMarked() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.spec(draws: 50), to: "spec.json")
    let result = try runner.run(
      "train", "spec.json", "--networks", "4", "--steps", "3", "--out", "study", "--json", "--quiet")
    #expect(result.status == 1 && result.errors == "", "\(result.errors)")
    let json = try result.json()
    #expect(json["reachedLossBound"].number == 0)
    #expect(json["points"].array.map { $0["converged"].bool } == [false, false, false, false])
    #expect(json["points"][0]["findings"][0]["check"].string == "training")
    #expect(json["points"][0]["smallestESS"].isNull, "training has no chains")
    let csv = try String(contentsOfFile: runner.path("study/networks.csv"), encoding: .utf8)
    #expect(csv.split(separator: "\n").dropFirst().allSatisfy { $0.contains(",false") })
  }
}
