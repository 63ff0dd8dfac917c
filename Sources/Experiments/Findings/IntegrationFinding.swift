// A finding on recurrent networks of rank one: integration in context needs populations.

import JSON
import Networks
import Sampling

extension PaperFinding {
  static let contextIntegration = PaperFinding(
    id: .contextIntegration, title: "Integration in context needs populations",
    statement:
      "Recurrent networks of rank one that integrate the input of their context have populations; these matter less for larger weights, and "
      + "with more contexts the task moves to neurons that serve many. Few neurons make loops that are unstable."
  ) { experiment, path, execution in
    let folder = try StudyFolder(FindingName.contextIntegration.rawValue, experiment, options: .null, at: path).made(
      replacing: false)
    let run = try folder.run("ensemble", experiment, execution)
    guard let task = experiment.task.task as? EvidenceIntegrationTask, experiment.ensemble == .product,
      let ensemble = try experiment.closedFormEnsemble(), case .independent = ensemble.gains, task.contexts == 2,
      task.loop == 0.8, task.drive == 1, ensemble.outputScale == 1, ensemble.inputScale == 1
    else {
      throw StudyError(
        "context-integration.json: allowed is evidenceIntegration of 2 contexts, loop 0.8, drive 1, weights of scale 1, with binary gains and "
          + "\"product\"")
    }
    let solution = try ensemble.solve()
    let grid = try Grid(task)
    let check = try CheckReport(run)
    func number(_ value: Double) -> String { NumberText.significant(value, digits: 4) }
    let known = [0.15593, 0.28636, 0.28636, 0.27135]
    let found = solution.populations.map(\.weight)
    let error = zip(known, found).reduce(0) { max($0, abs($1.0 - $1.1)) }
    let alone = try Self.refusesOnePopulation(ensemble)
    let unstable = Self.unstableShare(run)
    let expected = try ensemble.loopStability().unstableProbability[0].value
    let falls = zip(grid.instability, grid.instability.dropFirst()).allSatisfy { $0.probability > $1.probability }
    let claims = [
      Claim(
        statement: "Gain patterns differ from their reference: P(g) of two contexts at scale 1",
        expected: known.map { number($0) }.joined(separator: ", ") + ", to five digits",
        found: found.map { NumberText.significant($0, digits: 5) }.joined(separator: ", "),
        isReproduced: error < 5.0001e-6),
      Claim(
        statement: "One population cannot do it: neurons that are all active in both contexts", expected: "no such law",
        found: alone ? "refused: both contexts would share one readout" : "a law was found", isReproduced: alone),
      Claim(
        statement: "Larger weights need populations less: KL(P(g) || P0(g)) of two contexts at scales "
          + Grid.scales.map { number($0) }.joined(separator: ", "), expected: "falling",
        found: grid.divergence(contexts: 2).map { number($0) }.joined(separator: ", "),
        isReproduced: grid.falls(grid.divergence(contexts: 2))),
      Claim(
        statement: "The share c_1 of the readout that neurons of a single context carry, scale 1, K = "
          + Grid.contexts.map(String.init).joined(separator: ", "), expected: "falling, below 0.05 at the last",
        found: grid.share(scale: 1).map { number($0) }.joined(separator: ", "),
        isReproduced: grid.falls(grid.share(scale: 1)) && (grid.share(scale: 1).last ?? 1) < 0.05),
      Claim(
        statement: "A loop is unstable less often in larger networks: P(lambda >= 1) at N = "
          + Grid.neurons.map(String.init).joined(separator: ", "), expected: "falling",
        found: grid.instability.map { number($0.probability) }.joined(separator: ", "), isReproduced: falls),
      Claim(
        statement: "Drawn networks of \(ensemble.neurons) neurons are unstable as often, context 0",
        expected: "\(number(expected)) (exact), within 3 standard errors", found: NumberText.estimate(unstable),
        isReproduced: abs(unstable.value - expected) <= 3 * (unstable.standardError ?? 0)),
      Claim(
        statement: "The draws are right: all exact checks",
        expected: "pass at a false-alarm rate of \(NumberText.significant(check.check.falseAlarmRate, digits: 1))",
        found: check.summary, isReproduced: check.check.passed),
    ]
    var result = FindingResult(
      claims: claims,
      evidence: .run(run, check, figures: ["populations", "integration-choices", "integration-kernels"]),
      judgement: StudyJudgement(points: [("ensemble", try RunDiagnosis(run))]))
    result.tables = grid.tables
    return result
  }

  /// Whether gains that are certainly 1 are refused.
  private static func refusesOnePopulation(_ ensemble: GainModulatedLinearEnsemble) throws -> Bool {
    let alone = GainModulatedLinearEnsemble(
      task: ensemble.task, neurons: ensemble.neurons, ensemble: .product, convention: ensemble.convention,
      outputScale: ensemble.outputScale, inputScale: ensemble.inputScale, activeProbability: 1,
      stimulusCovariance: ensemble.stimulusCovariance)
    do {
      _ = try alone.solve()
      return false
    } catch MaxEntropyError.unequalRows { return true }
  }

  /// The share of draws whose loop is unstable in context 0.
  private static func unstableShare(_ run: LoadedRun) -> Estimate {
    var (count, all) = (0, 0)
    try? run.draws.forEachBlock(of: ["readout[0,0]"]) { _, block in
      count += block[0].count { $0 >= 1 }
      all += block[0].count
    }
    let share = Double(count) / Double(max(1, all))
    return Estimate(value: share, standardError: (share * (1 - share) / Double(max(1, all))).squareRoot())
  }

  /// The closed form at several numbers of contexts, scales and neurons.
  private struct Grid {
    static let contexts = [2, 3, 4, 6, 8]
    static let scales = [0.5, 1, 2, 4]
    static let neurons = [20, 50, 100, 200, 500, 1000]

    private let points: [(contexts: Int, scale: Double, divergence: Double, share: Double)]
    let instability: [(neurons: Int, probability: Double)]

    init(_ task: EvidenceIntegrationTask) throws {
      var points: [(contexts: Int, scale: Double, divergence: Double, share: Double)] = []
      func solve(_ contexts: Int, _ scale: Double) throws -> MaxEntropySolution {
        var target = Matrix(rows: contexts, columns: 1 + contexts)
        for c in 0..<contexts {
          target[c, 0] = task.loop
          target[c, 1 + c] = task.drive
        }
        return try MaxEntropyProblem(
          task: LearningTask(target: target), gains: .independent(activeProbability: 0.5), convention: .prior,
          outputScale: scale, inputScale: scale, ensemble: .product, stimulusCovariance: nil
        ).solve()
      }
      for contexts in Self.contexts {
        for scale in Self.scales {
          let solution = try solve(contexts, scale)
          points.append((contexts, scale, solution.patternKL, solution.readoutShare?[1] ?? .nan))
        }
      }
      self.points = points
      let law = NeuronLaw(try solve(2, 1))
      instability = try Self.neurons.map {
        ($0, try LoopStability(law, neurons: $0).unstableProbability[0].value)
      }
    }

    func divergence(contexts: Int) -> [Double] { points.filter { $0.contexts == contexts }.map(\.divergence) }
    func share(scale: Double) -> [Double] { points.filter { $0.scale == scale }.map(\.share) }
    func falls(_ values: [Double]) -> Bool { zip(values, values.dropFirst()).allSatisfy { $0 > $1 } }

    var tables: [(heading: String, columns: [String], rows: [[String]])] {
      func number(_ value: Double) -> String { NumberText.significant(value, digits: 4) }
      let columns = ["K"] + Self.scales.map { "scale \(number($0))" }
      func rows(_ value: (Double, Double) -> Double) -> [[String]] {
        Self.contexts.map { contexts in
          ["\(contexts)"] + points.filter { $0.contexts == contexts }.map { number(value($0.divergence, $0.share)) }
        }
      }
      return [
        ("KL of patterns (nats) by contexts and weight scale", columns, rows { divergence, _ in divergence }),
        ("c_1, the share of neurons of a single context, by contexts and weight scale", columns, rows { $1 }),
        (
          "Instability at two contexts and scale 1", ["N", "P(lambda >= 1) per context"],
          instability.map { ["\($0.neurons)", number($0.probability)] }
        ),
      ]
    }
  }
}
