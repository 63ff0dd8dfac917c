// Kernels without gradients: random walk, independence, Crank-Nicolson, elliptical slice.

import Foundation
import Sampling
import Testing

/// A Gaussian prior of given scales times an arbitrary likelihood, with binary coordinates along for the ride.
struct PriorTarget: GaussianPriorLogDensity {
  let layout: ParameterLayout
  let priorScales: [Double]
  let likelihood: @Sendable (Span<Double>) -> Double

  init(scales: [Double], binary: Int = 0, likelihood: @escaping @Sendable (Span<Double>) -> Double) {
    var layout = ParameterLayout(real: "x", count: scales.count)
    if binary > 0 { layout.append("g", shape: [binary], kind: .binary) }
    self.layout = layout
    priorScales = scales
    self.likelihood = likelihood
  }

  func logLikelihood(at position: Span<Double>, using workspace: inout Void) -> Double { likelihood(position) }

  func logDensity(at position: Span<Double>, using workspace: inout Void) -> Double {
    var sum = likelihood(position)
    for j in 0..<priorScales.count {
      let z = position[j] / priorScales[j]
      sum -= 0.5 * z * z
    }
    return sum
  }
}

@Suite struct KernelMetropolisTests {
  /// Prior N(0, 4), likelihood of one observation y = 1.5 + noise of variance 1 times a linear tilt of the other
  /// coordinate: posterior N(1.2, 0.8) and N(0.25 · 0.7, 0.25).
  static let target = PriorTarget(scales: [2, 0.5], binary: 2) { x in
    -0.5 * (x[0] - 1.5) * (x[0] - 1.5) + 0.7 * x[1]
  }
  static let start = [0.1, 0.2, 1, 0]
  static let functions: [@Sendable ([Double]) -> Double] = [
    { $0[0] }, { ($0[0] - 1.2) * ($0[0] - 1.2) }, { $0[1] }, { ($0[1] - 0.175) * ($0[1] - 0.175) }, { $0[2] },
    { $0[3] },
  ]
  static let exact = [1.2, 0.8, 0.175, 0.25]

  static func check<Kernel: MarkovKernel>(_ kernel: Kernel, stream: Int) throws {
    #expect(kernel.isReversible && !kernel.isBiased)
    var chain = try Chain(
      number: 0, kernel: kernel, warmup: NoAdaptation(transitions: 100), start: start, stream: .test(stream))
    let estimates = estimate(functions, chain: &chain, draws: 60_000)
    expectMoments(Array(estimates[..<4]), equal: exact, within: 0.03)
    #expect(estimates[4].mean == 1 && estimates[5].mean == 0)
    try expectExactRestart(kernel, warmup: NoAdaptation(), start: start, transitions: 40, stream: stream)
    try expectNoAllocation(kernel, start: start, stream: stream)
  }

  @Test("random walk: moments, restarts, no allocation (false alarm below 1e-6)")
  func randomWalk() throws {
    let kernel = RandomWalkMetropolis(
      Self.target, tuning: Tuning(stepSize: 1.8, inverseMetric: try .diagonal(variances: [0.8, 0.25])))
    try Self.check(kernel, stream: 70)
    try expectExactRestart(
      kernel, warmup: WindowedAdaptation(.windows(transitions: 50), metric: .dense), start: Self.start, transitions: 70,
      stream: 71)
  }

  @Test("preconditioned Crank-Nicolson: moments, restarts, no allocation (false alarm below 1e-6)")
  func crankNicolson() throws {
    let kernel = PreconditionedCrankNicolson(Self.target, stepSize: 0.7)
    try Self.check(kernel, stream: 72)
    let warmup = WindowedAdaptation<PreconditionedCrankNicolson<PriorTarget>>(.windows(transitions: 50))
    try expectExactRestart(kernel, warmup: warmup, start: Self.start, transitions: 70, stream: 73)
  }

  @Test("Crank-Nicolson accepts with probability 1 at the prior, and warm-up then ends at the largest step")
  func priorAcceptance() throws {
    let prior = PriorTarget(scales: [2, 0.5, 10]) { _ in 0 }
    let kernel = PreconditionedCrankNicolson(prior, stepSize: 0.3)
    var chain = try Chain(
      number: 0, kernel: kernel, warmup: WindowedAdaptation(.windows(transitions: 100)), start: [1, 1, 1],
      stream: .test(74))
    for _ in 0..<500 {
      let transition = chain.advance()
      #expect(transition.acceptanceRate > 1 - 1e-12 && transition.moved && transition.stepSize <= 1)
    }
    #expect(chain.kernel.tuning.stepSize == 1)
    // A whole step is an independent draw of the prior.
    let estimates = estimate([{ $0[0] * $0[0] / 4 }, { $0[2] * $0[2] / 100 }], chain: &chain, draws: 20_000)
    expectMoments(estimates, equal: [1, 1], within: 0.02)
  }

  @Test("elliptical slice: moments, restarts, no allocation (false alarm below 1e-6)")
  func ellipticalSlice() throws {
    let kernel = EllipticalSlice(Self.target)
    try Self.check(kernel, stream: 75)
    var state = try kernel.initialState(at: Self.start)
    var stream = try RandomStream.test(76)
    for _ in 0..<200 {
      let transition = kernel.step(&state, using: &stream)
      #expect(transition.moved && transition.evaluations == transition.steps)
      #expect(transition.acceptanceRate == 1 / Double(transition.steps))
      var workspace: Void = ()
      #expect(abs(state.logDensity - Self.target.logDensity(at: state.position.span, using: &workspace)) < 1e-13)
    }
  }

  @Test("independence: moments of real and binary coordinates, restarts, no allocation (false alarm below 1e-6)")
  func independence() throws {
    let target = SpinTarget.example(spins: 3, pull: 0.8)
    let proposal = ProductReference(layout: target.layout, scales: [1.4, 1.4, 1.4], activeProbability: 0.6)
    let kernel = IndependenceMetropolis(target, proposal: proposal)
    #expect(kernel.isReversible)
    let probabilities = target.spinProbabilities
    func mean(_ f: (Int) -> Double) -> Double { (0..<8).reduce(0) { $0 + probabilities[$1] * f($1) } }
    let s0 = mean { Double($0 & 1) * 2 - 1 }
    let s02 = mean { (Double($0 & 1) * 2 - 1) * (Double($0 >> 2 & 1) * 2 - 1) }
    let start = [0.0, 0, 0, 0, 0, 0]
    var chain = try Chain(
      number: 0, kernel: kernel, warmup: NoAdaptation(transitions: 100), start: start, stream: .test(77))
    let estimates = estimate(
      [{ 2 * $0[3] - 1 }, { (2 * $0[3] - 1) * (2 * $0[5] - 1) }, { $0[0] }, { $0[0] * $0[0] }], chain: &chain,
      draws: 80_000)
    expectMoments(estimates, equal: [s0, s02, 0.8 * s0, 1.64], within: 0.04)
    try expectExactRestart(kernel, warmup: NoAdaptation(), start: start, transitions: 40, stream: 78)
    try expectNoAllocation(kernel, start: start, stream: 79)
  }

  @Test("where the density is not finite proposals are rejected and counted")
  func nonFinite() throws {
    let walled = PriorTarget(scales: [1]) { x in x[0] < 0.5 ? 0 : (x[0] < 1 ? -.infinity : .nan) }
    func run<Kernel: MarkovKernel>(_ kernel: Kernel) throws {
      var state = try kernel.initialState(at: [0])
      var stream = try RandomStream.test(80)
      var rejected = 0
      for _ in 0..<300 {
        rejected += kernel.step(&state, using: &stream).nonFinite
        #expect(state.position[0] < 0.5 && state.logDensity.isFinite)
      }
      #expect(rejected > 20)
    }
    try run(RandomWalkMetropolis(walled, tuning: Tuning(stepSize: 1)))
    try run(PreconditionedCrankNicolson(walled, stepSize: 0.8))
    try run(EllipticalSlice(walled))
    try run(
      IndependenceMetropolis(walled, proposal: ProductReference(layout: walled.layout, scales: [1])))
  }

  @Test("a start that is not finite names block and index")
  func badStart() throws {
    let kernel = RandomWalkMetropolis(Self.target, tuning: Tuning(stepSize: 1))
    let error = #expect(throws: StartError.self) {
      _ = try Chain(
        number: 7, kernel: kernel, warmup: NoAdaptation(), start: [0, .infinity, 1, 0], stream: RandomStream.test(81))
    }
    #expect(error?.description.contains("chain 7") == true && error?.description.contains("x[1]") == true)
  }
}
