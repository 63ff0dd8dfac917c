// Recurrent networks of rank one: stability, kernels, and the whole network's dynamics against the reduced ones.

import CGSL
import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct LoopTests {
  static func solution(contexts: Int = 2, loop: Double = 0.8, drive: Double = 1, scale: Double = 1) throws
    -> MaxEntropySolution
  {
    var target = Matrix(rows: contexts, columns: 1 + contexts)
    for c in 0..<contexts {
      target[c, 0] = loop
      target[c, 1 + c] = drive
    }
    return try MaxEntropyProblem(
      task: LearningTask(target: target), gains: .independent(activeProbability: 0.5), convention: .prior,
      outputScale: scale, inputScale: scale, ensemble: .product, stimulusCovariance: nil
    ).solve()
  }

  /// THEORY 12, to its digits.
  @Test func reproducesTheTheory() throws {
    let solution = try Self.solution()
    for (found, expected) in zip(solution.populations.map(\.weight), [0.15593, 0.28636, 0.28636, 0.27135]) {
      #expect(abs(found - expected) < 5.0001e-6)
    }
    let variance = ProductPrediction(solution)!.readoutVarianceTimesN
    #expect(abs(variance[0, 0] - 4.873) < 5.0001e-4 && abs(variance[1, 2] - 6.801) < 5.0001e-4)
  }

  /// P(λ ≥ 1) against networks drawn neuron by neuron: four binomial tests, false alarms below 1e-5 in all.
  @Test(arguments: [1, 5, 20, 100]) func unstableLoopsAreAsFrequentAsPredicted(neurons: Int) throws {
    let law = NeuronLaw(try Self.solution())
    let expected = try LoopStability(law, neurons: neurons).unstableProbability
    #expect(expected.count == 2 && abs(expected[0].value - expected[1].value) < 1e-12)
    let count = 40_000
    var stream = try RandomStream(StreamKey(seed: 33, chain: neurons, purpose: .testing))
    var chunk = law.makeChunk(neurons: neurons)
    var unstable = 0
    for _ in 0..<count {
      law.draw(into: &chunk, using: &stream)
      if chunk.readout[0, 0] >= 1 { unstable += 1 }
    }
    #expect(
      ExactReadoutLawTests.binomial(unstable, of: count, probability: expected[0].value) > 2.5e-6,
      "\(unstable) of \(count), expected \(expected[0].value)")
    // A law of another loop is found out.
    let other = try LoopStability(NeuronLaw(Self.solution(loop: 0.7)), neurons: neurons).unstableProbability[0].value
    if neurons > 1 { #expect(ExactReadoutLawTests.binomial(unstable, of: count, probability: other) < 2.5e-6) }
  }

  @Test func stabilityOfOtherEnsembles() throws {
    func ensemble(_ kind: NetworkEnsemble, _ gains: GainReference, loop: Double = 0.8) throws
      -> GainModulatedLinearEnsemble
    {
      GainModulatedLinearEnsemble(
        task: try LearningTask(target: [[loop, 1, 0], [loop, 0, 1]]), neurons: 12, ensemble: kind, convention: .prior,
        outputScale: 1, inputScale: 1, gains: gains, stimulusCovariance: .identity(3))
    }
    let drawn = GainReference.independent(activeProbability: 0.5)
    #expect(try ensemble(.hard, drawn).loopStability().unstableProbability.map(\.value) == [0, 0])
    #expect(try ensemble(.hard, drawn, loop: 1).loopStability().unstableProbability.map(\.value) == [1, 1])
    // The prior: no multipliers.
    let prior = try ensemble(.gibbs(tightness: 0), drawn).loopStability().unstableProbability[0].value
    #expect(prior > 1e-4 && prior < 0.05)
    #expect(throws: NotComputed.self) { try ensemble(.gibbs(tightness: 2), drawn).loopStability() }
    let given = GainReference.given(Matrix((0..<12).map { [Double($0 % 2), Double($0 / 2 % 2)] }))
    #expect(throws: NotComputed.self) { try ensemble(.product, given).loopStability() }
    let falling = try [20, 200, 2000].map {
      try LoopStability(NeuronLaw(Self.solution()), neurons: $0).unstableProbability[0].value
    }
    #expect(falling[0] > falling[1] && falling[1] > falling[2] && falling[2] > 0)
  }

  // MARK: Dynamics

  /// y(T) of ẏ = f(t, y), by GSL's Runge-Kutta-Prince-Dormand to nearly rounding.
  static func integrate(
    _ start: [Double], until end: Double,
    _ derivative: @escaping (Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) -> [Double] {
    final class Box {
      let f: (Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
      init(_ f: @escaping (Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void) { self.f = f }
    }
    let box = Box(derivative)
    var state = start
    withExtendedLifetime(box) {
      var system = gsl_odeiv2_system(
        function: { t, y, out, parameters in
          Unmanaged<Box>.fromOpaque(parameters!).takeUnretainedValue().f(t, y!, out!)
          return Int32(GSL_SUCCESS)
        }, jacobian: nil, dimension: start.count, params: Unmanaged.passUnretained(box).toOpaque())
      let driver = gsl_odeiv2_driver_alloc_y_new(&system, cgsl_odeiv2_step_rk8pd(), 1e-3, 1e-14, 1e-13)
      defer { gsl_odeiv2_driver_free(driver) }
      var time = 0.0
      #expect(gsl_odeiv2_driver_apply(driver, &time, end, &state) == Int32(GSL_SUCCESS))
    }
    return state
  }

  static func inputs(_ t: Double) -> [Double] { [sin(1.7 * t) + 0.5, cos(0.6 * t)] }

  /// x(T) of all N neurons is κ m + Σ v_s I_s of the reduced dynamics, at every N and of stable and unstable loops.
  @Test(arguments: [1, 7, 60]) func wholeNetworksFollowTheReducedDynamics(neurons: Int) throws {
    let law = NeuronLaw(try Self.solution())
    var chunk = law.makeChunk(neurons: neurons)
    var stream = try RandomStream(StreamKey(seed: 35, chain: neurons, purpose: .testing))
    for trial in 0..<4 {
      law.draw(into: &chunk, using: &stream)
      let (network, context) = (chunk, trial % 2)
      let (n, end) = (neurons, 6.0)
      func input(_ d: Int, _ i: Int) -> Double { network.inputWeights[d * n + i] }
      let whole = Self.integrate([Double](repeating: 0, count: n), until: end) { t, x, out in
        let u = Self.inputs(t)
        var overlap = 0.0
        for i in 0..<n { overlap += network.outputWeight[i] * network.gain[context * n + i] * x[i] }
        overlap /= Double(n)
        for i in 0..<n { out[i] = -x[i] + input(0, i) * overlap + input(1, i) * u[0] + input(2, i) * u[1] }
      }
      let readout = network.readout
      let reduced = Self.integrate([0, 0, 0], until: end) { t, y, out in
        let u = Self.inputs(t)
        out[0] = -y[0] + readout[context, 0] * y[0] + readout[context, 1] * y[1] + readout[context, 2] * y[2]
        out[1] = -y[1] + u[0]
        out[2] = -y[2] + u[1]
      }
      let size = whole.reduce(1e-3) { max($0, abs($1)) }
      for i in 0..<n {
        let expected = reduced[0] * input(0, i) + reduced[1] * input(1, i) + reduced[2] * input(2, i)
        #expect(abs(whole[i] - expected) < 1e-10 * size)
      }
      if n == 60 { #expect(abs(reduced[0]) > 0.01, "the loop takes part") }
    }
  }

  /// k(t), and the weights of frames, against the integrated equations; large and small gains.
  @Test(arguments: [-3, 0, 1e-9, 0.8, 1, 1.4, 5]) func kernelsSolveTheEquations(gain: Double) {
    let kernel = IntegrationKernel(gain: gain)
    let end = 4.0
    // An impulse at 0 is v = 1 at once.
    let state = Self.integrate([0, 1], until: end) { _, y, out in
      out[0] = (gain - 1) * y[0] + y[1]
      out[1] = -y[1]
    }
    // The integrator's own error is below 1e-10 a step.
    #expect(abs(kernel(end) - state[0]) < 1e-9 * max(1, abs(state[0])))
    let frames = 20
    let weights = kernel.weights(frames: frames, of: end / Double(frames))
    // Constant input in one frame.
    func driven(_ frame: Int) -> Double {
      let length = end / Double(frames)
      let before = Self.integrate([0, 0], until: length) { _, y, out in
        out[0] = (gain - 1) * y[0] + y[1]
        out[1] = 1 - y[1]
      }
      let rest = end - Double(frame + 1) * length
      guard rest > 0 else { return before[0] }
      return Self.integrate(before, until: rest) { _, y, out in
        out[0] = (gain - 1) * y[0] + y[1]
        out[1] = -y[1]
      }[0]
    }
    let reference = driven(3)
    for frame in [0, 9, 18, 19] {
      #expect(
        abs(weights[frame] / weights[3] - driven(frame) / reference) < 1e-7 * max(1, abs(driven(frame) / reference)))
    }
  }

  @Test func extremeKernelsStayFinite() {
    for gain in [-1e12, -50, 50, 1e3, 1e12] {
      let kernel = IntegrationKernel(gain: gain)
      #expect(kernel.weights(frames: 60, of: 0.5).allSatisfy { $0.isFinite && $0 >= 0 })
      #expect(kernel(30).isFinite)
    }
  }

  /// The wanted network's choices: d' = 0.45 times the coherence, by design (600 trials a coherence: |z| < 4.5).
  @Test func trialsAreAsHardAsTheyShouldBe() throws {
    var stream = try RandomStream(StreamKey(seed: 36, chain: 0, purpose: .testing))
    let trials = EvidenceTrials(3600, channels: 2, wantedGain: 0.8, using: &stream)
    #expect(abs(trials.duration - 10) < 1e-9)
    let decisions = trials.decisions(of: EvidenceTrials.Network(gain: 0.8, drives: [1, 0]))
    let shares = trials.shares(of: decisions, byCoherenceOf: 0)
    for (coherence, share) in zip(ManteStimuli.coherences, shares) {
      let expected = 0.5 * erfc(-0.45 * coherence / 2.0.squareRoot())
      #expect(abs(share - expected) < 4.5 * (expected * (1 - expected) / 550).squareRoot())
    }
    for share in trials.shares(of: decisions, byCoherenceOf: 1) { #expect(abs(share - 0.5) < 0.1) }
    #expect(trials.decisions(of: EvidenceTrials.Network(gain: 0.8, drives: [0, 0])).allSatisfy { $0 == 0 })
  }

  // MARK: Rank one with erf neurons

  static func response(_ x: Double) -> Double { erf(Double.pi.squareRoot() / 2 * x) }

  /// (m, n) of Cov ρ = 1.6, Var m = 1, Var n = 4, as a law of loadings.
  static func nonlinear() throws -> LoadingLaw {
    try LoadingLaw(
      LoadingProblem(
        loadings: ["m", "n"], scales: [1, 1], contexts: 1,
        constraints: [
          LoadingConstraint(0, 0, context: nil, value: 1), LoadingConstraint(1, 1, context: nil, value: 4),
          LoadingConstraint(0, 1, context: nil, value: 1.6),
        ], gains: .independent(activeProbability: 1)
      ).solve())
  }

  /// κ of κ = (1/N) Σ n φ(m κ), above 0.
  static func overlap(_ chunk: LoadingChunk) -> Double {
    let n = chunk.neurons
    var kappa = 1.0
    for _ in 0..<200 {
      var sum = 0.0
      for i in 0..<n { sum += chunk.loadings[n + i] * response(chunk.loadings[i] * kappa) }
      let next = sum / Double(n)
      if abs(next - kappa) < 1e-14 { break }
      kappa = next
    }
    return kappa
  }

  /// The whole network settles at x = κ m with the overlap of its own fixed point.
  @Test func nonlinearNetworksSettleAtTheirOverlap() throws {
    let law = try Self.nonlinear()
    var chunk = law.makeChunk(neurons: 150)
    var stream = try RandomStream(StreamKey(seed: 37, chain: 0, purpose: .testing))
    law.draw(into: &chunk, using: &stream)
    let (network, n) = (chunk, 150)
    let kappa = Self.overlap(network)
    let x = Self.integrate((0..<n).map { network.loadings[$0] }, until: 120) { _, x, out in
      var sum = 0.0
      for i in 0..<n { sum += network.loadings[n + i] * Self.response(x[i]) }
      for i in 0..<n { out[i] = -x[i] + network.loadings[i] * sum / Double(n) }
    }
    #expect(kappa > 0.2)
    for i in 0..<n {
      #expect(abs(x[i] - kappa * network.loadings[i]) < 1e-10 * max(1, abs(kappa * network.loadings[i])))
    }
  }

  /// κ* = √(2(ρ²−1)/π)/σ_m with its spread over networks (300 of N = 3200; |z| < 4, and 15 % of the spread, four of its errors).
  @Test func overlapsOfNonlinearNetworksHaveTheirLimitAndSpread() throws {
    let law = try Self.nonlinear()
    let (n, count) = (3200, 300)
    var chunk = law.makeChunk(neurons: n)
    var stream = try RandomStream(StreamKey(seed: 38, chain: 0, purpose: .testing))
    var values: [Double] = []
    for _ in 0..<count {
      law.draw(into: &chunk, using: &stream)
      values.append(Self.overlap(chunk))
    }
    let rho = 1.6
    let limit = (2 * (rho * rho - 1) / .pi).squareRoot()
    #expect(abs(limit - 0.996557) < 5e-7)
    // Var[n φ(m κ)], n given m being N(ρ m, 4 − ρ²).
    var square = 0.0
    let step = 1e-3
    for k in -9000...9000 {
      let m = Double(k) * step
      let phi = Self.response(m * limit)
      square += step * exp(-m * m / 2) / (2 * Double.pi).squareRoot() * (rho * rho * m * m + 4 - rho * rho) * phi * phi
    }
    let slope = rho * pow(1 + .pi * limit * limit / 2, -1.5)
    let spread = ((square - limit * limit) / Double(n)).squareRoot() / (1 - slope)
    let mean = values.reduce(0, +) / Double(count)
    let found = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
    #expect(abs(mean - limit) < 4 * spread / Double(count).squareRoot(), "\(mean), expected \(limit)")
    #expect(abs(found / spread - 1) < 0.165, "\(found), expected \(spread)")
  }
}
