// Every unbiased kernel leaves every target invariant, and is reversible if it says so.

import Sampling
import Testing

@Suite("Proof: kernels on targets with exact draws") struct ProofOfKernelsTests {
  /// All kernels for real coordinates. `step` is for steps that follow the narrowest direction, `walk` for a random walk.
  static func realKernels<Target: ProofTarget, Proposal: DrawableLogDensity>(
    _ name: String, _ target: Target, step: Double, walk: Double, metric: InverseMetric, metricStep: Double,
    crank: Double, proposal: Proposal
  ) -> [ProofCase] {
    func proofs<Kernel: MarkovKernel>(_ label: String, _ kernel: Kernel, transitions: Int = 10) -> [ProofCase] {
      ProofCase.proofs("\(label) on \(name)", of: target, kernel, transitions: transitions)
    }
    let tuned = Tuning(stepSize: metricStep, inverseMetric: metric)
    let plain = Tuning(stepSize: step)
    let pieces = [
      proofs("random walk", RandomWalkMetropolis(target, tuning: Tuning(stepSize: walk)), transitions: 20),
      proofs("random walk with metric", RandomWalkMetropolis(target, tuning: tuned)),
      proofs("independence", IndependenceMetropolis(target, proposal: proposal), transitions: 20),
      proofs("Crank-Nicolson", PreconditionedCrankNicolson(target, stepSize: crank), transitions: 20),
      proofs("elliptical slice", EllipticalSlice(target), transitions: 5),
      proofs("MALA", Langevin(target, tuning: plain)),
      proofs("MALA with metric", Langevin(target, tuning: tuned)),
      proofs("HMC of 5 steps", HamiltonianMonteCarlo(target, tuning: tuned, length: .fixed(5)), transitions: 5),
      proofs(
        "HMC of 1 to 8 steps", HamiltonianMonteCarlo(target, tuning: plain, length: .uniform(1...8)), transitions: 5),
      proofs(
        "HMC by time", HamiltonianMonteCarlo(target, tuning: plain, length: .time(upTo: 6 * step)), transitions: 5),
      proofs("generalized HMC", GeneralizedHamiltonianMonteCarlo(target, tuning: plain), transitions: 20),
      proofs(
        "generalized HMC of 4 steps with metric",
        GeneralizedHamiltonianMonteCarlo(target, tuning: tuned, steps: 4, persistence: 4, levelShift: 0.2)),
      proofs("NUTS", NoUTurn(target, tuning: plain, maximumDepth: 6), transitions: 3),
      proofs("NUTS with metric", NoUTurn(target, tuning: tuned), transitions: 3),
    ]
    return pieces.flatMap { $0 }
  }

  static let gaussian = try! IllConditionedGaussian()

  /// Every kernel that uses a metric, with one of a diagonal and the three directions that are not of variance 1.
  static var lowRankKernels: [ProofCase] {
    let eigen = try! SymmetricEigen(gaussian.covariance)
    let kept = [0, 1, 4]
    let metric = try! InverseMetric.lowRank(
      scales: [1, 1.2, 0.9, 1, 0.8], variances: kept.map { eigen.values[$0] },
      directions: Matrix(kept.map { column in (0..<5).map { eigen.vectors[$0, column] } }))
    func proofs<Kernel: MarkovKernel>(_ label: String, _ kernel: Kernel, transitions: Int) -> [ProofCase] {
      ProofCase.proofs("\(label) with a low-rank metric", of: gaussian, kernel, transitions: transitions)
    }
    let tuning = Tuning(stepSize: 0.3, inverseMetric: metric)
    let pieces = [
      proofs("random walk", RandomWalkMetropolis(gaussian, tuning: tuning), transitions: 20),
      proofs("MALA", Langevin(gaussian, tuning: tuning), transitions: 10),
      proofs("HMC", HamiltonianMonteCarlo(gaussian, tuning: tuning, length: .uniform(1...8)), transitions: 5),
      proofs(
        "generalized HMC", GeneralizedHamiltonianMonteCarlo(gaussian, tuning: tuning, steps: 4, persistence: 4),
        transitions: 10),
      proofs("NUTS", NoUTurn(gaussian, tuning: tuning), transitions: 3),
    ]
    return pieces.flatMap { $0 }
  }

  static let real = ProofSuite(
    seed: 401, sampleSize: 5000,
    realKernels(
      "a Gaussian of condition number 1e4", gaussian, step: 0.15, walk: 0.15,
      metric: try! .dense(covariance: gaussian.covariance), metricStep: 1, crank: 0.02,
      proposal: try! IllConditionedGaussian(widening: 1.4))
      + lowRankKernels
      + realKernels(
        "log-gamma", LogGammaTarget(), step: 0.8, walk: 1, metric: try! .diagonal(variances: [4, 2, 1, 0.3]),
        metricStep: 0.8, crank: 0.3,
        proposal: ProductReference(layout: LogGammaTarget().layout, scales: [3, 2, 1.5, 2]))
      + realKernels(
        "Neal's funnel", Funnel(), step: 0.5, walk: 1, metric: try! .diagonal(variances: [4, 1, 1, 1]), metricStep: 0.5,
        crank: 0.3,
        proposal: ProductReference(layout: Funnel().layout, scales: [3, 3, 3, 3])))

  @Test(
    "real coordinates (false alarms below 1e-5 in all)", arguments: real.cases.indices)
  func realCoordinates(number: Int) throws {
    let report = try Self.real.run(number)
    #expect(report.passed, "\(Self.real.cases[number].name): \(report)")
    let slowest = report.functions.map(\.changedFraction).min() ?? 0
    #expect(slowest > 0.3, "\(Self.real.cases[number].name) hardly moves: \(slowest)")
  }

  static let spins = DrawableSpins(.example(spins: 4, pull: 0.8))
  static let table = PeakedTable()

  static var binaryKernels: [ProofCase] {
    let flips = BinaryFlips(spins, scan: .eitherOrder)
    let langevin = Langevin(spins, tuning: Tuning(stepSize: 1.4))
    let hamiltonian = HamiltonianMonteCarlo(spins, tuning: Tuning(stepSize: 1.2), length: .uniform(1...4))
    var cases: [ProofCase] = []
    for scan in [BinaryFlips<PeakedTable>.Scan.fixedOrder, .eitherOrder, .randomCoordinates] {
      cases += ProofCase.proofs(
        "flips, \(scan), on 20 states", of: table, BinaryFlips(table, scan: scan), functions: table.functions)
    }
    cases += ProofCase.proofs(
      "flips, certain proposals, on 20 states", of: table,
      BinaryFlips(table, scan: .eitherOrder, proposalProbability: 1), functions: table.functions)
    cases += ProofCase.proofs(
      "independence on 20 states", of: table,
      IndependenceMetropolis(
        table, proposal: ProductReference(layout: table.layout, scales: [], activeProbability: 0.4)),
      functions: table.functions, transitions: 20)
    cases += ProofCase.proofs("MALA, then flips", of: spins, Cycle(langevin, BinaryFlips(spins)))
    cases += ProofCase.proofs("MALA within flips", of: spins, Palindrome(langevin, within: flips))
    cases += ProofCase.proofs("MALA or flips", of: spins, RandomMixture(langevin, flips, firstProbability: 0.5))
    cases += ProofCase.proofs("HMC within flips", of: spins, Palindrome(hamiltonian, within: flips))
    cases += ProofCase.proofs("flips within HMC", of: spins, Palindrome(flips, within: hamiltonian))
    cases += ProofCase.proofs(
      "generalized HMC, then flips", of: spins,
      Cycle(GeneralizedHamiltonianMonteCarlo(spins, tuning: Tuning(stepSize: 1.2), steps: 2), flips))
    cases += ProofCase.proofs(
      "NUTS within flips", of: spins, Palindrome(NoUTurn(spins, tuning: Tuning(stepSize: 0.9)), within: flips),
      transitions: 5)
    cases += ProofCase.proofs(
      "Crank-Nicolson within flips", of: spins,
      Palindrome(PreconditionedCrankNicolson(spins, stepSize: 0.7), within: flips))
    cases += ProofCase.proofs(
      "elliptical slice within flips", of: spins, Palindrome(EllipticalSlice(spins), within: flips))
    cases += ProofCase.proofs(
      "random walk, then flips", of: spins,
      Cycle(RandomWalkMetropolis(spins, tuning: Tuning(stepSize: 1)), BinaryFlips(spins)))
    let switching = BinaryFlips(switched, scan: .eitherOrder)
    cases += ProofCase.proofs(
      "MALA within flips that switch scales", of: switched,
      Palindrome(Langevin(switched, tuning: Tuning(stepSize: 0.5)), within: switching))
    cases += ProofCase.proofs(
      "NUTS, then flips that switch scales", of: switched,
      Cycle(NoUTurn(switched, tuning: Tuning(stepSize: 0.4)), switching), transitions: 5)
    cases += ProofCase.proofs(
      "elliptical slice or flips that switch scales", of: switched,
      RandomMixture(EllipticalSlice(switched), switching, firstProbability: 0.5))
    return cases
  }

  static let switched = SwitchedScales()
  static let binary = ProofSuite(seed: 402, sampleSize: 5000, binaryKernels)

  @Test("binary and mixed coordinates (false alarms below 1e-5 in all)", arguments: binary.cases.indices)
  func binaryCoordinates(number: Int) throws {
    let report = try Self.binary.run(number)
    #expect(report.passed, "\(Self.binary.cases[number].name): \(report)")
  }

  static func tempering<Rung: PointKernel>(_ name: String, _ rung: Rung, _ ladder: [Double]) -> ProofCase
  where Rung.Target: DrawableLogDensity & TemperableLogDensity {
    ProofCase(name: "\(name), \(ladder.count) rungs") { rule, stream in
      let ladder = try TemperatureLadder(ladder)
      return try InvarianceTest(rung.target, transitions: 6, rule: rule).run(using: &stream) { number in
        ReplicaExchange(rung, ladder: ladder, seed: 77, chain: number)
      }
    }
  }

  static let tempered = ProofSuite(
    seed: 403, sampleSize: 3000,
    [
      tempering("random walk", RandomWalkMetropolis(TemperedModes(), tuning: Tuning(stepSize: 1)), [0, 0.1, 0.4, 1]),
      tempering("MALA", Langevin(TemperedModes(), tuning: Tuning(stepSize: 0.7)), [0, 0.1, 0.4, 1]),
      tempering("MALA, hottest rung not at 0", Langevin(TemperedModes(), tuning: Tuning(stepSize: 0.7)), [0.2, 1]),
      tempering(
        "generalized HMC", GeneralizedHamiltonianMonteCarlo(TemperedModes(), tuning: Tuning(stepSize: 0.7)),
        [0, 0.1, 0.4, 1]),
      tempering("NUTS", NoUTurn(TemperedModes(), tuning: Tuning(stepSize: 0.5)), [0, 0.2, 1]),
    ])

  @Test("replica exchange between two modes (false alarms below 1e-5 in all)", arguments: tempered.cases.indices)
  func replicaExchange(number: Int) throws {
    let report = try Self.tempered.run(number)
    #expect(report.passed, "\(Self.tempered.cases[number].name): \(report)")
  }

  @Test("a kernel that is not reversible is refused a rank test")
  func refusal() throws {
    var stream = try RandomStream.test(410)
    #expect(throws: RankTestError.self) {
      try ExactRankTest(Self.table).run(BinaryFlips(Self.table), using: &stream)
    }
  }
}
