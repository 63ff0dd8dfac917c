// Replica exchange: the path, detailed balance of swaps, crossing between modes, the ladder, streams of rungs.

import Foundation
import TestSupport
import Testing

@testable import Sampling

@Suite struct TemperingTests {
  /// Two normal modes at ±8 with weights 0.3 and 0.7 and unit variance, in two dimensions.
  static let bimodal = ClosureTarget(
    layout: ParameterLayout(real: "x", count: 2),
    value: { x in
      let (a, b) = (-0.5 * (x[0] + 8) * (x[0] + 8), -0.5 * (x[0] - 8) * (x[0] - 8))
      return max(a, b) + log(0.3 * exp(a - max(a, b)) + 0.7 * exp(b - max(a, b))) - 0.5 * x[1] * x[1]
    },
    slope: { x in
      let (a, b) = (-0.5 * (x[0] + 8) * (x[0] + 8), -0.5 * (x[0] - 8) * (x[0] - 8))
      let share = 0.3 * exp(a - max(a, b)) / (0.3 * exp(a - max(a, b)) + 0.7 * exp(b - max(a, b)))
      return [-share * (x[0] + 8) - (1 - share) * (x[0] - 8), -x[1]]
    })

  static func path() -> Tempered<ClosureTarget, ProductReference> {
    Tempered(bimodal, reference: ProductReference(layout: bimodal.layout, scales: [8, 2]))
  }

  @Test("the path is linear in t, and so are its gradients and flips")
  func path() throws {
    let spins = SpinTarget.example(spins: 3, pull: 0.8)
    let reference = ProductReference(
      layout: spins.layout, means: [1, 0, -1], scales: [1, 2, 3], activeProbability: 0.3)
    let path = Tempered(spins, reference: reference)
    var workspace = path.makeWorkspace()
    var ignored: Void = ()
    var own = spins.makeWorkspace()
    let x = [0.3, -1.2, 0.5, 1, 0, 1]
    let hot = reference.logDensity(at: x.span, using: &ignored)
    let cold = spins.logDensity(at: x.span, using: &own)
    #expect(abs(path.temperatureSlope(at: x.span, using: &workspace) - (cold - hot)) < 1e-13)
    for t in [0, 0.25, 0.7, 1] {
      let tempered = path.tempered(to: t)
      #expect(abs(tempered.logDensity(at: x.span, using: &workspace) - (hot + t * (cold - hot))) < 1e-13)
      var gradient = [0.0, 0, 0]
      var span = gradient.mutableSpan
      let value = tempered.logDensity(at: x.span, gradient: &span, using: &workspace)
      #expect(abs(value - (hot + t * (cold - hot))) < 1e-13)
      for j in 0..<3 {
        var (up, down) = (x, x)
        up[j] += 1e-5
        down[j] -= 1e-5
        let slope =
          (tempered.logDensity(at: up.span, using: &workspace) - tempered.logDensity(at: down.span, using: &workspace))
          / 2e-5
        #expect(abs(gradient[j] - slope) < 1e-8)
      }
      tempered.beginFlips(at: x.span, using: &workspace)
      for g in 3..<6 {
        var flipped = x
        flipped[g] = 1 - flipped[g]
        let change = tempered.logDensityChange(flipping: g, at: x.span, using: &workspace)
        let exact =
          tempered.logDensity(at: flipped.span, using: &workspace) - tempered.logDensity(at: x.span, using: &workspace)
        #expect(abs(change - exact) < 1e-13)
      }
    }
  }

  @Test("swaps obey detailed balance, by enumeration of all pairs of states")
  func detailedBalance() throws {
    let spins = SpinTarget.example(spins: 3, pull: 0)
    let path = Tempered(
      spins, reference: ProductReference(layout: spins.layout, scales: [1, 1, 1], activeProbability: 0.3))
    let kernel = ReplicaExchange(
      BinaryFlips(path), ladder: try TemperatureLadder([0.2, 1]), seed: 1, chain: 0)
    var state = try kernel.initialState(at: spins.position(ofState: 0))
    var workspace = path.makeWorkspace()
    func logDensity(_ t: Double, _ s: Int) -> Double {
      path.tempered(to: t).logDensity(at: spins.position(ofState: s).span, using: &workspace)
    }
    /// The probability with which the kernel itself would swap states a (hot) and b (cold).
    func acceptance(_ a: Int, _ b: Int) -> Double {
      for (rung, s) in [(0, a), (1, b)] {
        state.rungStates[rung].point.current.position = spins.position(ofState: s)
        state.rungStates[rung].point.current.invalidate()
        state.slopes[rung] = path.slope(of: &state.rungStates[rung].point)
      }
      _ = kernel.exchange(&state)
      return state.swapProbabilities[0]
    }
    var below = 0
    for a in 0..<8 {
      for b in 0..<8 {
        let forth = exp(logDensity(0.2, a) + logDensity(1, b)) * acceptance(a, b)
        let back = exp(logDensity(0.2, b) + logDensity(1, a)) * acceptance(b, a)
        #expect(abs(forth - back) < 1e-12 * max(forth, back))
        below += acceptance(a, b) < 1 ? 1 : 0
      }
    }
    #expect(below > 20)
  }

  @Test("modes that no single chain crosses are visited in proportion to their weights (false alarm below 1e-6)")
  func bimodal() throws {
    let hmc = HamiltonianMonteCarlo(Self.path(), tuning: Tuning(stepSize: 0.5), length: .uniform(1...8))
    var alone = try Chain(
      number: 0, kernel: hmc, warmup: NoAdaptation(), start: [-8, 0], stream: .test(100))
    for _ in 0..<5000 {
      _ = alone.advance()
      try #require(alone.state.position[0] < 0)
    }
    var chain = try Chain(
      number: 0, kernel: ReplicaExchange(hmc, ladder: try .even(rungs: 6), seed: 5, chain: 0),
      warmup: TemperingAdaptation(
        WindowedAdaptation<HamiltonianMonteCarlo<Tempered<ClosureTarget, ProductReference>>>(
          .windows(transitions: 1000)), rungs: 6),
      start: [-8, 0], stream: .test(101))
    let estimates = estimate(
      [{ $0[0] > 0 ? 1 : 0 }, { $0[0] }, { $0[1] * $0[1] }], chain: &chain, draws: 40_000)
    expectMoments(estimates, equal: [0.7, 3.2, 1], within: 0.2)
    let swaps = chain.state.statistics
    #expect(swaps.transitions == 40_000)
    #expect(swaps.roundTrips > 1000 && swaps.restarts >= swaps.roundTrips)
    #expect(Double(swaps.restarts) / 40_000 < 1.1 * swaps.expectedRestartRate)
    #expect(swaps.replicaOfRung.sorted() == Array(0..<6))
    // The ladder was learnt: pairs reject alike.
    let rates = swaps.rejectionRates
    let mean = swaps.communicationBarrier / 5
    for rate in rates { #expect(abs(rate - mean) < 0.1) }
    #expect(chain.kernel.ladder.inverseTemperatures[1] < 0.2)
  }

  @Test("every rung samples its own temperature (false alarm below 1e-5)")
  func rungs() throws {
    // Reference N(0, 4), target N(2, 1): at t the precision is (1 + 3t)/4 and the mean 8t/(1 + 3t).
    let layout = ParameterLayout(real: "x", count: 1)
    let path = Tempered(
      try GaussianTarget(covariance: .identity(1), mean: [2]), reference: ProductReference(layout: layout, scales: [2]))
    let ladder = try TemperatureLadder([0, 0.3, 1])
    let kernel = ReplicaExchange(
      RandomWalkMetropolis(path, tuning: Tuning(stepSize: 2)), ladder: ladder, seed: 6, chain: 0)
    var state = try kernel.initialState(at: [0])
    var unused = try RandomStream.test(102)
    let (batches, length) = (40, 1000)
    var sums = [[Double]](repeating: [Double](repeating: 0, count: batches), count: 6)
    for batch in 0..<batches {
      for _ in 0..<length {
        _ = kernel.step(&state, using: &unused)
        for rung in 0..<3 {
          let x = state.rungs[rung].position[0]
          sums[2 * rung][batch] += x / Double(length)
          sums[2 * rung + 1][batch] += x * x / Double(length)
        }
      }
    }
    for (rung, t) in ladder.inverseTemperatures.enumerated() {
      let mean = 8 * t / (1 + 3 * t)
      for (moment, exact) in [(0, mean), (1, mean * mean + 4 / (1 + 3 * t))] {
        let values = sums[2 * rung + moment]
        let estimate = values.reduce(0, +) / Double(batches)
        let variance = values.reduce(0) { $0 + ($1 - estimate) * ($1 - estimate) } / Double(batches - 1)
        let error = (variance / Double(batches)).squareRoot()
        #expect(abs(estimate - exact) < 6.5 * error && error < 0.1, "rung \(rung), moment \(moment): \(estimate)")
      }
    }
  }

  @Test("after swaps and changes of the ladder, what is known of each rung's point holds at its present temperature")
  func freshPoints() throws {
    typealias Path = Tempered<ClosureTarget, ProductReference>
    let hmc = HamiltonianMonteCarlo(Self.path(), tuning: Tuning(stepSize: 0.5), length: .fixed(2))
    var chain = try Chain(
      number: 0, kernel: ReplicaExchange(hmc, ladder: try .even(rungs: 5), seed: 11, chain: 0),
      warmup: TemperingAdaptation(
        WindowedAdaptation<HamiltonianMonteCarlo<Path>>(.windows(transitions: 100)), rungs: 5, rounds: [10, 20, 30]),
      start: [-8, 0], stream: .test(107))
    var ladders = [chain.kernel.ladder]
    for _ in 0..<130 {
      _ = chain.advance()
      if chain.kernel.ladder != ladders.last { ladders.append(chain.kernel.ladder) }
      for (rung, t) in chain.kernel.ladder.inverseTemperatures.enumerated() {
        let point = chain.state.rungs[rung].point
        #expect(chain.kernel.rungs[rung].target.inverseTemperature == t)
        var fresh = try PointState(target: Self.path().tempered(to: t), at: point.current.position)
        fresh.current.evaluateGradient(Self.path().tempered(to: t), using: &fresh.workspace)
        #expect(point.current.hasGradient && point.current.gradient == fresh.current.gradient)
        #expect(point.current.logDensity == fresh.current.logDensity)
      }
    }
    #expect(ladders.count == 4)
  }

  @Test("an equalised ladder spreads a known barrier evenly; bad ladders are refused")
  func ladder() throws {
    let ladder = try TemperatureLadder([0, 0.5, 1]).equalized(rejectionRates: [0.6, 0.2])
    #expect(abs(ladder.inverseTemperatures[1] - 0.5 * 0.4 / 0.6) < 1e-15)
    let even = try TemperatureLadder.even(rungs: 5)
    let same = even.equalized(rejectionRates: [0.3, 0.3, 0.3, 0.3])
    for (a, b) in zip(even.inverseTemperatures, same.inverseTemperatures) { #expect(abs(a - b) < 1e-15) }
    #expect(even.equalized(rejectionRates: [0, 0, 0, 0]) == same)
    for bad in [[1.0], [0, 0.5], [0.5, 0.5, 1], [0.7, 0.2, 1], [-0.1, 1]] {
      #expect(throws: TuningError.self) { try TemperatureLadder(bad) }
    }
  }

  @Test("swaps alternate between even and odd pairs")
  func alternation() throws {
    let kernel = ReplicaExchange(
      RandomWalkMetropolis(Self.path(), tuning: Tuning(stepSize: 1)), ladder: try .even(rungs: 5), seed: 8, chain: 0)
    var state = try kernel.initialState(at: [0, 0])
    for parity in [0, 1, 0, 1] {
      // Equal slopes: every proposed swap is accepted.
      for rung in 0..<5 { state.slopes[rung] = 0 }
      let before = state.statistics.replicaOfRung
      _ = kernel.exchange(&state)
      var expected = before
      for pair in stride(from: parity, to: 4, by: 2) { expected.swapAt(pair, pair + 1) }
      #expect(state.statistics.replicaOfRung == expected)
    }
  }

  @Test("a copied state has its own streams; rungs' streams depend on seed and chain only")
  func streams() throws {
    let kernel = ReplicaExchange(
      RandomWalkMetropolis(Self.path(), tuning: Tuning(stepSize: 1)), ladder: try .even(rungs: 3), seed: 7, chain: 2)
    var state = try kernel.initialState(at: [0, 0])
    var one = try RandomStream.test(103)
    var two = try RandomStream.test(104)
    _ = kernel.step(&state, using: &one)
    var copy = state
    for _ in 0..<20 {
      var (left, right) = (Trace(), Trace())
      let (ofOriginal, ofCopy) = (kernel.step(&state, using: &one), kernel.step(&copy, using: &two))
      left.add(state, ofOriginal)
      right.add(copy, ofCopy)
      #expect(left == right)
    }
    let other = ReplicaExchange(
      RandomWalkMetropolis(Self.path(), tuning: Tuning(stepSize: 1)), ladder: try .even(rungs: 3), seed: 7, chain: 3)
    var otherState = try other.initialState(at: [0, 0])
    for _ in 0..<21 { _ = other.step(&otherState, using: &one) }
    #expect(otherState.position != state.position)
  }

  @Test("restarts are exact, mid-warm-up too; steps allocate nothing")
  func restart() throws {
    let hmc = HamiltonianMonteCarlo(Self.path(), tuning: Tuning(stepSize: 0.5), length: .uniform(1...3))
    let kernel = ReplicaExchange(hmc, ladder: try .even(rungs: 4), seed: 9, chain: 1)
    typealias Warmup = WindowedAdaptation<HamiltonianMonteCarlo<Tempered<ClosureTarget, ProductReference>>>
    try expectExactRestart(
      kernel, warmup: TemperingAdaptation(Warmup(.windows(transitions: 40)), rungs: 4, rounds: [8, 12]),
      start: [0, 0], transitions: 60, stream: 105)

    let spins = SpinTarget.example(spins: 3, pull: 0.8)
    let path = Tempered(spins, reference: ProductReference(layout: spins.layout, scales: [1, 1, 1]))
    let mixed = Cycle(Langevin(path, tuning: Tuning(stepSize: 1)), BinaryFlips(path))
    try expectNoAllocation(
      ReplicaExchange(mixed, ladder: try .even(rungs: 4), seed: 10, chain: 1), start: [0, 0, 0, 0, 0, 0], stream: 106)
  }
}
