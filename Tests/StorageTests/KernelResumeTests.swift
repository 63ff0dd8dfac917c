// Real kernels and their warm-up, stopped anywhere: the archive of a chain must hold all that its future depends on.

import Foundation
import Sampling
import Storage
import Testing

/// ln p = −½ Σ_i (x_i − 2 s_i)²/v_i, x real, s binary.
private struct SwitchedGaussian: DifferentiableLogDensity, FlippableLogDensity {
  let layout: ParameterLayout
  let variances = [1.0, 4, 0.25]

  init() {
    var layout = ParameterLayout()
    layout.append("x", shape: [3])
    layout.append("s", shape: [3], kind: .binary)
    self.layout = layout
  }

  func logDensity(at position: Span<Double>, using workspace: inout Void) -> Double {
    (0..<3).reduce(0) { sum, i in
      let residual = position[i] - 2 * position[3 + i]
      return sum - residual * residual / (2 * variances[i])
    }
  }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Void
  ) -> Double {
    for i in 0..<3 { gradient[i] = (2 * position[3 + i] - position[i]) / variances[i] }
    return logDensity(at: position, using: &workspace)
  }

  func beginFlips(at position: Span<Double>, using workspace: inout Void) {}
  func didFlip(_ coordinate: Int, at position: Span<Double>, using workspace: inout Void) {}
  func logDensityChange(flipping coordinate: Int, at position: Span<Double>, using workspace: inout Void) -> Double {
    let x = position[coordinate - 3]
    let change = (x * x - (x - 2) * (x - 2)) / (2 * variances[coordinate - 3])
    return position[coordinate] == 0 ? change : -change
  }
}

/// The log density and one coordinate.
private struct PlainObservables: Observables {
  let variables = [ObservableVariable("lp"), ObservableVariable("x")]
  func makeWorkspace() {}
  func evaluate(
    at position: Span<Double>, logDensity: Double, into values: inout MutableSpan<Double>, using workspace: inout Void
  ) {
    values[0] = logDensity
    values[1] = position[0]
  }
}

/// The sum of all positions.
private struct SumAccumulator: PositionAccumulator {
  private var sums = [Double](repeating: 0, count: 6)
  var statistics: [StreamingStatistic] { [StreamingStatistic("sum", axes: [.init("coordinate", 6)], values: sums)] }
  mutating func add(_ position: Span<Double>) { for i in 0..<6 { sums[i] += position[i] } }
  func save(to archive: inout [Double]) { archive.append(contentsOf: sums) }
  mutating func restore(from archive: inout ArraySlice<Double>) throws {
    sums = Array(archive.prefix(6))
    archive.removeFirst(6)
  }
}

@Suite struct KernelResumeTests {
  /// Asks for a stop after a number of draws.
  private struct Stopping<Inner: DrawSource & ~Copyable>: ~Copyable, DrawSource {
    var inner: Inner
    let stopAfter: Int
    let flag: StopFlag
    var schema: DrawSchema { inner.schema }
    var chain: Int { inner.chain }
    var warmupDraws: Int { inner.warmupDraws }
    var draws: Int { inner.draws }
    var snapshot: ChainSnapshot { inner.snapshot }
    var streamingStatistics: [StreamingStatistic] { inner.streamingStatistics }
    mutating func restore(_ snapshot: ChainSnapshot) throws { try inner.restore(snapshot) }
    mutating func next(into sink: inout some DrawSink) throws {
      try inner.next(into: &sink)
      if inner.draws == stopAfter { flag.raise(.signal(1)) }
    }
  }

  private func check<Kernel: TunableKernel>(
    _ kernel: Kernel, metric: InverseMetric.Kind, thin: Int, seed: UInt64
  ) throws where Kernel.Target == SwitchedGaussian {
    let scratch = try Scratch()
    let warmup = WindowedAdaptation<Kernel>(.windows(transitions: 60), metric: metric)
    let make = { @Sendable (number: Int, stop: Int, flag: StopFlag) in
      let stream = try RandomStream(StreamKey(seed: seed, chain: number, purpose: .transitions))
      let chain = try Chain(
        number: number, kernel: kernel, warmup: warmup, start: [1, 1, 1, 0, 1, 0], stream: stream)
      let source = ChainSource(
        chain, layout: kernel.target.layout, observables: PlainObservables(), accumulator: SumAccumulator(), thin: thin)
      return Stopping(inner: source, stopAfter: stop, flag: flag)
    }
    func run(_ name: String, stops: [Int]) throws -> RunDigest {
      _ = try RunDirectory.create(Toy.description(chains: [0]), at: scratch(name))
      for stop in stops + [-1] {
        let flag = StopFlag()
        let lock = try RunDirectory.open(scratch(name)).lock()
        let outcome = try RunExecutor(lock, threads: 1).run(
          draws: 100, stop: flag, progress: ProgressTable(chains: [0], draws: 100)
        ) { try make($0, stop, flag) }[0]
        #expect(outcome.warmupDraws + outcome.draws == (stop < 0 ? 160 : stop))
      }
      return try RunReader(RunDirectory.open(scratch(name))).digest()
    }
    var random = try RandomStream(StreamKey(seed: seed, chain: 0, purpose: .testing))
    let stops = Set((0..<8).map { _ in 1 + random.integer(below: 159) }).sorted()
    #expect(try run("stopped", stops: stops) == run("whole", stops: []))
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func langevinWithFlips(seed: UInt64) throws {
    let target = SwitchedGaussian()
    let langevin = Langevin(target, tuning: Tuning(stepSize: 0.5))
    try check(Cycle(langevin, BinaryFlips(target)), metric: .diagonal, thin: 1, seed: seed)
    try check(Cycle(langevin, BinaryFlips(target)), metric: .dense, thin: 3, seed: seed)
    try check(Cycle(langevin, BinaryFlips(target)), metric: .lowRank, thin: 3, seed: seed)
  }

  @Test(arguments: [1, 2] as [UInt64])
  func trajectories(seed: UInt64) throws {
    let target = SwitchedGaussian()
    let tuning = Tuning(stepSize: 0.5)
    try check(NoUTurn(target, tuning: tuning), metric: .dense, thin: 1, seed: seed)
    try check(NoUTurn(target, tuning: tuning), metric: .lowRank, thin: 1, seed: seed)
    try check(Cycle(NoUTurn(target, tuning: tuning), BinaryFlips(target)), metric: .lowRank, thin: 2, seed: seed)
    try check(Cycle(NoUTurn(target, tuning: tuning), BinaryFlips(target)), metric: .diagonal, thin: 2, seed: seed)
    let hamiltonian = HamiltonianMonteCarlo(target, tuning: tuning, length: .uniform(1...8))
    try check(Cycle(hamiltonian, BinaryFlips(target)), metric: .diagonal, thin: 1, seed: seed)
    let generalized = GeneralizedHamiltonianMonteCarlo(target, tuning: tuning, steps: 2)
    try check(Cycle(generalized, BinaryFlips(target)), metric: .diagonal, thin: 2, seed: seed)
  }

  @Test(arguments: [1, 2] as [UInt64])
  func randomWalk(seed: UInt64) throws {
    let walk = RandomWalkMetropolis(SwitchedGaussian(), tuning: Tuning(stepSize: 0.5))
    try check(walk, metric: .diagonal, thin: 1, seed: seed)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func langevinAlone(seed: UInt64) throws {
    try check(Langevin(SwitchedGaussian(), tuning: Tuning(stepSize: 0.5)), metric: .dense, thin: 1, seed: seed)
  }
}
