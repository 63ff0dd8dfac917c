// Findings on populations: they emerge, more contexts dissolve them, larger weight scales randomise them.

import JSON
import Networks
import Sampling

extension PaperFinding {
  static let populations = PaperFinding(
    id: .populations, title: "Populations emerge",
    statement:
      "The least biased networks that solve the task have populations: gain patterns that carry the task become more frequent than the "
      + "reference makes them, and within a population output and input weights are correlated."
  ) { experiment, path, execution in
    let folder = try StudyFolder(FindingName.populations.rawValue, experiment, options: .null, at: path).made(
      replacing: false)
    let run = try folder.run("ensemble", experiment, execution)
    guard let ensemble = try experiment.closedFormEnsemble(), experiment.ensemble == .product,
      let chunks = try run.neuronChunks(atMost: 400),
      let report = try PopulationReport(run, threads: execution.threads), case .independent = ensemble.gains
    else {
      throw StudyError("populations.json: allowed is a gainModulatedLinear network with binary gains and \"product\"")
    }
    let solution = try ensemble.solve()
    let drawn = try PopulationStatistics(chunks, task: ensemble.task, gains: ensemble.gains)
    let divergence = Estimate(
      value: drawn.patternKL.value - drawn.patternKLBias, standardError: drawn.patternKL.standardError)
    let check = try CheckReport(run)
    func agrees(_ estimate: Estimate, _ expected: Double) -> Bool {
      abs(estimate.value - expected) <= 3 * (estimate.standardError ?? 0)
    }
    var claims = [
      Claim(
        statement: "Gain patterns differ from their reference: KL(P(g) || P0(g)) of the drawn neurons",
        expected: NumberText.significant(solution.patternKL, digits: 4)
          + " (theory), within 3 standard errors, and above 0 by 5",
        found: NumberText.estimate(divergence),
        isReproduced: agrees(divergence, solution.patternKL)
          && divergence.value > 5 * (divergence.standardError ?? .infinity)),
      Claim(
        statement: "Output and input weights are correlated within populations: mean structure <rho>",
        expected: NumberText.significant(solution.meanStructure, digits: 4) + " (theory), within 3 standard errors",
        found: NumberText.estimate(drawn.meanStructure),
        isReproduced: agrees(drawn.meanStructure, solution.meanStructure)),
    ]
    if let occupancy = report.occupancy {
      claims.append(
        Claim(
          statement: "Every pattern has the frequency that theory gives it",
          expected: "all \(occupancy.entries.count) in simultaneous 95 % intervals of \(occupancy.neurons) neurons",
          found: "\(occupancy.entries.count { $0.isConsistent }) of \(occupancy.entries.count)",
          isReproduced: occupancy.isConsistent))
    }
    if let clusters = report.clusters, let silhouette = clusters.bySilhouette {
      let patterns = 1 << experiment.task.contexts
      claims.append(
        Claim(
          statement: "The number of populations is found, not assumed (k-means on gain vectors)",
          expected: "\(patterns) by gap statistic and silhouette", found: "\(clusters.byGap) and \(silhouette)",
          isReproduced: clusters.byGap == patterns && silhouette == patterns))
    }
    if let one = report.mixtures.first(where: { $0.components == 1 }), let most = report.mixtures.last,
      most.components > 1
    {
      let error = hypot(one.accuracy.standardError ?? 0, most.accuracy.standardError ?? 0)
      claims.append(
        Claim(
          statement:
            "One Gaussian population does not do: accuracy of networks redrawn from 1 Gaussian and from \(most.components)",
          expected: "higher from \(most.components), by 5 standard errors",
          found: "\(NumberText.estimate(one.accuracy)) and \(NumberText.estimate(most.accuracy))",
          isReproduced: most.accuracy.value - one.accuracy.value > 5 * error))
    }
    claims.append(
      Claim(
        statement: "The draws are right: all exact checks",
        expected: "pass at a false-alarm rate of \(NumberText.significant(check.check.falseAlarmRate, digits: 1))",
        found: check.summary,
        isReproduced: check.check.passed))
    return FindingResult(
      claims: claims, evidence: .run(run, check, figures: ["populations", "neurons", "readout"]),
      judgement: StudyJudgement(points: [("ensemble", try RunDiagnosis(run))]))
  }

  static let contexts = PaperFinding(
    id: .contexts, title: "More contexts, less specialisation",
    statement:
      "As contexts are added, the task moves from neurons that serve one context to neurons that serve many: the share c_1 of the "
      + "readout that context-specialised neurons carry collapses."
  ) { experiment, path, execution in
    let scales = [0.1, 1, 20].map { $0.squareRoot() }
    let report = try PhaseDiagramStudy.answer(
      experiment,
      options: PhaseDiagramStudy.options(
        contexts: [2, 3, 4, 6, 8, 12, 16], axis: PhaseAxis(.weightScale, scales), sampled: 3),
      at: path, execution)
    var worst = 0.0
    for row in TheoryTables.populations {
      let point = report.points.first {
        $0.contexts == row.contexts && abs($0.value * $0.value / row.variance - 1) < 1e-9
      }
      let found =
        point?.order.map { [$0.specialisedShare, $0.meanStructure, $0.patternKL] } ?? [.infinity, .infinity, .infinity]
      for (a, b) in zip(found, row.values) { worst = max(worst, abs(a - b)) }
    }
    func share(_ contexts: Int, _ scale: Double) -> Double {
      report.points.first { $0.contexts == contexts && $0.value == scale }?.order?.specialisedShare ?? .nan
    }
    let sampled = FindingResult.largestZ(report, "specialisedShare")
    let claims =
      [
        Claim(
          statement: "The closed form's c_1, <rho> and KL at K = 2, 3, 4, 8 and three scales",
          expected: "the published 36 numbers to their four digits",
          found: "largest deviation \(NumberText.significant(worst, digits: 2))", isReproduced: worst <= 5.0001e-5)
      ]
      + report.contextCrossovers.map { entry in
        Claim(
          statement:
            "Scale \(NumberText.significant(entry.value, digits: 3)): c_1 falls to half its value for two contexts",
          expected: "within a few contexts, and on to nearly nothing at K = 16",
          found: (entry.crossover.map {
            "at K = \($0.contexts) (\(NumberText.significant($0.interpolated, digits: 3)))"
          } ?? "nowhere")
            + "; c_1 from \(NumberText.significant(share(2, entry.value), digits: 3)) to \(NumberText.significant(share(16, entry.value), digits: 2))",
          isReproduced: (entry.crossover?.contexts ?? .max) <= 6 && share(16, entry.value) < 0.01)
      }
      + [
        Claim(
          statement: "Drawn networks show the same c_1", expected: "within 5 standard errors at every sampled point",
          found: "largest \(NumberText.significant(sampled.z, digits: 2)) at \(sampled.points) points",
          isReproduced: sampled.z <= 5 && sampled.points > 0)
      ]
    return FindingResult(
      claims: claims,
      evidence: .study(
        report, figures: ["phase-contexts", "phase-meanActiveContexts"], mostFigures: .max, mostTables: .max),
      judgement: report.judgement)
  }

  static let weightScale = PaperFinding(
    id: .weightScale, title: "Larger weights, less structure",
    statement:
      "As the weight scale grows, the selectivity structure <rho> falls from structured (rich) to random (lazy)."
  ) { experiment, path, execution in
    let scales = try PhaseDiagram.logSpaced(from: 0.1, to: 10, count: 25)
    let report = try PhaseDiagramStudy.answer(
      experiment,
      options: PhaseDiagramStudy.options(contexts: [2, 4, 8], axis: PhaseAxis(.weightScale, scales), sampled: 7),
      at: path,
      execution)
    var claims = [2, 4, 8].map { count -> Claim in
      let values = report.points.filter { $0.contexts == count }.compactMap { $0.order?.meanStructure }
      let falls = zip(values, values.dropFirst()).allSatisfy { $0 > $1 }
      let crossover = report.structureCrossovers.first { $0.contexts == count }?.value
      return Claim(
        statement: "K = \(count): <rho> from scale 0.1 to scale 10, and where it falls fastest",
        expected: "from above 0.95 to below 0.05, falling all the way",
        found:
          "\(NumberText.significant(values.first ?? .nan, digits: 4)) to \(NumberText.significant(values.last ?? .nan, digits: 3))"
          + (falls ? ", falling" : ", not always falling")
          + (crossover.map { ", fastest at scale \(NumberText.significant($0, digits: 4))" } ?? ""),
        isReproduced: falls && (values.first ?? 0) > 0.95 && (values.last ?? 1) < 0.05 && crossover != nil)
    }
    let sampled = FindingResult.largestZ(report, "meanStructure")
    claims.append(
      Claim(
        statement: "Drawn networks show the same <rho>", expected: "within 5 standard errors at every sampled point",
        found: "largest \(NumberText.significant(sampled.z, digits: 2)) at \(sampled.points) points",
        isReproduced: sampled.z <= 5 && sampled.points > 0))
    return FindingResult(
      claims: claims,
      evidence: .study(report, figures: ["phase-meanStructure", "phase-map"], mostFigures: .max, mostTables: 2),
      judgement: report.judgement)
  }
}
