// Langevin kernels: the accept step against the explicit proposal densities, moments, bias without the accept step.

import Foundation
import Sampling
import Testing

@Suite struct KernelLangevinTests {
  static let covariance = Matrix([[2.0, 0.6, 0.1], [0.6, 1.0, -0.2], [0.1, -0.2, 0.5]])

  /// A skewed target: its proposals are not symmetric, so that a missing q-ratio shows.
  static let skewed = ClosureTarget(
    layout: ParameterLayout(real: "x", count: 3),
    value: { x in -0.5 * x.reduce(0) { $0 + $1 * $1 } - exp(x[0] - 0.5 * x[1]) + sin(x[2]) },
    slope: { x in
      let e = exp(x[0] - 0.5 * x[1])
      return [-x[0] - e, -x[1] + 0.5 * e, -x[2] + cos(x[2])]
    })

  @Test(
    "the acceptance probability is that of the explicit normal proposal densities",
    arguments: InverseMetric.Kind.allCases)
  func acceptance(kind: InverseMetric.Kind) throws {
    let target = Self.skewed
    let metric: InverseMetric =
      switch kind {
      case .identity: .identity
      case .diagonal: try .diagonal(variances: [0.5, 2, 1])
      case .dense: try .dense(covariance: Self.covariance)
      case .lowRank: try LowRankMetricTests.metric()
      }
    let kernel = Langevin(target, tuning: Tuning(stepSize: 0.9, inverseMetric: metric))
    let covariance = metric.covariance(dimension: 3)
    let precision = try Cholesky(covariance).inverse
    /// ln q(to | from) up to a constant.
    func logProposal(_ to: [Double], from: [Double]) -> Double {
      let drift = covariance * target.slope(from)
      let residual = (0..<3).map { to[$0] - from[$0] - 0.5 * 0.81 * drift[$0] }
      let image = precision * residual
      return -0.5 / 0.81 * zip(residual, image).reduce(0) { $0 + $1.0 * $1.1 }
    }
    var state = try kernel.initialState(at: [0.3, -0.2, 0.5])
    var stream = try RandomStream.test(1)
    var rejections = 0
    for _ in 0..<300 {
      let x = state.position
      let transition = kernel.step(&state, using: &stream)
      let proposed = transition.moved ? state.position : state.point.proposed.position
      let ratio =
        target.value(proposed) - target.value(x) + logProposal(x, from: proposed) - logProposal(proposed, from: x)
      #expect(abs(transition.acceptanceRate - min(1, exp(ratio))) < 1e-12)
      rejections += transition.moved ? 0 : 1
    }
    #expect(rejections > 10)
  }

  @Test("MALA has the moments of a correlated Gaussian (false alarm below 1e-6)")
  func moments() throws {
    let target = try GaussianTarget(covariance: Self.covariance, mean: [1, 0, -1])
    let kernel = Langevin(
      target, tuning: Tuning(stepSize: 1.1, inverseMetric: try .dense(covariance: Self.covariance)))
    var chain = try Chain(
      number: 0, kernel: kernel, warmup: NoAdaptation(transitions: 200), start: [0, 0, 0], stream: .test(2))
    let estimates = estimate(
      [{ $0[0] }, { ($0[0] - 1) * ($0[0] - 1) }, { ($0[0] - 1) * $0[1] }, { ($0[2] + 1) * ($0[2] + 1) }],
      chain: &chain, draws: 40_000)
    expectMoments(estimates, equal: [1, 2, 0.6, 0.5], within: 0.05)
  }

  @Test("without the accept step a Gaussian's variance is 1/(1 - step²/4), as known in closed form")
  func bias() throws {
    let target = try GaussianTarget(covariance: .identity(2))
    let kernel = Langevin(target, tuning: Tuning(stepSize: 1), correction: .unadjusted)
    #expect(kernel.isBiased)
    #expect(!Langevin(target, tuning: Tuning(stepSize: 1)).isBiased)
    var chain = try Chain(
      number: 0, kernel: kernel, warmup: NoAdaptation(transitions: 100), start: [0, 0], stream: .test(3))
    let estimates = estimate([{ $0[0] * $0[0] }, { $0[1] * $0[1] }], chain: &chain, draws: 40_000)
    expectMoments(estimates, equal: [4.0 / 3, 4.0 / 3], within: 0.05)
  }

  /// Gradients of a quartic throw a step that is too large out to where they are larger still. While the step is looked for the kernel is MALA.
  @Test("without the accept step warm-up does not run away, and restarts are exact", arguments: [1, 2, 3])
  func unadjustedWarmup(stream: Int) throws {
    let quartic = ClosureTarget(
      layout: ParameterLayout(real: "x", count: 2), value: { x in -x[0] * x[0] * x[0] * x[0] - 50 * x[1] * x[1] },
      slope: { x in [-4 * x[0] * x[0] * x[0], -100 * x[1]] })
    let kernel = Langevin(quartic, tuning: Tuning(stepSize: 1), correction: .unadjusted)
    var chain = try Chain(
      number: 0, kernel: kernel, warmup: WindowedAdaptation(.windows(transitions: 200)), start: [2, 1],
      stream: .test(stream))
    for _ in 0..<200 {
      let transition = chain.advance()
      #expect(transition.nonFinite == 0)
    }
    #expect(!chain.kernel.tuning.isBeingTuned && abs(chain.state.position[0]) < 3 && abs(chain.state.position[1]) < 2)
    try expectExactRestart(
      kernel, warmup: WindowedAdaptation(.windows(transitions: 60)), start: [0.5, 0.1], transitions: 90, stream: stream)
  }

  @Test("a non-finite density or gradient in a proposal is a counted rejection")
  func nonFinite() throws {
    let walled = ClosureTarget(
      layout: ParameterLayout(real: "x", count: 1), value: { x in x[0] < 0.5 ? -0.5 * x[0] * x[0] : .nan },
      slope: { x in [-x[0]] })
    let badSlope = ClosureTarget(
      layout: ParameterLayout(real: "x", count: 1), value: { x in -0.5 * x[0] * x[0] },
      slope: { x in [x[0] < 0.5 ? -x[0] : .infinity] })
    for target in [walled, badSlope] {
      for correction in [Langevin<ClosureTarget>.Correction.adjusted, .unadjusted] {
        let kernel = Langevin(target, tuning: Tuning(stepSize: 1), correction: correction)
        var state = try kernel.initialState(at: [0])
        var stream = try RandomStream.test(4)
        var rejected = 0
        for _ in 0..<200 {
          let transition = kernel.step(&state, using: &stream)
          rejected += transition.nonFinite
          #expect(transition.nonFinite == 0 || !transition.moved)
          #expect(state.position[0] < 0.5 && state.logDensity.isFinite)
        }
        #expect(rejected > 20)
      }
    }
  }

  @Test("restarts are exact, mid-warm-up too")
  func restart() throws {
    let target = Self.skewed
    for metric in InverseMetric.Kind.allCases {
      try expectExactRestart(
        Langevin(target, tuning: Tuning(stepSize: 0.5)),
        warmup: WindowedAdaptation(.windows(transitions: 60), metric: metric), start: [0, 0, 0], transitions: 90,
        stream: 5)
    }
  }

  @Test("steps allocate nothing")
  func allocation() throws {
    let target = try GaussianTarget(covariance: Self.covariance)
    for metric in [
      InverseMetric.identity, try .diagonal(variances: [1, 2, 3]), try .dense(covariance: Self.covariance),
      try LowRankMetricTests.metric(),
    ] {
      try expectNoAllocation(
        Langevin(target, tuning: Tuning(stepSize: 0.5, inverseMetric: metric)), start: [0, 0, 0], stream: 6)
    }
  }
}
