// Drawn networks with several loadings against their theory; chunks, recording, restoring; the density and its kernels.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite struct LoadingDrawsTests {
  struct Collected: ExactSourceVisitor {
    let chains: Int
    let draws: Int

    func visit<Source: DrawSource & SendableMetatype & ~Copyable>(
      _ make: @escaping @Sendable (Int) throws -> Source
    ) throws -> DrawTable { try drawTable(chains: chains, draws: draws, make) }
  }

  static func table(_ ensemble: LoadingEnsemble, chains: Int = 2, draws: Int, seed: UInt64 = 9) throws -> DrawTable {
    try ensemble.visitExactSources(Collected(chains: chains, draws: draws)) {
      try RandomStream(StreamKey(seed: seed, chain: $0, purpose: .exactDraws))
    } observables: { _ in
      nil
    }!
  }

  /// Means, and N times variances, of all overlaps at three sizes: 48 numbers, |z| < 4, false alarms below 4e-3 (seeds are fixed).
  @Test(arguments: [(20, 8000), (100, 4000), (1000, 800)])
  func overlapsHaveTheirMeansAndVariances(neurons: Int, draws: Int) throws {
    let ensemble = LoadingEnsemble(try LoadingProblemTests.theory(scale: 2), neurons: neurons)
    let solution = try ensemble.solve()
    let table = try Self.table(ensemble, draws: draws)
    for (j, constraint) in ensemble.problem.constraints.enumerated() {
      let values = Array(table.scalars["overlap[\(j)]"]!.joined())
      let count = Double(values.count)
      let expected = solution.varianceTimesN(constraint) / Double(neurons)
      let mean = values.reduce(0, +) / count
      #expect(abs(mean - constraint.value) < 4 * (expected / count).squareRoot())
      // About the known mean; the error by the draws' own fourth moment.
      let squares = values.map { ($0 - constraint.value) * ($0 - constraint.value) }
      let variance = squares.reduce(0, +) / count
      let spread = squares.reduce(0) { $0 + ($1 - variance) * ($1 - variance) } / count
      #expect(abs(variance - expected) < 4 * (spread / count).squareRoot())
    }
  }

  /// Gains drawn, certain, and given (some not 0 or 1); one loading; no constraint.
  static func ensembles() throws -> [LoadingEnsemble] {
    let theory = try LoadingProblemTests.theory(scale: 1)
    func other(_ gains: GainReference, _ constraints: [LoadingConstraint], _ loadings: Int = 5) throws
      -> LoadingEnsemble
    {
      LoadingEnsemble(
        try LoadingProblem(
          loadings: Array(theory.loadings.prefix(loadings)), scales: Array([1, 2, 0.5, 1, 3].prefix(loadings)),
          contexts: 2, constraints: constraints, gains: gains), neurons: 12)
    }
    let given = Matrix((0..<12).map { [Double($0 % 2), [0.5, -1, 1][$0 % 3]] })
    return [
      LoadingEnsemble(theory, neurons: 30),
      try other(.independent(activeProbability: 1), Array(theory.constraints.prefix(3))),
      try other(.given(given), theory.constraints), try other(.independent(activeProbability: 0.2), []),
      try other(.independent(activeProbability: 0.2), [LoadingConstraint(0, 0, context: 1, value: 0.5)], 1),
      LoadingEnsemble(theory, neurons: 1),
    ]
  }

  /// Every exact prediction at a false-alarm rate of 1e-4 a case, and a wrong law fails.
  @Test(arguments: 0..<6) func drawsAgreeWithEveryPrediction(number: Int) throws {
    let ensemble = try Self.ensembles()[number]
    let table = try Self.table(ensemble, chains: 4, draws: 2000)
    let check = Check(ensemble.theory().predictions, against: table)
    #expect(ensemble.theory().leftOut.isEmpty)
    #expect(check.passed, "\(check.results.filter { abs($0.z) > check.threshold }.map(\.name))")
    guard number == 0 else { return }
    let wrong = LoadingEnsemble(try LoadingProblemTests.theory(scale: 1.1), neurons: 30)
    #expect(!Check(wrong.theory().predictions, against: table).passed)
  }

  /// A network of two chunks is recorded as it was drawn, and a restored source goes on with the same bits.
  @Test func recordsAndRestores() throws {
    let ensemble = LoadingEnsemble(try LoadingProblemTests.theory(scale: 1), neurons: 5000)
    let density = try ensemble.density()
    func source() throws -> LoadingSource {
      LoadingSource(
        try LoadingLaw(density.solution), density, chain: 0,
        stream: try RandomStream(StreamKey(seed: 4, chain: 0, purpose: .exactDraws))
      ) { _ in nil }
    }
    var first = try source()
    var sink = CollectingSink(wanted: [1])
    try first.next(into: &sink)
    let snapshot = first.snapshot
    try first.next(into: &sink)
    var second = try source()
    var other = CollectingSink()
    try second.restore(snapshot)
    try second.next(into: &other)
    #expect(other.observables[0] == sink.observables[1])
    let parts = sink.networks[1]!
    #expect(parts.map { $0.part } == [0..<4096, 4096..<5000])
    var overlap = 0.0
    for (part, values) in parts {
      let n = part!.count
      for i in 0..<n { overlap += values[i] * values[n + i] * values[5 * n + i] }
    }
    let recorded = sink.observables[1][first.schema.scalarNames.firstIndex(of: "overlap[0]")!]
    #expect(abs(overlap / 5000 - recorded) < 1e-12)
  }

  // MARK: The density

  static func position(_ density: LoadingDensity, seed: UInt64) throws -> [Double] {
    var stream = try RandomStream(StreamKey(seed: seed, chain: 0, purpose: .testing))
    return density.drawPrior(using: &stream)
  }

  /// −½ Σ_i θᵢᵀA_gθᵢ and the coins, written out neuron by neuron.
  @Test(arguments: 0..<5) func densityIsTheDefinition(number: Int) throws {
    let ensemble = try Self.ensembles()[number]
    let density = try ensemble.density()
    let (n, problem, solution) = (ensemble.neurons, ensemble.problem, try ensemble.solve())
    let x = try Self.position(density, seed: UInt64(60 + number))
    var expected = 0.0
    for i in 0..<n {
      func gain(_ c: Int) -> Double {
        switch problem.gains {
        case .given(let matrix): matrix[i, c]
        case .independent(let active): active < 1 ? x[(problem.loadings.count + c) * n + i] : 1
        }
      }
      for a in problem.scales.indices {
        expected -= x[a * n + i] * x[a * n + i] / (problem.scales[a] * problem.scales[a]) / 2
      }
      for (constraint, multiplier) in zip(problem.constraints, solution.multipliers) {
        let g = constraint.context.map(gain) ?? 1
        expected += multiplier * g * x[constraint.first * n + i] * x[constraint.second * n + i]
      }
      if case .independent(let active) = problem.gains, active < 1 {
        for c in 0..<2 { expected += gain(c) * log(active / (1 - active)) }
      }
    }
    var workspace = density.makeWorkspace()
    #expect(abs(density.logDensity(at: x.span, using: &workspace) - expected) < 1e-11 * max(1, abs(expected)))
    #expect(gradientError(of: density, at: x) < 1e-8)
    #expect(gradientError(of: density.tempered(to: 0.3), at: x) < 1e-8)
    var stream = try RandomStream(StreamKey(seed: 71, chain: number, purpose: .testing))
    #expect(flipError(of: density, at: x, using: &stream) < 1e-11)
    let whole = density.logLikelihood(at: x.span, using: &workspace)
    let prior = x.withUnsafeBufferPointer { density.weightPrior.logDensity($0.baseAddress!) }
    #expect(abs(whole + prior - expected) < 1e-11 * max(1, abs(expected)))
  }

  /// Kernels of this density keep exact draws what they are (false alarms below 1e-5 in all); misread ones do not.
  @Test func kernelsAreExactAndMutantsAreNot() throws {
    let theory = try LoadingProblemTests.theory(scale: 1)
    let ensemble = LoadingEnsemble(theory, neurons: 6)
    let rule = SequentialTest(falseAlarmRate: 1e-5, sampleSize: 3000).shared(by: 4)
    func passes<Kernel: PointKernel>(
      _ seed: Int, _ make: (LoadingDensity) throws -> Kernel
    ) throws -> Bool where Kernel: SendableMetatype {
      var stream = try RandomStream(StreamKey(seed: 81, chain: seed, purpose: .testing))
      let target = try ensemble.proposal()
      let density = try ensemble.density()
      let kernel = try make(density)
      let functions = JointTestFunctions(ensemble, density, seesTask: false)
      var workspace = target.makeWorkspace()
      return try rule.compare(functions.names, using: &stream) { stream in
        functions.values(at: target.drawPosition(workspace: &workspace, using: &stream), of: density)
      } chain: { _, stream in
        let start = target.drawPosition(workspace: &workspace, using: &stream)
        var state = try kernel.initialState(at: start)
        for _ in 0..<12 { _ = kernel.step(&state, using: &stream) }
        return ChainEnds(
          start: functions.values(at: start, of: density), end: functions.values(at: state.position, of: density))
      }.passed
    }
    #expect(try passes(0) { Cycle(Langevin($0, tuning: Tuning(stepSize: 0.7)), BinaryFlips($0)) })
    #expect(
      try passes(1) {
        Cycle(HamiltonianMonteCarlo($0, tuning: Tuning(stepSize: 0.3), length: .fixed(5)), BinaryFlips($0))
      })
    func misread(_ change: @escaping (inout Misread<LoadingDensity>) -> Void, seed: Int) throws -> Bool {
      try passes(seed) { density in
        var misread = Misread(density)
        change(&misread)
        return Cycle(Langevin(misread, tuning: Tuning(stepSize: 0.7)), BinaryFlips(misread))
      }
    }
    #expect(try misread({ _ in }, seed: 2))
    #expect(try !misread({ $0.inverseTemperature = 0.8 }, seed: 3))
    #expect(try !misread({ $0.extraLogOdds = 0.3 }, seed: 4))
  }
}
