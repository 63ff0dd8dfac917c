// The front door: chains in parallel give the draws that each chain makes alone, and what is said of them is true.

import Foundation
import TestSupport
import Testing

@testable import Sampling

@Suite struct SampleChainsTests {
  static let target = SpinTarget.example(spins: 3, pull: 0.8)
  static let kernel = Cycle(
    HamiltonianMonteCarlo(target, tuning: Tuning(stepSize: 0.3), length: .uniform(2...5)), BinaryFlips(target))
  static let warmup = WindowedAdaptation<
    Cycle<HamiltonianMonteCarlo<SpinTarget>, BinaryFlips<SpinTarget>>
  >(.windows(transitions: 100))

  @Sendable static func start(_ stream: inout RandomStream) -> [Double] {
    (0..<3).map { _ in 3 * stream.standardNormal() } + (0..<3).map { _ in stream.bernoulli(0.5) ? 1 : 0 }
  }

  static func sample(chains: Int = 4, draws: Int = 50, thin: Int = 1) throws -> DrawTable {
    try sampleChains(kernel, warmup: warmup, chains: chains, draws: draws, thin: thin, seed: 7, start: start)
  }

  @Test("every chain makes the draws that it makes alone, one transition at a time, from its own streams")
  func chainsAlone() throws {
    let draws = try Self.sample(thin: 3)
    for number in 0..<4 {
      var starts = try RandomStream(StreamKey(seed: 7, chain: number, purpose: .start))
      var chain = try Chain(
        number: number, kernel: Self.kernel, warmup: Self.warmup, start: Self.start(&starts),
        stream: try RandomStream(StreamKey(seed: 7, chain: number, purpose: .transitions)))
      for _ in 0..<100 { _ = chain.advance() }
      for draw in 0..<50 {
        var evaluations = 0
        for _ in 0..<3 { evaluations += chain.advance().evaluations }
        #expect(draws["lp"][number][draw] == chain.state.logDensity)
        #expect(draws["x[1]"][number][draw] == chain.state.position[1])
        #expect(draws["g[2]"][number][draw] == chain.state.position[5])
        #expect(draws.statistic("n_evaluations")?[number][draw] == Double(evaluations))
      }
    }
    #expect(Set(draws["x[0]"]).count == 4, "chains differ")
  }

  @Test("a chain's draws do not depend on how many chains there are")
  func numberOfChains() throws {
    let few = try Self.sample(chains: 2)
    let many = try Self.sample(chains: 9)
    for name in few.names { #expect(few[name] == Array(many[name].prefix(2))) }
    #expect(few.chains == 2 && many.chains == 9 && few.drawsPerChain == 50)
  }

  @Test("recorded are the log density and every coordinate, or what is asked for")
  func observables() throws {
    let all = try Self.sample()
    #expect(all.names == ["lp", "x[0]", "x[1]", "x[2]", "g[0]", "g[1]", "g[2]"])
    let chosen = try sampleChains(
      Self.kernel, warmup: Self.warmup, draws: 50, seed: 7,
      observables: ["sum": { x in x[0] + x[1] }, "last": { x in x[x.count - 1] }], start: Self.start)
    #expect(chosen.names == ["lp", "sum", "last"])
    #expect(chosen["last"] == all["g[2]"])
    #expect(chosen["sum"][3][49] == all["x[0]"][3][49] + all["x[1]"][3][49])
    #expect(all.statistic("no such figure") == nil)
  }

  // False-alarm rate: four estimates at five standard errors, about 2e-6.
  @Test("means agree with enumeration within five standard errors, and every check passes")
  func means() throws {
    let draws = try Self.sample(draws: 5000)
    let probabilities = Self.target.spinProbabilities
    for i in 0..<3 {
      let active = probabilities.indices.reduce(0) { $0 + probabilities[$1] * Double($1 >> i & 1) }
      let bit = draws.summary(of: "g[\(i)]")
      #expect(abs(bit.mean - active) < 5 * bit.mcseMean)
      let field = draws.summary(of: "x[\(i)]")
      #expect(abs(field.mean - 0.8 * (2 * active - 1)) < 5 * field.mcseMean)
    }
    let problems = draws.findings.filter { $0.severity != .info }
    #expect(problems.isEmpty, "\(problems)")
    #expect(draws.description.contains("4 chains of 5000 draws") && draws.description.contains("every check passed"))
    #expect(draws.summaries.map(\.name) == draws.names)
  }

  @Test("a chain that never moves is a failure, and so are chains that disagree")
  func badChains() throws {
    let stuck = try sampleChains(
      RandomWalkMetropolis(Self.target, tuning: Tuning(stepSize: 1e9)), warmup: NoAdaptation(), draws: 20, seed: 1,
      start: Self.start)
    let failures = stuck.findings.filter { $0.severity == .failure }.map(\.check)
    #expect(failures.contains("movement") && failures.contains("R-hat"))
    #expect(stuck.description.contains("4 of 4 chains never moved"))
    #expect(!stuck.description.contains("every check passed"))
  }

  @Test("divergences are counted in every chain once any chain has one")
  func divergences() throws {
    // A step of 1.9 is stable for a standard deviation of 1; one of 30 is not.
    let wide = HamiltonianMonteCarlo(Self.target, tuning: Tuning(stepSize: 30), length: .fixed(9))
    let diverging = try sampleChains(wide, warmup: NoAdaptation(), chains: 2, draws: 10, seed: 1, start: Self.start)
    #expect(diverging.findings.contains { $0.check == "divergences" && $0.measured.hasPrefix("20 of 20") })
    #expect(try !Self.sample().findings.contains { $0.check == "divergences" })
  }

  @Test("a chain that cannot start is named")
  func badStart() throws {
    #expect(throws: StartError("g[0] starts at 0.5; it must be 0 or 1", chain: 0)) {
      try sampleChains(Self.kernel, warmup: Self.warmup, draws: 5, seed: 1) { _ in [0, 0, 0, 0.5, 0, 0] }
    }
  }

  @Test("sources of any kind: warm-up is left out, order is kept, the first failing chain's error is thrown")
  func sources() throws {
    let draws = try collectDraws(chains: 5, draws: 3) { Counter(chain: $0, warmupDraws: 2 + $0, failsAt: nil) }
    let expected: [[Double]] = (0..<5).map { chain in
      let first = 101 * chain + 2
      return (first..<first + 3).map(Double.init)
    }
    #expect(draws["count"] == expected)
    #expect(draws.statistics.isEmpty)
    #expect(!draws.findings.contains { $0.check == "movement" }, "exact draws have no kernel")
    #expect(throws: Counter.Failure(chain: 2)) {
      try collectDraws(chains: 5, draws: 3) { Counter(chain: $0, warmupDraws: 2, failsAt: $0 >= 2 ? 4 : nil) }
    }
  }

  @Test("a target without a workspace needs no caches for flips")
  func flipsWithoutCaches() throws {
    var stream = try RandomStream.test(77)
    let target = PlainSpins()
    #expect(flipError(of: target, at: [0.3, -1.2, 1, 0, 1], using: &stream) < 1e-12)
    #expect(target.layout["s"]?.range == 2..<5 && target.layout.realCount == 2)
  }
}

/// Two fields, three bits: ln p = −|x|²/2 + (x_0 + 2 x_1)(g_0 + g_1 − g_2).
private struct PlainSpins: FlippableLogDensity {
  let layout = ParameterLayout(real: "x", count: 2, binary: "s", count: 3)

  func logDensity(at x: Span<Double>, using workspace: inout Void) -> Double {
    -0.5 * (x[0] * x[0] + x[1] * x[1]) + (x[0] + 2 * x[1]) * (x[2] + x[3] - x[4])
  }

  func logDensityChange(flipping bit: Int, at x: Span<Double>, using workspace: inout Void) -> Double {
    (1 - 2 * x[bit]) * (x[0] + 2 * x[1]) * (bit == 4 ? -1 : 1)
  }
}

/// Counts its draws, from 100 times its chain's number.
private struct Counter: DrawSource {
  struct Failure: Error, Equatable { let chain: Int }

  let chain: Int
  let warmupDraws: Int
  /// The draw that fails; nil for none.
  let failsAt: Int?
  var draws = 0
  var schema: DrawSchema {
    DrawSchema(observables: [ObservableVariable("count")], statistics: [], network: ParameterLayout())
  }

  mutating func next(into sink: inout some DrawSink) throws {
    if draws == failsAt { throw Failure(chain: chain) }
    let value = [Double(100 * chain + draws)]
    let none: [Double] = []
    let number = draws < warmupDraws ? draws : draws - warmupDraws
    draws += 1
    try sink.record(draw: number, observables: value.span, statistics: none.span)
  }

  var snapshot: ChainSnapshot { fatalError("not taken in memory") }
  mutating func restore(_ snapshot: ChainSnapshot) throws { throw Failure(chain: chain) }
  var streamingStatistics: [StreamingStatistic] { [] }
}
