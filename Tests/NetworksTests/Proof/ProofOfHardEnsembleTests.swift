// Networks that solve a task exactly: the collapsed kernels by joint tests, exact values, identities and mutants.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite("Proof: the hard ensemble") struct ProofOfHardEnsembleTests {
  typealias Case = ProofOfStructuredKernelsTests.Case

  static func drawn(
    _ target: [[Double]] = [[1, 0.3], [0, 0.8]], neurons: Int = 7, activeProbability: Double = 0.4,
    outputScale: Double = 1.2, inputScale: Double = 1.5
  ) -> GainModulatedLinearEnsemble {
    GainModulatedLinearEnsemble(
      task: try! LearningTask(target: target), neurons: neurons, ensemble: .hard, convention: .prior,
      outputScale: outputScale, inputScale: inputScale, activeProbability: activeProbability,
      stimulusCovariance: .identity(target[0].count))
  }

  /// - Parameter gains: [context, neuron].
  static func given(
    _ gains: Matrix, _ target: [[Double]] = [[1, 0.3], [0, 0.8]], outputScale: Double = 1.2, inputScale: Double = 1.5
  ) -> GainModulatedLinearEnsemble {
    GainModulatedLinearEnsemble(
      task: try! LearningTask(target: target), neurons: gains.columns, ensemble: .hard, convention: .prior,
      outputScale: outputScale, inputScale: inputScale, gains: .given(gains.transposed),
      stimulusCovariance: .identity(target[0].count))
  }

  static let gains = ProofOfStructuredKernelsTests.gains
  static let graded = ProofOfStructuredKernelsTests.graded
  /// Three contexts, the third the sum of the others.
  static let dependent = Matrix([[1, 0, 1, 1, 0, 2], [0, 1, 1, 0, 1, 1], [1, 1, 2, 1, 1, 3]])
  static let dependentTarget = [[1, 0.3], [0, 0.8], [1, 1.1]]

  /// Six contexts, beyond those whose loops are unrolled, tied by no small whole numbers.
  static let six = [[1.01370215], [0.52713961], [0.21930428], [-0.44187753], [0.08390617], [0.73762389]]

  // MARK: Exactness

  static let cases: [Case] = [
    Case("four populations", given(gains)) { PopulationGibbs($0)! },
    Case("every neuron its own population", given(graded)) { PopulationGibbs($0)! },
    Case("dependent contexts", given(dependent, dependentTarget)) { PopulationGibbs($0)! },
    Case("one neuron", given(Matrix([[0.7]]), [[1, 0.5, 0]])) { PopulationGibbs($0)! },
    Case("drawn gains", drawn()) { PatternGibbs($0)! },
    Case("drawn gains, one sweep", drawn(neurons: 18)) { PatternGibbs($0)! },
    Case("hardly more neurons than contexts", drawn([[1], [0.4], [-0.7]], neurons: 4, activeProbability: 0.6)) {
      PatternGibbs($0)!
    },
    Case("one context", drawn([[1, 0.2]], neurons: 4)) { PatternGibbs($0)! },
    Case("six contexts", drawn(six, neurons: 9, outputScale: 0.3, inputScale: 4)) {
      PatternGibbs($0)!
    },
  ]

  static let rule = SequentialTest(falseAlarmRate: 1e-5, sampleSize: 2000).shared(by: cases.count)

  /// With networks from the prior and A = R(θ) the law of θ given A is the hard ensemble.
  @Test("the kernels are exact (false alarms below 1e-5 in all)", arguments: cases.indices)
  func isExact(number: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 951, chain: number, purpose: .testing))
    let report = try Self.cases[number].run(Self.rule, &stream)
    #expect(report.passed, "\(Self.cases[number].name): \(report)")
  }

  static let mutants: [Case] = [
    Case("the determinant is forgotten", drawn()) { density in
      PatternGibbs(density) { plan in
        for j in plan.exchange.groups.indices { plan.exchange.groups[j].determinants = 0 }
      }!
    },
    Case("the determinant of a feature less", drawn()) { density in
      PatternGibbs(density) { plan in plan.exchange.groups[0].determinants = 1 }!
    },
    Case("patterns of another prior", drawn()) { density in
      PatternGibbs(density) { $0.proposal = PatternProposal(density, $0.readout, activeProbability: 0.6) }!
    },
    Case("norms of a neuron less", given(gains)) { density in
      PopulationGibbs(density) { law in law.counts = law.counts.map { $0 - 1 } }!
    },
    Case("a readout of another spread", given(gains)) { density in
      PopulationGibbs(density) { law in law.scale *= 1.3 }!
    },
  ]

  @Test("every mutant fails the joint test", arguments: mutants.indices) func mutantFails(number: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 952, chain: number, purpose: .testing))
    let rule = SequentialTest(falseAlarmRate: 1e-5, sampleSize: 4000)
    #expect(!(try Self.mutants[number].run(rule, &stream).passed), "\(Self.mutants[number].name) passed")
  }

  @Test("log densities are the density's, restarts exact, steps free of allocations") func keepTheContract() throws {
    for (number, ensemble) in [
      Self.drawn(), Self.drawn(neurons: 300), Self.drawn(Self.six, neurons: 30),
      Self.given(Self.gains),
      Self.given(Self.dependent, Self.dependentTarget),
    ].enumerated() {
      try ProofOfStructuredKernelsTests.expectContract(
        #require(ensemble.density().collapsedKernel()), stream: 200 + number)
    }
  }

  // MARK: Exact values

  /// N = 16, four neurons of each of the patterns 00, 01, 10 and 11.
  static let sixteen = Matrix([
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1],
  ])

  static func prediction(
    _ target: [[Double]], neurons: Int, gains: GainReference, scale: Double = 1
  ) throws -> HardPrediction? {
    try GainModulatedLinearEnsemble(
      task: LearningTask(target: target), neurons: neurons, ensemble: .hard, convention: .prior, outputScale: scale,
      inputScale: 1, gains: gains, stimulusCovariance: .identity(target[0].count)
    ).hardPrediction()
  }

  @Test("numbers of THEORY section 11 come out") func knownValues() throws {
    for (neurons, square) in [(5, 1.561849), (10, 1.587975), (20, 1.602452)] {
      let found = try #require(
        try Self.prediction([[1]], neurons: neurons, gains: .independent(activeProbability: 1)))
      #expect(abs(found.outputSecondMoment - square) < 1e-6)
      #expect(abs(found.inputSecondMoment - square) < 1e-6)
    }
    let found = try #require(
      try Self.prediction([[1, 0], [0, 1]], neurons: 16, gains: .given(Self.sixteen.transposed)))
    #expect(abs(found.outputSecondMoment - 2.534816) < 1e-6)
    #expect(abs(found.inputSecondMoment - 3.534816) < 1e-6)
    #expect(abs(found.logDensity + 19.625181) < 2e-6)
    let squares = try #require(found.populations).map(\.outputSecondMoment)
    for (own, square) in zip(squares, [3.593493, 3.593493, 1.952279]) { #expect(abs(own - square) < 1e-6) }
  }

  @Test("readouts have the density of a product of normal numbers, of a sum of two such, and of mixtures of them")
  func densities() throws {
    // w m: K_0(|y|)/π; w_1 m_1 + w_2 m_2: exp(−|y|)/2.
    let one = try #require(try Self.prediction([[1]], neurons: 1, gains: .independent(activeProbability: 1), scale: 2))
    #expect(abs(one.logDensity - log(0.9244190712276659 / Double.pi / 2)) < 1e-12)
    let two = try #require(try Self.prediction([[1]], neurons: 2, gains: .independent(activeProbability: 1)))
    #expect(abs(two.logDensity - log(exp(-2) / 2 * 2)) < 1e-12)
    // One of two neurons active, or both.
    let drawn = try #require(try Self.prediction([[1]], neurons: 2, gains: .independent(activeProbability: 0.4)))
    let single = 0.48 * 2 * 0.11389387274953344 / Double.pi
    #expect(abs(drawn.logDensity - log(single + 0.16 * exp(-2))) < 1e-12)
    let share = (0.5 * single + 0.16 * exp(-2)) / (single + 0.16 * exp(-2))
    #expect(abs(try #require(drawn.patternWeights)[1] - share) < 1e-12)
    // Two contexts, each with neurons of its own: independent readouts, half the neurons each.
    let split = Matrix([[1, 1, 0, 0], [0, 0, 1, 1]])
    let pair = try #require(try Self.prediction([[0.5], [0.25]], neurons: 4, gains: .given(split.transposed)))
    #expect(abs(pair.logDensity - (2 * log(2) - 2 - 1)) < 2e-6)
    // Two contexts with the same gains: along (1, 1)/√2 the readout is √2 R_0.
    let twin = try #require(
      try Self.prediction([[1], [1]], neurons: 2, gains: .given(Matrix([[1, 1], [1, 1]]))))
    #expect(abs(twin.logDensity - (two.logDensity - log(2) / 2)) < 1e-12)
    #expect(abs(twin.outputSecondMoment - two.outputSecondMoment) < 1e-12)
  }

  /// Given the other's weights w_2 and m_2, those of neuron 1 with w_1 m_1 = 2A − w_2 m_2 follow.
  @Test("two neurons by quadrature of raw weights") func bruteForce() throws {
    let found = try #require(try Self.prediction([[1]], neurons: 2, gains: .independent(activeProbability: 1)))
    // ∫ dy K_0(|y|) K_0(|2 − y|)/π² is exp(−2)/2·…; <w²> = ∫ w² exp(−w²/2 − m²/2) δ(w m − y) over the same.
    var (weight, square) = (0.0, 0.0)
    let step = 0.02
    for a in stride(from: -9.0, through: 9, by: step) {
      for b in stride(from: -9.0, through: 9, by: step) {
        // w = (a, b): the readout is N(0, |w|²/4).
        let length = a * a + b * b
        guard length > 1e-12 else { continue }
        let density = exp(-length / 2 - 2 / length) / length.squareRoot()
        weight += density
        square += density * length / 2
      }
    }
    #expect(abs(found.outputSecondMoment - square / weight) < 1e-6)
  }

  @Test("bridge sampling finds the density (within 4.5 standard errors, each below 0.05)", arguments: [0, 1, 2])
  func bridge(number: Int) throws {
    let ensemble =
      switch number {
      case 0: Self.given(Self.gains)
      case 1: Self.drawn(neurons: 6)
      default: Self.drawn([[0.3, 1]], neurons: 5)
      }
    var settings = DensityEstimation()
    settings.seed = 953
    let estimate = try #require(try ensemble.estimateTargetDensity(settings))
    let exact = try #require(try ensemble.hardPrediction())
    #expect(estimate.problem == nil && estimate.standardError < 0.05)
    #expect(abs(estimate.value - exact.logDensity) < 4.5 * estimate.standardError)
  }

  // MARK: Checks

  static func table<Kernel: PointKernel>(
    _ ensemble: GainModulatedLinearEnsemble, _ kernel: Kernel, draws: Int = 3000
  ) throws -> DrawTable where Kernel.Target == GainModulatedLinearDensity {
    try GibbsCheckTests.draws(ensemble, kernel, NoAdaptation<Kernel>(transitions: 50), draws: draws, thin: 1)
  }

  @Test("draws pass every check, with residuals at rounding", arguments: [0, 1, 2, 3])
  func passes(number: Int) throws {
    let ensemble =
      [
        Self.given(Self.sixteen), Self.drawn(neurons: 6), Self.given(Self.dependent, Self.dependentTarget),
        Self.drawn([[1, 0.2]], neurons: 4),
      ][
        number]
    let kernel = try #require(try ensemble.density().collapsedKernel())
    let check = Check(ensemble.theory().predictions, against: try Self.table(ensemble, kernel))
    #expect(check.passed, "\(check.failures) \(check.doubts)")
    let residual = try #require(check.results.first { $0.name == "hard_residual" })
    #expect(residual.estimate < 1e-14 && residual.status == .exact)
    #expect(check.results.contains { $0.name == "hard_output_weight_identity" && $0.status == .exact })
  }

  /// A kernel whose output weights stay as they are.
  struct StillOutputs: PointKernel {
    var target: GainModulatedLinearDensity
    func makeScratch() -> CollapsedGibbs.Scratch { CollapsedGibbs(target)!.makeScratch() }
    func step(
      _ point: inout PointState<GainModulatedLinearDensity>, scratch: inout CollapsedGibbs.Scratch,
      using stream: inout RandomStream
    ) -> Transition {
      // The readout of the new position is on target; the weights before are put back.
      let before = Array(point.current.position[0..<target.neurons])
      let transition = CollapsedGibbs(target)!.step(&point, scratch: &scratch, using: &stream)
      for i in before.indices { point.current.position[i] = before[i] }
      point.current.invalidate()
      point.current.evaluate(target, using: &point.workspace)
      return transition
    }
  }

  @Test("output weights that are not redrawn are noticed, by the residual at least") func stillOutputs() throws {
    let ensemble = Self.given(Self.sixteen)
    let check = Check(
      ensemble.theory().predictions,
      against: try Self.table(ensemble, StillOutputs(target: ensemble.density()), draws: 1000))
    #expect(check.failures.contains { $0.name == "hard_residual" })
  }

  @Test("flips with the input weights held fixed are noticed") func flipsOffTheManifold() throws {
    let ensemble = Self.drawn(neurons: 6)
    let density = try ensemble.density()
    let kernel = Cycle(try #require(PatternGibbs(density)), BinaryFlips(density))
    let check = Check(ensemble.theory().predictions, against: try Self.table(ensemble, kernel))
    #expect(check.failures.contains { $0.name == "hard_residual" })
  }

  @Test("a forgotten determinant is noticed by the identities") func wrongDeterminant() throws {
    let ensemble = Self.drawn(neurons: 6)
    let kernel = try #require(
      PatternGibbs(try ensemble.density()) { plan in plan.exchange.groups[0].determinants = 0 })
    let check = Check(ensemble.theory().predictions, against: try Self.table(ensemble, kernel))
    #expect(check.failures.contains { $0.name == "hard_output_weight_identity" })
    #expect(check.failures.contains { $0.name.hasPrefix("gain_residual") })
  }

  /// N = K = 1, D = 2, |A| = 1: weighted by √det JJᵀ, J = ∂R/∂θ, draws follow the surface law, with mean squares of 1.5443 each.
  @Test("balance tells the conditional law from the surface law") func surfaceLaw() throws {
    let ensemble = Self.given(Matrix([[1]]), [[1, 0]], outputScale: 1, inputScale: 1)
    let kernel = try #require(try ensemble.density().collapsedKernel())
    var stream = try RandomStream(StreamKey(seed: 954, chain: 0, purpose: .testing))
    var state = try kernel.initialState(at: [1, 1, 0])
    var sums = [0.0, 0.0, 0.0, 0.0, 0.0]
    let draws = 200_000
    for _ in 0..<draws {
      _ = kernel.step(&state, using: &stream)
      let x = state.position
      let (w, m) = (x[0] * x[0], x[1] * x[1] + x[2] * x[2])
      // JJᵀ = w² + m mᵀ in two features.
      let weight = (w * (w + m)).squareRoot()
      for (k, value) in [w, m, weight, weight * w, weight * m].enumerated() { sums[k] += value }
    }
    #expect(abs(sums[0] / Double(draws) - 1) < 0.02 && abs(sums[1] / Double(draws) - 2) < 0.02)
    #expect(abs(sums[3] / sums[2] - 1.5443) < 0.03 && abs(sums[4] / sums[2] - 1.5443) < 0.03)
  }
}

@Suite struct HardExistenceTests {
  static func given(_ gains: [[Double]], _ target: [[Double]]) -> HardExistence {
    HardExistence(target: Matrix(target), gains: .fixed(Matrix(gains).transposed), neurons: gains.count)
  }
  static func drawn(_ target: [[Double]], neurons: Int, activeProbability: Double = 0.5) -> HardExistence {
    HardExistence(
      target: Matrix(target), gains: .drawn(activeProbability: activeProbability), neurons: neurons)
  }

  @Test("targets outside the gains' span are refused with the nearest that is possible") func nearest() throws {
    do {
      try Self.given([[1, 1], [1, 1]], [[1, 0], [0, 1]]).require()
      Issue.record("a target that no network has was accepted")
    } catch HardEnsembleError.unreachable(let identity, _, _, let nearest) {
      #expect(identity.context == 1 && nearest.joined().allSatisfy { abs($0 - 0.5) < 1e-12 })
    }
  }

  @Test("a target of zero asks for more neurons than features") func zeroTarget() throws {
    try Self.given([[1], [1], [1]], [[0, 0]]).require()
    #expect(throws: HardEnsembleError.infiniteDensity(carriers: 2, directions: 1, needed: 2)) {
      try Self.given([[1], [1]], [[0, 0]]).require()
    }
    // Two directions at once: three neurons serve each, five both.
    let five: [[Double]] = [[1, 0], [1, 0], [0, 1], [0, 1], [1, 1]]
    try Self.given(five, [[0], [0]]).require()
    #expect(throws: HardEnsembleError.infiniteDensity(carriers: 4, directions: 2, needed: 4)) {
      try Self.given([[1, 0], [1, 0], [0, 1], [0, 1]], [[0, 0], [0, 0]]).require()
    }
    // The second context's target is zero: what counts is who serves it.
    try Self.given([[1, 0], [1, 1], [0, 1]], [[1], [0]]).require()
    #expect(throws: HardEnsembleError.infiniteDensity(carriers: 1, directions: 1, needed: 1)) {
      try Self.given([[1, 0], [1, 0], [0, 1]], [[1], [0]]).require()
    }
    // A context whose gains are all zero has no readout at all.
    try Self.given([[1, 0], [1, 0]], [[1, 2], [0, 0]]).require()
    try Self.given([[0, 0]], [[0], [0]]).require()
  }

  @Test("drawn gains refuse what their readouts are tied to with positive probability") func ties() throws {
    try Self.drawn([[1, 0], [0, 1]], neurons: 2).require()
    try Self.drawn([[1], [0.4]], neurons: 5).require()
    #expect(throws: HardEnsembleError.tooFewNeurons(neurons: 1, contexts: 2)) {
      try Self.drawn([[1], [0.4]], neurons: 1).require()
    }
    #expect(throws: HardEnsembleError.tiedReadouts(combination: [0, 1])) {
      try Self.drawn([[1, 2], [0, 0]], neurons: 50).require()
    }
    #expect(throws: HardEnsembleError.tiedReadouts(combination: [1, -1])) {
      try Self.drawn([[1, 2], [1, 2]], neurons: 50).require()
    }
    #expect(throws: HardEnsembleError.tiedReadouts(combination: [1, -1, -1])) {
      try Self.drawn([[1], [0.3], [0.7]], neurons: 50).require()
    }
    // 0.6 and 0.3 are tied by R_1 = 2 R_3, which gains of 0 and 1 obey only where both are silent.
    let rare = [[1.0], [0.6], [0.4], [0.3]]
    #expect(throws: HardEnsembleError.tiedReadouts(combination: [1, -1, -1, 0])) {
      try Self.drawn(rare, neurons: 4).require()
    }
    let six = [[1.0], [0.3], [-0.2], [0.71], [2], [0.13]]
    try Self.drawn(six, neurons: 40).require()
    #expect(throws: HardEnsembleError.self) { try Self.drawn(six, neurons: 6).require() }
  }
}
