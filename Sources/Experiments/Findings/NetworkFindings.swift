// Findings on whole networks: gradient descent, finite size, depth.

import JSON
import Networks
import Sampling

extension PaperFinding {
  static let gradientDescent = PaperFinding(
    id: .gradientDescent, title: "Maximum entropy and gradient descent",
    statement:
      "Networks trained by gradient descent have the populations of the maximum-entropy ensemble with their second moments."
  ) { experiment, path, execution in
    var settings = TrainingSettings()
    settings.networks = 24
    let variances = [0.1, 1, 10]
    let report = try ComparisonStudy.answer(
      experiment,
      options: ComparisonStudy.options(
        contexts: [2, 3, 4, 6], weightScales: variances.map { $0.squareRoot() }, settings: settings),
      at: path, execution)
    func regimes(_ variance: Double) -> [ComparisonReport.Regime] {
      report.regimes.filter { abs($0.weightScale * $0.weightScale / variance - 1) < 1e-9 }
    }
    var worst = 0.0
    for row in TheoryTables.correlations {
      for entry in row.byVariance {
        let found = regimes(entry.variance).first { $0.contexts == row.contexts }?.flow?.correlationMatched
        worst = max(worst, abs((found ?? .infinity) - entry.correlation))
      }
    }
    var claims = [
      Claim(
        statement:
          "Correlation of gradient flow's population-resolved readout with maximum entropy at matched second moments",
        expected: "the 12 known values to 0.002",
        found: "largest deviation \(NumberText.significant(worst, digits: 2))",
        isReproduced: worst <= 0.002)
    ]
    for variance in variances.reversed() {
      let here = regimes(variance)
      let correlations = here.compactMap { $0.flow?.correlationMatched }
      let name = variance > 1 ? "random (lazy)" : variance < 1 ? "structured (rich)" : "intermediate"
      claims.append(
        Claim(
          statement:
            "Quantitative match in the \(name) regime, variance \(NumberText.significant(variance, digits: 2)), K = 2, 3, 4, 6",
          expected: "correlations of at least 0.99",
          found: correlations.map { String(format: "%.3f", $0) }.joined(separator: ", "),
          isReproduced: correlations.count == here.count && correlations.allSatisfy { $0 >= 0.99 }))
    }
    for variance in variances.reversed() {
      let pValues = regimes(variance).compactMap { $0.distances("matched")?.energy.pValue }
      claims.append(
        Claim(
          statement:
            "Neurons of \(settings.networks) trained networks of finite size cannot be told from maximum entropy at matched moments, variance \(NumberText.significant(variance, digits: 2))",
          expected: "energy distance, permutation test over networks: p of at least 0.01 for every K",
          found: "p = " + pValues.map { NumberText.significant($0, digits: 2) }.joined(separator: ", "),
          isReproduced: !pValues.isEmpty && pValues.allSatisfy { $0 >= 0.01 }))
    }
    return FindingResult(
      claims: claims, evidence: .study(report, figures: nil, mostFigures: 5, mostTables: .max),
      judgement: report.judgement)
  }

  static let finiteSizeProduct = finiteSize(
    .finiteSizeProduct, "Finite size, independent neurons",
    "Networks of N independent neurons scatter about the target: the mean loss is exactly c1/N.", observables: ["loss"])

  static let finiteSizeGibbs = finiteSize(
    .finiteSizeGibbs, "Finite size, interacting neurons",
    "Networks drawn whole approach the theory of infinite width as 1/N, with coefficients that are known.",
    observables: ["loss", "output_second_moment", "input_second_moment"])

  private static func finiteSize(
    _ id: FindingName, _ title: String, _ statement: String, observables: [String]
  ) -> PaperFinding {
    PaperFinding(id: id, title: title, statement: statement) { experiment, path, execution in
      let report = try FiniteSizeStudy.answer(
        experiment, options: FiniteSizeStudy.options(neurons: [10, 20, 40, 80, 160], accuracy: 0.05), at: path,
        execution)
      let claims = observables.flatMap { observable -> [Claim] in
        guard let row = report.rows.first(where: { $0.name == observable }), let fit = row.fit, let theory = row.theory
        else {
          return []
        }
        return [(0, "limit", theory.leading as Double?), (1, "c1", theory.firstCorrection)].compactMap {
          power, what, expected in
          guard let expected, let z = row.z(power) else { return nil }
          let found = fit.coefficient(power)
          let precise = power == 0 || (found.standardError ?? .infinity) <= 0.05 * abs(expected)
          return Claim(
            statement: "\(observable): \(what) of the fit in 1/N",
            expected:
              "\(NumberText.significant(expected, digits: 5)) (theory), within 3 standard errors\(power == 1 ? ", known to 5 %" : "")",
            found: "\(NumberText.estimate(found)) (z \(NumberText.significant(z, digits: 2)))",
            isReproduced: abs(z) <= 3 && precise)
        }
      }
      return FindingResult(
        claims: claims, evidence: .study(report, figures: nil, mostFigures: 3, mostTables: .max),
        judgement: report.judgement)
    }
  }

  static let deepNetwork = PaperFinding(
    id: .deepNetwork, title: "A deep network",
    statement:
      "Where no formula is known, networks are sampled: two hidden layers with interacting neurons, checked by the identities that hold "
      + "for every network."
  ) { experiment, path, execution in
    let folder = try StudyFolder(FindingName.deepNetwork.rawValue, experiment, options: .null, at: path).made(
      replacing: false)
    let run = try folder.run("ensemble", experiment, execution)
    let check = try CheckReport(run)
    let diagnosis = try DiagnoseReport(run)
    let evaluation = try EvaluateReport(run)
    let worst = diagnosis.summaries.map(\.rHat).filter(\.isFinite).max() ?? .nan
    var claims = [
      Claim(
        statement: "The exact identities hold (THEORY 5)",
        expected: "pass at a false-alarm rate of \(NumberText.significant(check.check.falseAlarmRate, digits: 1))",
        found: check.summary,
        isReproduced: check.check.passed),
      Claim(
        statement: "The chains agree: largest R-hat of an observable", expected: "at most 1.05",
        found: NumberText.significant(worst, digits: 4), isReproduced: worst <= 1.05),
    ]
    if let accuracy = evaluation.performance.signAccuracy {
      claims.append(
        Claim(
          statement: "The networks select the context's feature on held-out stimuli: sign accuracy",
          expected: "above 0.9",
          found: NumberText.plusMinus(accuracy.mean, accuracy.standardError), isReproduced: accuracy.mean > 0.9))
    }
    return FindingResult(
      claims: claims, evidence: .run(run, check, figures: ["checks", "readout"]),
      judgement: StudyJudgement(points: [("ensemble", try RunDiagnosis(run))]))
  }
}
