// Binary flips and compositions: detailed balance and invariance by enumeration, fresh gradients after a flip.

import Foundation
import Sampling
import Testing

@Suite struct KernelFlipTests {
  /// The exact transition matrix of one flip proposal at `coordinate`, from the probabilities that the kernel uses.
  static func flipMatrix(_ target: SpinTarget, coordinate: Int, probability q: Double) -> Matrix {
    let states = 1 << target.spins
    var matrix = Matrix(rows: states, columns: states)
    for state in 0..<states {
      let position = target.position(ofState: state)
      var workspace = target.makeWorkspace()
      target.beginFlips(at: position.span, using: &workspace)
      let change = target.logDensityChange(
        flipping: target.spins + coordinate, at: position.span, using: &workspace)
      let acceptance = q * min(1, exp(change))
      matrix[state, state ^ (1 << coordinate)] = acceptance
      matrix[state, state] = 1 - acceptance
    }
    return matrix
  }

  /// Counts the kernel's transitions from `state` and compares them with a row of the exact matrix by chi-squared.
  static func chiSquared(counts: [Int], probabilities: [Double]) -> (statistic: Double, cells: Int) {
    let total = Double(counts.reduce(0, +))
    var statistic = 0.0
    var cells = 0
    var restCount = 0.0
    var restProbability = 0.0
    for (count, probability) in zip(counts, probabilities) {
      if probability * total < 10 {
        restCount += Double(count)
        restProbability += probability
      } else {
        let expected = probability * total
        statistic += (Double(count) - expected) * (Double(count) - expected) / expected
        cells += 1
      }
    }
    if restProbability * total >= 1 {
      let expected = restProbability * total
      statistic += (restCount - expected) * (restCount - expected) / expected
      cells += 1
    } else if restProbability == 0, restCount > 0 {
      statistic = .infinity
    }
    return (statistic, cells)
  }

  @Test(
    "the kernel's transition matrix is the exact one, which is invariant, and reversible where it says so (false alarm below 1e-6)",
    arguments: [
      BinaryFlips<SpinTarget>.Scan.fixedOrder, .eitherOrder, .randomCoordinates,
    ])
  func transitionMatrix(scan: BinaryFlips<SpinTarget>.Scan) throws {
    let target = SpinTarget.example(spins: 3, pull: 0)
    let q = 0.8
    let kernel = BinaryFlips(target, scan: scan, proposalProbability: q)
    let single = (0..<3).map { Self.flipMatrix(target, coordinate: $0, probability: q) }
    let forward = single[0] * single[1] * single[2]
    let average = (1.0 / 3) * (single[0] + single[1] + single[2])
    let exact =
      switch scan {
      case .fixedOrder: forward
      case .eitherOrder: 0.5 * (forward + single[2] * single[1] * single[0])
      case .randomCoordinates: average * average * average
      }
    let probabilities = target.spinProbabilities
    var asymmetry = 0.0
    for to in 0..<8 {
      let inflow = (0..<8).reduce(0) { $0 + probabilities[$1] * exact[$1, to] }
      #expect(abs(inflow - probabilities[to]) < 1e-14)
      for from in 0..<8 {
        asymmetry = max(asymmetry, abs(probabilities[from] * exact[from, to] - probabilities[to] * exact[to, from]))
      }
    }
    #expect(kernel.isReversible ? asymmetry < 1e-15 : asymmetry > 1e-3)

    var stream = try RandomStream.test(20)
    for from in 0..<8 {
      var counts = [Int](repeating: 0, count: 8)
      var state = try kernel.initialState(at: target.position(ofState: from))
      for _ in 0..<10_000 {
        state.point.current.position = target.position(ofState: from)
        state.point.current.invalidate()
        _ = kernel.step(&state, using: &stream)
        counts[target.state(of: state.position)] += 1
      }
      let (statistic, cells) = Self.chiSquared(counts: counts, probabilities: (0..<8).map { exact[from, $0] })
      // At most 7 degrees of freedom: chi-squared above 46 has probability below 1e-7.
      #expect(statistic < 46 && cells >= 3, "from \(from): \(statistic) over \(cells) cells")
    }
  }

  @Test("on a flat density sweeps reach every state")
  func flat() throws {
    let target = SpinTarget(couplings: Matrix(rows: 4, columns: 4), fields: [0, 0, 0, 0], pull: 0)
    for scan in [BinaryFlips<SpinTarget>.Scan.fixedOrder, .eitherOrder, .randomCoordinates] {
      let kernel = BinaryFlips(target, scan: scan)
      var state = try kernel.initialState(at: target.position(ofState: 0))
      var stream = try RandomStream.test(21)
      // Even transitions only, so that a kernel of period two shows.
      var seen = Set<Int>()
      for number in 0..<2000 {
        _ = kernel.step(&state, using: &stream)
        if number % 2 == 1 { seen.insert(target.state(of: state.position)) }
      }
      #expect(seen.count == 16)
    }
  }

  @Test("flips leave real coordinates alone, other kernels binary ones; what is known of a point is never stale")
  func mixedCoordinates() throws {
    let target = SpinTarget.example(spins: 4, pull: 1.5)
    let tuning = Tuning(stepSize: 0.7)
    try expectFreshPoints(Langevin(target, tuning: tuning), stream: 22)
    try expectFreshPoints(Langevin(target, tuning: tuning, correction: .unadjusted), stream: 22)
    try expectFreshPoints(HamiltonianMonteCarlo(target, tuning: tuning, length: .fixed(2)), stream: 22)
    try expectFreshPoints(NoUTurn(target, tuning: tuning), stream: 22)
    try expectFreshPoints(RandomWalkMetropolis(target, tuning: tuning), stream: 22)
    try expectFreshPoints(PreconditionedCrankNicolson(target, stepSize: 0.7), stream: 22)
    try expectFreshPoints(EllipticalSlice(target), stream: 22)
  }

  func expectFreshPoints<Kernel: PointKernel>(_ real: Kernel, stream number: Int) throws
  where Kernel.Target == SpinTarget {
    let target = real.target
    let flips = BinaryFlips(target)
    var stream = try RandomStream.test(number)
    var state = try Cycle(real, flips).initialState(at: [0, 0, 0, 0, 0, 1, 0, 1])
    var (moves, flipped) = (0, 0)
    func expectFresh() throws {
      var fresh = try PointState(target: target, at: state.position)
      _ = real.evaluateStart(&state.point)
      fresh.current.evaluateGradient(target, using: &fresh.workspace)
      #expect(abs(state.logDensity - fresh.current.logDensity) < 1e-12)
      if state.point.current.hasGradient { #expect(state.point.current.gradient == fresh.current.gradient) }
    }
    for _ in 0..<300 {
      let before = state.position
      moves += real.step(&state.point, scratch: &state.scratch.first, using: &stream).moved ? 1 : 0
      #expect(Array(state.position[4...]) == Array(before[4...]))
      try expectFresh()
      let between = state.position
      flipped += flips.step(&state.point, scratch: &state.scratch.second, using: &stream).moved ? 1 : 0
      #expect(Array(state.position[..<4]) == Array(between[..<4]))
      try expectFresh()
    }
    #expect(moves > 50 && flipped > 50)
  }

  @Test("compositions sample spins and pulled coordinates (false alarm below 1e-5)")
  func moments() throws {
    let target = SpinTarget.example(spins: 3, pull: 0.8)
    let probabilities = target.spinProbabilities
    func mean(_ f: (Int) -> Double) -> Double { (0..<8).reduce(0) { $0 + probabilities[$1] * f($1) } }
    let s0 = mean { Double($0 & 1) * 2 - 1 }
    let exact = [s0, mean { (Double($0 & 1) * 2 - 1) * (Double($0 >> 2 & 1) * 2 - 1) }, 0.8 * s0, 1 + 0.64]
    let functions: [@Sendable ([Double]) -> Double] = [
      { 2 * $0[3] - 1 }, { (2 * $0[3] - 1) * (2 * $0[5] - 1) }, { $0[0] }, { $0[0] * $0[0] },
    ]
    let langevin = Langevin(target, tuning: Tuning(stepSize: 1.2))
    let flips = BinaryFlips(target, scan: .eitherOrder)
    let start = [0.0, 0, 0, 0, 0, 0]
    var cycle = try Chain(
      number: 0, kernel: Cycle(langevin, flips), warmup: NoAdaptation(transitions: 100), start: start,
      stream: .test(23))
    expectMoments(estimate(functions, chain: &cycle, draws: 40_000), equal: exact, within: 0.03)
    var palindrome = try Chain(
      number: 0, kernel: Palindrome(langevin, within: flips), warmup: NoAdaptation(transitions: 100), start: start,
      stream: .test(24))
    #expect(palindrome.kernel.isReversible && !cycle.kernel.isReversible)
    expectMoments(estimate(functions, chain: &palindrome, draws: 40_000), equal: exact, within: 0.03)
    var mixture = try Chain(
      number: 0, kernel: RandomMixture(langevin, flips, firstProbability: 0.5),
      warmup: NoAdaptation(transitions: 100), start: start, stream: .test(25))
    expectMoments(estimate(functions, chain: &mixture, draws: 40_000), equal: exact, within: 0.04)
  }

  @Test("restarts are exact, steps allocate nothing")
  func restart() throws {
    let target = SpinTarget.example(spins: 3, pull: 0.8)
    let langevin = Langevin(target, tuning: Tuning(stepSize: 1.2))
    let flips = BinaryFlips(target)
    let start = [0.0, 0, 0, 0, 0, 0]
    let schedule = WarmupSchedule.windows(transitions: 40)
    try expectExactRestart(flips, warmup: NoAdaptation(), start: start, transitions: 40, stream: 26)
    try expectExactRestart(
      Cycle(langevin, flips), warmup: WindowedAdaptation(schedule), start: start, transitions: 60, stream: 27)
    try expectExactRestart(
      Palindrome(langevin, within: flips), warmup: WindowedAdaptation(schedule), start: start, transitions: 60,
      stream: 28)
    try expectExactRestart(
      RandomMixture(langevin, flips, firstProbability: 0.5), warmup: WindowedAdaptation(schedule), start: start,
      transitions: 60, stream: 29)
    try expectNoAllocation(flips, start: start, stream: 30)
    try expectNoAllocation(Cycle(langevin, flips), start: start, stream: 30)
    try expectNoAllocation(Palindrome(langevin, within: flips), start: start, stream: 30)
    try expectNoAllocation(RandomMixture(langevin, flips, firstProbability: 0.5), start: start, stream: 30)
  }
}

extension SpinTarget {
  /// The position of a spin configuration, real coordinates at 0.
  func position(ofState state: Int) -> [Double] {
    [Double](repeating: 0, count: spins) + (0..<spins).map { Double(state >> $0 & 1) }
  }

  /// The spin configuration of a position.
  func state(of position: [Double]) -> Int {
    (0..<spins).reduce(0) { $0 | (position[spins + $1] == 1 ? 1 << $1 : 0) }
  }
}
