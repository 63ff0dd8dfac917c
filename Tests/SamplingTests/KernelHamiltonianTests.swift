// Hamiltonian kernels: laws of the integrator, MALA as one leapfrog step, U-turns by their definition, moments.

import Foundation
import TestSupport
import Testing

@testable import Sampling

@Suite struct KernelHamiltonianTests {
  static let covariance = Matrix([[2.0, 0.6, 0.1], [0.6, 1.0, -0.2], [0.1, -0.2, 0.5]])

  /// An anharmonic target with coupling.
  static let quartic = ClosureTarget(
    layout: ParameterLayout(real: "x", count: 3),
    value: { x in
      -0.25 * (x[0] * x[0] * x[0] * x[0] + x[1] * x[1] * x[1] * x[1]) - 0.5 * x[2] * x[2] - x[0] * x[1] * x[2] / 4
    },
    slope: { x in
      [
        -x[0] * x[0] * x[0] - x[1] * x[2] / 4, -x[1] * x[1] * x[1] - x[0] * x[2] / 4, -x[2] - x[0] * x[1] / 4,
      ]
    })

  static func metrics() throws -> [InverseMetric] {
    [
      .identity, try .diagonal(variances: [0.5, 2, 1]), try .dense(covariance: covariance),
      try LowRankMetricTests.metric(),
    ]
  }

  /// Follows the dynamics from (x, r) and returns the end.
  static func flow(
    _ position: [Double], _ momentum: [Double], steps: Int, by step: Double, metric: InverseMetric
  ) -> (point: EvaluatedPoint, momentum: [Double]) {
    var workspace: Void = ()
    var point = EvaluatedPoint(position: position, realCount: 3)
    var momentum = momentum
    point.evaluateGradient(quartic, using: &workspace)
    for _ in 0..<steps {
      point.leapfrog(quartic, momentum: &momentum, by: step, metric: metric, using: &workspace)
    }
    return (point, momentum)
  }

  @Test("the integrator runs back to where it came from, by reversed momentum or reversed time")
  func reversibility() throws {
    for metric in try Self.metrics() {
      let start = ([0.5, -0.3, 1.0], [0.7, 0.2, -1.1])
      let (end, momentum) = Self.flow(start.0, start.1, steps: 20, by: 0.1, metric: metric)
      #expect(abs(end.position[0] - start.0[0]) > 0.01)
      let byMomentum = Self.flow(end.position, momentum.map { -$0 }, steps: 20, by: 0.1, metric: metric)
      let byTime = Self.flow(end.position, momentum, steps: 20, by: -0.1, metric: metric)
      for i in 0..<3 {
        #expect(abs(byMomentum.point.position[i] - start.0[i]) < 1e-13)
        #expect(abs(byMomentum.momentum[i] + start.1[i]) < 1e-13)
        #expect(abs(byTime.point.position[i] - start.0[i]) < 1e-13)
        #expect(abs(byTime.momentum[i] - start.1[i]) < 1e-13)
      }
    }
  }

  @Test("the integrator preserves volume: its Jacobian, by central differences, has determinant 1")
  func volume() throws {
    let h = 1e-5
    for metric in try Self.metrics() {
      let start = [0.5, -0.3, 1.0, 0.7, 0.2, -1.1]
      func map(_ z: [Double]) -> [Double] {
        let end = Self.flow(Array(z[..<3]), Array(z[3...]), steps: 3, by: 0.3, metric: metric)
        return end.point.position + end.momentum
      }
      var jacobian = (0..<6).map { column -> [Double] in
        var up = start
        var down = start
        up[column] += h
        down[column] -= h
        return zip(map(up), map(down)).map { ($0 - $1) / (2 * h) }
      }
      var determinant = 1.0
      for k in 0..<6 {
        let pivot = (k..<6).max { abs(jacobian[$0][k]) < abs(jacobian[$1][k]) } ?? k
        if pivot != k { determinant = -determinant }
        jacobian.swapAt(k, pivot)
        determinant *= jacobian[k][k]
        for row in (k + 1)..<max(6, k + 1) {
          let factor = jacobian[row][k] / jacobian[k][k]
          for column in k..<6 { jacobian[row][column] -= factor * jacobian[k][column] }
        }
      }
      #expect(abs(determinant - 1) < 1e-8)
    }
  }

  @Test("the energy error over a fixed time falls as the step size squared")
  func energyError() throws {
    for metric in try Self.metrics() {
      func error(_ steps: Int) -> Double {
        let start = Self.flow([0.5, -0.3, 1.0], [0.7, 0.2, -1.1], steps: 0, by: 1, metric: metric)
        let end = Self.flow([0.5, -0.3, 1.0], [0.7, 0.2, -1.1], steps: steps, by: 1.3 / Double(steps), metric: metric)
        return end.point.energy(momentum: end.momentum) - start.point.energy(momentum: start.momentum)
      }
      for steps in [32, 64] { #expect(abs(error(steps) / error(2 * steps) - 4) < 0.1) }
    }
  }

  @Test("MALA is HMC with one leapfrog step, bit for bit on one stream")
  func langevin() throws {
    for metric in try Self.metrics() {
      let tuning = Tuning(stepSize: 0.8, inverseMetric: metric)
      let mala = Langevin(Self.quartic, tuning: tuning)
      let hmc = HamiltonianMonteCarlo(Self.quartic, tuning: tuning, length: .fixed(1))
      var (a, b) = (try mala.initialState(at: [0.1, 0.2, 0.3]), try hmc.initialState(at: [0.1, 0.2, 0.3]))
      var first = try RandomStream.test(50)
      var second = try RandomStream.test(50)
      var rejected = 0
      for _ in 0..<500 {
        var (left, right) = (Trace(), Trace())
        let ofMala = mala.step(&a, using: &first)
        let ofHMC = hmc.step(&b, using: &second)
        left.add(a, ofMala)
        right.add(b, ofHMC)
        try #require(left == right)
        rejected += ofMala.moved ? 0 : 1
      }
      #expect(rejected > 10)
    }
  }

  /// Whether a stretch of momenta and all its subtrees go straight, from the definition.
  static func persists(_ momenta: [[Double]]) -> Bool {
    guard momenta.count > 1 else { return true }
    let (a, b) = (Array(momenta[..<(momenta.count / 2)]), Array(momenta[(momenta.count / 2)...]))
    func sum(_ vectors: [[Double]]) -> [Double] {
      vectors.dropFirst().reduce(vectors[0]) { zip($0, $1).map(+) }
    }
    func straight(_ one: [Double], _ other: [Double], _ rho: [Double]) -> Bool {
      zip(one, rho).reduce(0) { $0 + $1.0 * $1.1 } > 0 && zip(other, rho).reduce(0) { $0 + $1.0 * $1.1 } > 0
    }
    return persists(a) && persists(b) && straight(a[0], b[b.count - 1], sum(a + b))
      && straight(a[0], b[0], sum(a + [b[0]])) && straight(a[a.count - 1], b[b.count - 1], sum([a[a.count - 1]] + b))
  }

  @Test("the stack of subtrees finds exactly the U-turns of the recursive definition", arguments: [1, 3, 8, 11])
  func uTurns(dimension: Int) throws {
    var stream = try RandomStream.test(51)
    var counts = [0, 0]
    for trial in 0..<600 {
      let depth = trial % 5
      // Momenta that forget themselves fast in some trials and slowly in others, so that turns happen at every scale.
      let memory = trial % 2 == 0 ? 0.3 : 0.95
      var current = (0..<dimension).map { _ in stream.standardNormal() }
      let momenta = (0..<(1 << depth)).map { _ -> [Double] in
        current = current.map { memory * $0 + (1 - memory * memory).squareRoot() * stream.standardNormal() }
        return current
      }
      var nodes = TrajectoryNodes(count: dimension, slots: 7)
      var slot = 0
      var straight = true
      for (index, momentum) in momenta.enumerated() where straight {
        slot += 1
        nodes.setLeaf(momentum, slot: slot)
        for _ in 0..<(index + 1).trailingZeroBitCount where straight {
          slot -= 1
          straight = nodes.merge(intoSlot: slot)
        }
      }
      #expect(straight == Self.persists(momenta))
      counts[straight ? 1 : 0] += 1
    }
    #expect(counts[0] > 50 && counts[1] > 50)
  }

  @Test("a subtree's candidate is each of its states with probability proportional to exp(-H) (false alarm below 1e-7)")
  func candidates() throws {
    // Stiff in one direction, so that energies differ; flat in the other, so that eight steps do not turn.
    let target = ClosureTarget(
      layout: ParameterLayout(real: "x", count: 2), value: { x in -50 * x[0] * x[0] - 0.005 * x[1] * x[1] },
      slope: { x in [-100 * x[0], -0.01 * x[1]] })
    let kernel = NoUTurn(target, tuning: Tuning(stepSize: 0.16))
    var start = try PointState(target: target, at: [0.1, 0])
    start.current.evaluateGradient(target, using: &start.workspace)
    let momentum = [1.0, 3]
    let energy = start.current.energy(momentum: momentum)
    var point = start.current
    var moving = momentum
    var states: [Double] = []
    var weights: [Double] = []
    for _ in 0..<8 {
      point.leapfrog(target, momentum: &moving, by: 0.16, metric: .identity, using: &start.workspace)
      states.append(point.position[1])
      weights.append(exp(energy - point.energy(momentum: moving)))
    }
    #expect((weights.max() ?? 0) > 2 * (weights.min() ?? 1))

    var stream = try RandomStream.test(66)
    var scratch = kernel.makeScratch()
    var counts = [Int](repeating: 0, count: 8)
    for _ in 0..<40_000 {
      var end = start.current
      var momentum = momentum
      var tree = NoUTurn<ClosureTarget>.Subtree(startEnergy: energy)
      let complete = kernel.grow(
        &end, momentum: &momentum, by: 0.16, depth: 3, tree: &tree, candidate: &scratch.candidate,
        nodes: &scratch.nodes, workspace: &start.workspace, using: &stream)
      try #require(complete)
      counts[try #require(states.firstIndex(of: scratch.candidate.position[1]))] += 1
      #expect(abs(tree.logWeight - log(weights.reduce(0, +))) < 1e-12)
    }
    let total = weights.reduce(0, +)
    let statistic = zip(counts, weights).reduce(0.0) { sum, cell in
      let expected = 40_000 * cell.1 / total
      return sum + (Double(cell.0) - expected) * (Double(cell.0) - expected) / expected
    }
    // Seven degrees of freedom.
    #expect(statistic < 46, "\(counts)")
  }

  @Test("a new half replaces the older one with probability min(1, ratio of weights) (false alarm below 1e-9)")
  func replacement() throws {
    // With one doubling the ratio is that of one state to another, which the acceptance rate reports.
    let kernel = NoUTurn(Self.quartic, tuning: Tuning(stepSize: 1.1), maximumDepth: 1)
    var state = try kernel.initialState(at: [0.1, 0.2, 0.3])
    var stream = try RandomStream.test(67)
    var excess = 0.0
    var variance = 0.0
    for _ in 0..<20_000 {
      let transition = kernel.step(&state, using: &stream)
      excess += (transition.moved ? 1 : 0) - transition.acceptanceRate
      variance += transition.acceptanceRate * (1 - transition.acceptanceRate)
    }
    #expect(variance > 1000)
    #expect(abs(excess) < 6.2 * variance.squareRoot())
  }

  /// One transition written down from the definition: whole trajectories as lists of states in order of time.
  static func definition(_ start: [Double], step: Double, using stream: inout RandomStream) -> (
    position: [Double], depth: Int, steps: Int
  ) {
    let momentum = (0..<3).map { _ in stream.standardNormal() }
    var first = flow(start, momentum, steps: 0, by: step, metric: .identity)
    let energy = first.point.energy(momentum: momentum)
    first.momentum = momentum
    var trajectory = [first]
    var (draw, weight, depth, steps) = (start, 1.0, 0, 0)
    while depth < 10 {
      let forwards = stream.bernoulli(0.5)
      var grown: [(point: EvaluatedPoint, momentum: [Double])] = []
      var (candidate, newWeight) = (start, 0.0)
      while grown.count < trajectory.count {
        let end = grown.last ?? (forwards ? trajectory[trajectory.count - 1] : trajectory[0])
        grown.append(
          flow(end.point.position, end.momentum, steps: 1, by: forwards ? step : -step, metric: .identity))
        let (point, momentum) = grown[grown.count - 1]
        steps += 1
        let own = exp(energy - point.energy(momentum: momentum))
        newWeight += own
        if stream.uniformPositive() < own / newWeight { candidate = point.position }
        var size = 2
        while grown.count % size == 0 {
          guard persists(grown.suffix(size).map(\.momentum)) else { return (draw, depth, steps) }
          size *= 2
        }
      }
      depth += 1
      if stream.uniformPositive() < newWeight / weight { draw = candidate }
      weight += newWeight
      trajectory = forwards ? trajectory + grown : grown.reversed() + trajectory
      guard persists(trajectory.map(\.momentum)) else { break }
    }
    return (draw, depth, steps)
  }

  @Test("a NUTS transition is that of the definition, on one stream")
  func definition() throws {
    let kernel = NoUTurn(Self.quartic, tuning: Tuning(stepSize: 0.4))
    var state = try kernel.initialState(at: [0.1, 0.2, 0.3])
    var mine = try RandomStream.test(68)
    var theirs = try RandomStream.test(68)
    var depths = Set<Int>()
    for _ in 0..<2000 {
      let expected = Self.definition(state.position, step: 0.4, using: &theirs)
      let transition = kernel.step(&state, using: &mine)
      try #require(state.position == expected.position)
      try #require(transition.treeDepth == expected.depth && transition.steps == expected.steps)
      depths.insert(expected.depth)
    }
    #expect(depths.count >= 4)
  }

  @Test("NUTS and HMC have the moments of an anharmonic target (false alarm below 1e-5)")
  func moments() throws {
    // p(x) ∝ exp(-x⁴/4): E x² = 2 Γ(3/4)/Γ(1/4), E x⁴ = 1.
    let target = ClosureTarget(
      layout: ParameterLayout(real: "x", count: 2),
      value: { x in -0.25 * x[0] * x[0] * x[0] * x[0] - 0.5 * (x[1] - 1) * (x[1] - 1) },
      slope: { x in [-x[0] * x[0] * x[0], 1 - x[1]] })
    let exact = [2 * tgamma(0.75) / tgamma(0.25), 1, 1, 1, 0]
    let functions: [@Sendable ([Double]) -> Double] = [
      { $0[0] * $0[0] }, { $0[0] * $0[0] * $0[0] * $0[0] }, { $0[1] }, { ($0[1] - 1) * ($0[1] - 1) },
      { $0[0] * ($0[1] - 1) },
    ]
    let tuning = Tuning(stepSize: 0.7, inverseMetric: try .diagonal(variances: [0.7, 1.3]))
    func check(_ kernel: some PointKernel, _ number: Int) throws {
      func run<Kernel: MarkovKernel>(_ kernel: Kernel) throws {
        var chain = try Chain(
          number: 0, kernel: kernel, warmup: NoAdaptation(transitions: 100), start: [0.5, 0.5], stream: .test(number))
        expectMoments(estimate(functions, chain: &chain, draws: 40_000), equal: exact, within: 0.03)
      }
      try run(kernel)
    }
    try check(NoUTurn(target, tuning: tuning), 52)
    try check(HamiltonianMonteCarlo(target, tuning: tuning, length: .fixed(3)), 53)
    try check(HamiltonianMonteCarlo(target, tuning: tuning, length: .uniform(1...6)), 54)
  }

  @Test("with a dense metric, warm-up makes a Gaussian of condition number 10⁴ easy (false alarm below 1e-5)")
  func denseMetric() throws {
    // Rotated axes of standard deviations 10 and 0.1, correlation near 1.
    let (c, s) = (cos(0.7), sin(0.7))
    let covariance = Matrix([
      [100 * c * c + 0.01 * s * s, (100 - 0.01) * c * s], [(100 - 0.01) * c * s, 100 * s * s + 0.01 * c * c],
    ])
    let target = try GaussianTarget(covariance: covariance)
    var chain = try Chain(
      number: 0, kernel: NoUTurn(target, tuning: Tuning(stepSize: 1)),
      warmup: WindowedAdaptation(.windows(transitions: 1000), metric: .dense), start: [1, 1], stream: .test(55))
    while chain.isWarmingUp { _ = chain.advance() }
    let learnt = chain.kernel.tuning.inverseMetric.covariance(dimension: 2)
    for (learnt, exact) in zip(learnt.elements, covariance.elements) { #expect(abs(learnt / exact - 1) < 0.5) }
    var steps = 0
    for _ in 0..<500 { steps += chain.advance().steps }
    #expect(steps < 500 * 10)
    let estimates = estimate(
      [
        { $0[0] * $0[0] / 100 }, { $0[0] * $0[1] / 100 },
        {
          let u = c * $0[1] - s * $0[0]
          return 100 * u * u
        },
      ],
      chain: &chain, draws: 20_000)
    expectMoments(
      estimates, equal: [covariance[0, 0] / 100, covariance[0, 1] / 100, 1], within: 0.05)
  }

  @Test("NUTS reports depth, steps, energy; a huge step diverges, a non-finite density is counted")
  func reports() throws {
    let target = try GaussianTarget(covariance: Self.covariance)
    let kernel = NoUTurn(target, tuning: Tuning(stepSize: 0.05), maximumDepth: 4)
    var state = try kernel.initialState(at: [1, 1, 1])
    var stream = try RandomStream.test(56)
    var saturated = 0
    for _ in 0..<50 {
      let transition = kernel.step(&state, using: &stream)
      #expect(transition.treeDepth <= 4 && transition.evaluations == transition.steps)
      if transition.treeDepth == 4 {
        #expect(transition.steps == 15)
        saturated += 1
      }
      #expect(transition.acceptanceRate > 0.98 && transition.energy >= -state.logDensity)
      #expect(!transition.diverging && transition.nonFinite == 0)
    }
    #expect(saturated > 25)
    let wild = NoUTurn(target, tuning: Tuning(stepSize: 100))
    var wildState = try wild.initialState(at: [1, 1, 1])
    let diverged = wild.step(&wildState, using: &stream)
    #expect(diverged.diverging && !diverged.moved && diverged.steps == 1 && diverged.nonFinite == 0)
    #expect(diverged.acceptanceRate < 1e-100)

    let walled = ClosureTarget(
      layout: ParameterLayout(real: "x", count: 1), value: { x in x[0] < 0.5 ? -0.5 * x[0] * x[0] : .nan },
      slope: { x in [x[0] < 0.5 ? -x[0] : .nan] })
    func count(_ kernel: some MarkovKernel, seed: Int) throws -> Int {
      func run<Kernel: MarkovKernel>(_ kernel: Kernel) throws -> Int {
        var state = try kernel.initialState(at: [0])
        var stream = try RandomStream.test(seed)
        var rejected = 0
        for _ in 0..<300 {
          rejected += kernel.step(&state, using: &stream).nonFinite
          #expect(state.position[0] < 0.5 && state.logDensity.isFinite)
        }
        return rejected
      }
      return try run(kernel)
    }
    #expect(try count(NoUTurn(walled, tuning: Tuning(stepSize: 0.5)), seed: 57) > 20)
    #expect(
      try count(HamiltonianMonteCarlo(walled, tuning: Tuning(stepSize: 0.5), length: .fixed(4)), seed: 58) > 20)
  }

  @Test("warm-up brings NUTS to its wanted acceptance rate")
  func adaptation() throws {
    let target = try GaussianTarget(covariance: .identity(20))
    var chain = try Chain(
      number: 0, kernel: NoUTurn(target, tuning: Tuning(stepSize: 1e-3)),
      warmup: WindowedAdaptation(.stepSizeOnly(transitions: 2000), targetAcceptanceRate: 0.9),
      start: [Double](repeating: 1, count: 20), stream: .test(59))
    while chain.isWarmingUp { _ = chain.advance() }
    var acceptance = 0.0
    for _ in 0..<2000 { acceptance += chain.advance().acceptanceRate / 2000 }
    #expect(abs(acceptance - 0.9) < 0.03)
  }

  /// Times between a half and 1: of steps of 0.01 between 50 and 100, of 30 one, of 1e-9 the most there may be.
  @Test("a trajectory of a given time has as many steps as that takes")
  func time() throws {
    let target = try GaussianTarget(covariance: .identity(3))
    func steps(stepSize: Double) throws -> [Int] {
      let kernel = HamiltonianMonteCarlo(target, tuning: Tuning(stepSize: stepSize), length: .time(upTo: 1))
      var chain = try Chain(
        number: 0, kernel: kernel, warmup: NoAdaptation(), start: [0, 0, 0], stream: .test(65))
      return (0..<200).map { _ in chain.advance().steps }
    }
    let usual = try steps(stepSize: 0.01)
    #expect(usual.allSatisfy { 50...100 ~= $0 } && Set(usual).count > 30 && usual.max()! > 95 && usual.min()! < 55)
    #expect(try steps(stepSize: 30).allSatisfy { $0 == 1 })
    #expect(
      try steps(stepSize: 1e-9).allSatisfy { $0 == HamiltonianMonteCarlo<GaussianTarget>.maximumSteps })
  }

  @Test("restarts are exact, steps allocate nothing")
  func restart() throws {
    let schedule = WarmupSchedule.windows(transitions: 40)
    let tuning = Tuning(stepSize: 0.3)
    let start = [0.1, 0.2, 0.3]
    for metric in InverseMetric.Kind.allCases {
      try expectExactRestart(
        NoUTurn(Self.quartic, tuning: tuning), warmup: WindowedAdaptation(schedule, metric: metric), start: start,
        transitions: 60, stream: 60)
    }
    try expectExactRestart(
      HamiltonianMonteCarlo(Self.quartic, tuning: tuning, length: .uniform(1...4)),
      warmup: WindowedAdaptation(schedule), start: start, transitions: 60, stream: 61)
    let target = try GaussianTarget(covariance: Self.covariance)
    for metric in try Self.metrics() {
      let tuning = Tuning(stepSize: 0.3, inverseMetric: metric)
      try expectNoAllocation(NoUTurn(target, tuning: tuning), start: start, stream: 62)
      try expectNoAllocation(
        HamiltonianMonteCarlo(target, tuning: tuning, length: .fixed(4)), start: start, stream: 63)
      try expectNoAllocation(
        HamiltonianMonteCarlo(target, tuning: tuning, length: .uniform(1...4)), start: start, stream: 64)
    }
    let spins = SpinTarget.example(spins: 3, pull: 0.8)
    try expectNoAllocation(
      Cycle(NoUTurn(spins, tuning: Tuning(stepSize: 0.9)), BinaryFlips(spins)), start: [0, 0, 0, 0, 0, 0], stream: 65)
  }
}
