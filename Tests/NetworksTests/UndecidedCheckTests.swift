// Draws that cannot decide: chains that stand still, gains that move too little, errors that cannot tell. Each beside a healthy twin.

import Foundation
import Sampling
import Testing

@testable import Networks

/// A sweep of flips that leaves some out.
struct LameFlips: PointKernel {
  enum Fault: CaseIterable {
    case none
    /// No gain ever flips.
    case noFlips
    /// Flips one context's gains only: a neuron moves between two patterns.
    case oneContext
    /// Flips the gains of context 0 where context 1 is inactive: only neurons of two populations move.
    case twoPopulations
    /// Flips the gains of the first neuron only.
    case oneNeuron
  }

  var target: GainModulatedLinearDensity
  let fault: Fault
  func makeScratch() -> NoScratch { NoScratch() }

  func step(
    _ point: inout PointState<GainModulatedLinearDensity>, scratch: inout NoScratch, using stream: inout RandomStream
  ) -> Transition {
    var position = point.current.position
    let n = target.neurons
    let first = target.layout.realCount
    target.beginFlips(at: position.span, using: &point.workspace)
    for coordinate in target.layout.binaryRange {
      let (context, neuron) = (coordinate - first).quotientAndRemainder(dividingBy: n)
      let isTried =
        switch fault {
        case .none: true
        case .noFlips: false
        case .oneContext: context == 0
        case .twoPopulations: context == 0 && position[first + n + neuron] == 0
        case .oneNeuron: neuron == 0
        }
      let change = target.logDensityChange(flipping: coordinate, at: position.span, using: &point.workspace)
      guard isTried, stream.uniformPositive() < 0.9 * min(1, exp(change)) else { continue }
      position[coordinate] = 1 - position[coordinate]
      target.didFlip(coordinate, at: position.span, using: &point.workspace)
    }
    point.current.position = position
    point.current.invalidate()
    var transition = Transition()
    transition.moved = true
    return transition
  }
}

/// A kernel that stops after so many steps; a chain's number is not known to it, so that all chains do, or one in so many.
struct Freezing<Inner: PointKernel>: PointKernel where Inner.Target == GainModulatedLinearDensity {
  var inner: Inner
  let after: Int
  var target: GainModulatedLinearDensity {
    get { inner.target }
    set { inner.target = newValue }
  }
  struct Scratch: KernelScratch {
    var inner: Inner.Scratch
    var steps = 0
  }
  func makeScratch() -> Scratch { Scratch(inner: inner.makeScratch()) }
  func step(
    _ point: inout PointState<GainModulatedLinearDensity>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Transition {
    scratch.steps += 1
    guard scratch.steps <= after else { return Transition() }
    return inner.step(&point, scratch: &scratch.inner, using: &stream)
  }
}

@Suite struct UndecidedCheckTests {
  static let warmup = 100

  static func ensemble() throws -> GainModulatedLinearEnsemble { try GibbsCheckTests.ensemble(neurons: 10) }

  static func draws<Kernel: PointKernel>(
    chains: Int, draws: Int = 1000, _ kernel: (Int) throws -> Kernel
  ) throws -> DrawTable where Kernel.Target == GainModulatedLinearDensity {
    let ensemble = try ensemble()
    let density = try ensemble.density()
    let observables = GainModulatedLinearObservables(
      density: density, target: ensemble.task.target, stimulusCovariance: ensemble.stimulusCovariance)
    return try drawTable(chains: chains, draws: draws) { number in
      var start = try RandomStream(StreamKey(seed: 11, chain: number, purpose: .start))
      let kernel = try kernel(number)
      let chain = try Chain(
        number: number, kernel: kernel, warmup: NoAdaptation<Kernel>(transitions: warmup),
        start: try ensemble.startingPosition(using: &start),
        stream: try RandomStream(StreamKey(seed: 11, chain: number, purpose: .transitions)))
      return ChainSource(
        chain, layout: density.layout, observables: observables, accumulator: PopulationAccumulator(density: density),
        thin: 2)
    }
  }

  static func weights() throws -> HamiltonianMonteCarlo<GainModulatedLinearDensity> {
    HamiltonianMonteCarlo(try ensemble().density(), tuning: Tuning(stepSize: 0.3), length: .uniform(2...6))
  }

  static func check(chains: Int, draws: Int = 1000, _ fault: LameFlips.Fault) throws -> Check {
    let density = try ensemble().density()
    return Check(
      try ensemble().predictions(),
      against: try Self.draws(chains: chains, draws: draws) { _ in
        Cycle(try weights(), LameFlips(target: density, fault: fault))
      })
  }

  @Test("a sound sampler passes, in four chains and in one")
  func healthyTwinsPass() throws {
    for (chains, draws) in [(4, 1000), (1, 4000)] {
      let check = try Self.check(chains: chains, draws: draws, .none)
      #expect(check.passed && !check.isUndecided, "\(check.doubts) \(check.failures)")
      #expect(check.worstRHat < 1.1 && check.worstQuantity != nil)
      #expect(check.gainMovement?.largestUnmovedShare == 0 && check.gainMovement!.flipsPerNeuron > 100)
    }
  }

  @Test("flips that are left out decide nothing", arguments: LameFlips.Fault.allCases.dropFirst(), [1, 4])
  func lameFlips(fault: LameFlips.Fault, chains: Int) throws {
    let check = try Self.check(chains: chains, fault)
    #expect(check.isUndecided && !check.passed)
    #expect(check.doubts.contains { if case .gains = $0 { true } else { false } }, "\(check.doubts)")
  }

  @Test("chains that stop after warm-up, or half way, decide nothing; nor does one among four")
  func freezing() throws {
    let density = try Self.ensemble().density()
    let predictions = try Self.ensemble().predictions()
    func check(chains: Int, stopAfter: @escaping (Int) -> Int) throws -> Check {
      Check(
        predictions,
        against: try Self.draws(chains: chains) { number in
          Freezing(
            inner: Cycle(try Self.weights(), LameFlips(target: density, fault: .none)), after: stopAfter(number))
        })
    }
    let afterWarmup = try check(chains: 4) { _ in Self.warmup }
    #expect(afterWarmup.isUndecided && afterWarmup.worstRHat == .infinity)
    #expect(afterWarmup.results.allSatisfy { $0.status != .exact }, "0 +- 0 decides nothing")
    let single = try check(chains: 1) { _ in Self.warmup }
    #expect(single.isUndecided && single.worstRHat == .infinity, "theory says that no quantity is constant")
    for stopAfter in [Self.warmup, Self.warmup + 1000] {
      let one = try check(chains: 4) { $0 == 2 ? stopAfter : .max }
      #expect(one.isUndecided && one.worstRHat == .infinity, "\(one.doubts)")
    }
    let late = try check(chains: 1) { _ in Self.warmup + 1400 }
    #expect(late.isUndecided && late.worstRHat == .infinity)
  }

  @Test("weights that never move while gains do decide nothing")
  func frozenWeights() throws {
    let density = try Self.ensemble().density()
    for chains in [1, 4] {
      let check = Check(
        try Self.ensemble().predictions(),
        against: try Self.draws(chains: chains, draws: 300) { _ in LameFlips(target: density, fault: .none) })
      #expect(check.isUndecided)
      // What never moves in a single chain disagrees with nothing: it is the identities that cannot tell.
      if chains > 1 { #expect(check.worstRHat == .infinity) }
    }
  }

  // MARK: tables made by hand

  static func normal(chains: Int = 4, draws: Int = 1000, seed: UInt64, _ f: (Double) -> Double = { $0 }) throws
    -> [[Double]]
  {
    try (0..<chains).map { chain in
      var stream = try RandomStream(StreamKey(seed: seed, chain: chain, purpose: .testing))
      return (0..<draws).map { _ in f(stream.standardNormal()) }
    }
  }

  static func table(
    _ scalars: [(String, [[Double]])], streaming: [[StreamingStatistic]] = [], gainsAreDrawn: Bool = false,
    areIndependent: Bool = false
  ) -> DrawTable {
    DrawTable(
      names: scalars.map(\.0), scalars: Dictionary(uniqueKeysWithValues: scalars), streaming: streaming,
      gainsAreDrawn: gainsAreDrawn, areIndependent: areIndependent)
  }

  static func exact(_ name: String, _ expected: Double, size: Double? = nil) -> Prediction {
    Prediction(name, expected: expected, status: .exact, source: "", quantity: .scalar(name), size: size)
  }

  @Test("errors whose squares double precision does not have are errors", arguments: [1e-200, 1e-150, 1, 1e150])
  func sizesOfNumbers(unit: Double) throws {
    let draws = try Self.normal(seed: 3) { unit * (1 + 0.1 * $0) }
    func z(_ expected: Double) -> Double {
      Check(
        [
          Prediction(
            "x", expected: expected * unit, status: .exact, source: "", quantity: .scalar("x"), deviation: 0.1 * unit)
        ], against: Self.table([("x", draws)])
      ).results[0].z
    }
    #expect(abs(z(1)) < 4.5 && z(1.1) < -30 && z(1.1).isFinite)
  }

  @Test("a recorded quantity without a prediction that stands still at different values blocks, and is named")
  func unpredictedQuantities() throws {
    let good = try Self.normal(seed: 1) { 1 + $0 }
    func check(_ other: [[Double]]) -> Check {
      Check([Self.exact("x", 1)], against: Self.table([("x", good), ("fraction", other)]))
    }
    #expect(check(good.map { _ in [Double](repeating: 0.25, count: 1000) }).passed, "constant alike in all chains")
    let stuck = check((0..<4).map { [Double](repeating: Double($0 % 2), count: 1000) })
    #expect(stuck.doubts == [.disagreement(quantity: "fraction", rHat: .infinity)])
    #expect(stuck.failures.isEmpty && !stuck.passed)
    #expect(stuck.doubts[0].description.hasPrefix("fraction is stuck"))
    let apart = check(try Self.normal(seed: 2).enumerated().map { c, chain in chain.map { $0 + (c == 0 ? 2 : 0) } })
    #expect(apart.isUndecided && apart.worstQuantity == "fraction" && apart.worstRHat.isFinite)
    var notFinite = good
    notFinite[3][7] = .nan
    #expect(check(notFinite).isUndecided)
    // Rare independent events: one chain has seen some, the others none.
    var rare = good.map { _ in [Double](repeating: 0, count: 1000) }
    for draw in [3, 400, 700] { rare[1][draw] = 1 }
    #expect(check(rare).passed)
  }

  @Test("a wrong average of chains that disagree is shown and proves nothing")
  func violatedAndUndecided() throws {
    let check = Check(
      [Self.exact("x", 2)],
      against: Self.table([
        ("x", try Self.normal(seed: 3)), ("y", (0..<4).map { [Double](repeating: Double($0), count: 1000) }),
      ]))
    #expect(check.failures.count == 1 && check.isUndecided && !check.passed)
  }

  @Test(
    "an error decides only if it can tell: against the value, or the quantity's own size",
    arguments: [1, 0x1p-90, 0x1p90])
  func errorsThatCannotTell(unit: Double) throws {
    func status(_ expected: Double, size: Double? = nil, spread: Double, mean: Double) throws -> CheckResult.Status {
      let draws = try Self.normal(seed: 5) { unit * (mean + spread * $0) }
      return Check(
        [Self.exact("x", unit * expected, size: size.map { $0 * unit })], against: Self.table([("x", draws)])
      )
      .results[0].status
    }
    // 4000 independent draws: the standard error is spread / 63.
    #expect(try status(1, spread: 1, mean: 1) == .exact)
    #expect(try status(1, spread: 12, mean: 1) == .exact)
    #expect(try status(1, spread: 14, mean: 1) == .inconclusive)
    #expect(try status(1, spread: 1e6, mean: 1) == .inconclusive)
    #expect(try status(0, spread: 1, mean: 0) == .exact, "a mean of 0 is judged by its spread")
    #expect(try status(0, size: 1, spread: 1e6, mean: 0) == .inconclusive)
    #expect(try status(1e-3, size: 1, spread: 1, mean: 0) == .exact, "small against what it is made of")
    #expect(try status(0, spread: 0, mean: 0) == .inconclusive, "0 +- 0")
    #expect(try status(1, spread: 0, mean: 1) == .inconclusive, "1 +- 0")
  }

  @Test("a run decides nothing where the error of every identity of the weights is beyond what it should be")
  func identitiesThatCannotTell() throws {
    func check(_ spread: Double, _ other: Double) throws -> Check {
      let identities = [("output", 1.0, spread), ("input", 2.0, other)]
      return Check(
        [Self.exact("x", 0)]
          + identities.map { name, expected, _ in
            Prediction(
              name, expected: expected, status: .exact, source: "", quantity: .scalar(name), isWeightIdentity: true)
          },
        against: Self.table(
          try [("x", Self.normal(seed: 8))]
            + identities.map { name, expected, spread in
              (name, try Self.normal(seed: 9) { expected + spread * $0 })
            }))
    }
    #expect(try check(1, 1).passed)
    #expect(try check(1e6, 1).passed, "the other one can tell")
    let blind = try check(1e6, 1e6)
    #expect(blind.isUndecided && blind.failures.isEmpty && blind.results[0].status == .exact)
    #expect(blind.doubts[0].description.hasPrefix("output is "))
  }

  @Test("few independent draws are not blocked by R-hat; many are")
  func independentDraws() throws {
    let good = try Self.normal(draws: 40, seed: 6) { 20 + $0 }
    let apart = good.enumerated().map { c, chain in chain.reversed().map { $0 + Double(3 * c) } }
    func check(repeating count: Int = 1, areIndependent: Bool) -> Check {
      func longer(_ series: [[Double]]) -> [[Double]] {
        series.map { chain in (0..<count).flatMap { _ in chain } }
      }
      return Check(
        [Self.exact("x", 20)],
        against: Self.table([("x", longer(good)), ("y", longer(apart))], areIndependent: areIndependent))
    }
    #expect(check(areIndependent: false).isUndecided)
    #expect(check(areIndependent: true).passed)
    #expect(check(repeating: 2, areIndependent: true).isUndecided)
  }

  @Test("flips must be many, in every chain, and spread over the neurons")
  func gainMovement() {
    func fault(_ flips: [[[Double]]]) -> String? { GainMovement(flips: flips).fault }
    func even(_ count: Double, neurons: Int = 8) -> [Double] { [Double](repeating: count, count: neurons) }
    #expect(fault([[even(100), even(20)], [even(50), even(30)]]) == nil)
    #expect(
      fault([[even(0), even(20)], [even(50), even(30)]]) == "the gains of context 0 never changed in 1 of 2 chains")
    #expect(fault([[even(1), even(20)], [even(2), even(30)]])!.contains("changed 24 times in all"))
    let one = [1000.0] + even(0, neurons: 7)
    #expect(fault([[one, even(20)]]) == "the gains of context 0 never changed in 7 of 8 neurons, in 1 of 1 chain")
    // Rare flips of many neurons: most neurons had none, as independent ones would.
    let rare = (0..<1000).map { $0 % 5 == 0 ? 2.0 : 0 }
    #expect(fault([[rare]]) == nil)
    #expect(fault([[(0..<1000).map { $0 < 4 ? 100.0 : 0 }]]) != nil)
    #expect(fault([[[200]]]) == nil, "one neuron")
  }

  @Test("runs that kept no flips are judged by their populations")
  func oldRuns() throws {
    let x = try Self.normal(seed: 7) { 1 + $0 }
    func check(_ fractions: [[Double]]) -> Check {
      Check(
        [Self.exact("x", 1)],
        against: Self.table([("x", x), ("population_fraction[0]", fractions)], gainsAreDrawn: true))
    }
    let moving = x.map { $0.map { $0 > 1 ? 0.5 : 0.25 } }
    #expect(check(moving).passed)
    #expect(check(x.map { _ in [Double](repeating: 0.5, count: 1000) }).isUndecided)
    #expect(check([moving[0], moving[1], moving[2], [Double](repeating: 0.5, count: 1000)]).isUndecided)
    #expect(check(moving.map { Array($0.prefix(20)) + [Double](repeating: 0.5, count: 980) }).isUndecided)
  }

  // MARK: chains that mix slowly

  /// Chains of zeros and ones: 1 with probability `share` in the long run, left with probability `leaving` at each draw.
  static func sticky(share: Double, leaving: Double, draws: Int, seed: Int) throws -> [[Double]] {
    try (0..<4).map { chain in
      var stream = try RandomStream(StreamKey(seed: 12, chain: 4 * seed + chain, purpose: .testing))
      var state = stream.bernoulli(share)
      return (0..<draws).map { _ in
        if stream.bernoulli(state ? leaving : leaving * share / (1 - share)) { state.toggle() }
        return state ? 1 : 0
      }
    }
  }

  /// A coin is tossed at every draw but in a state that is visited a few times only. Such draws do not show how long the visits
  /// last, and the coin's error is too small. Allowed: none of 100 to fail (expected 0.01 at the stated 1e-4).
  @Test("right chains that mix slowly are undecided, not wrong")
  func stickyStates() throws {
    var (failed, failedAlone) = (0, 0)
    for seed in 0..<100 {
      let states = try Self.sticky(share: 0.1, leaving: 0.005, draws: 4000, seed: seed)
      var stream = try RandomStream(StreamKey(seed: 13, chain: seed, purpose: .testing))
      let coins = states.map { $0.map { $0 == 0 && stream.bernoulli(0.5) ? 1.0 : 0 } }
      let prediction = Self.exact("coin", 0.45)
      let check = Check([prediction], against: Self.table([("coin", coins), ("state", states)]))
      failed += check.isUndecided || check.passed ? 0 : 1
      failedAlone += check.failures.isEmpty ? 0 : 1
    }
    #expect(failed == 0)
    #expect(failedAlone >= 3, "the simulation sees an excess: \(failedAlone)")
  }

  @Test("wrong chains fail where they mix, and where they are further off than slow mixing explains")
  func wrongChainsFail() throws {
    let mixing = try Self.sticky(share: 0.1, leaving: 0.5, draws: 4000, seed: 1)
    let check = Check([Self.exact("x", 0.13, size: 1)], against: Self.table([("x", mixing)]))
    #expect(!check.isUndecided && !check.passed, "\(check.doubts)")
    let slow = try Self.sticky(share: 0.1, leaving: 0.02, draws: 20_000, seed: 1)
    let far = Check([Self.exact("x", 0.5, size: 1)], against: Self.table([("x", slow)]))
    #expect(!far.isUndecided && !far.passed, "\(far.doubts)")
  }

  @Test("an effective sample below 100 of any quantity decides nothing; of independent draws it says nothing")
  func slowMixing() throws {
    let good = try Self.normal(seed: 13) { 1 + $0 }
    func check(leaving: Double, areIndependent: Bool = false) throws -> Check {
      let other = try Self.sticky(share: 0.5, leaving: leaving, draws: 1000, seed: 2)
      return Check(
        [Self.exact("x", 1)], against: Self.table([("x", good), ("y", other)], areIndependent: areIndependent))
    }
    #expect(try check(leaving: 0.3).passed)
    let slow = try check(leaving: 0.01)
    #expect(slow.isUndecided && !slow.passed)
    #expect(
      slow.doubts.contains { if case .slowMixing("y", let ess) = $0 { ess > 10 && ess < 100 } else { false } },
      "\(slow.doubts)")
    let independent = try check(leaving: 0.01, areIndependent: true)
    #expect(independent.doubts.allSatisfy { if case .slowMixing = $0 { false } else { true } })
  }

  @Test("neurons whose gains follow the weights, and that never leave their population, decide nothing")
  func stillPopulations() throws {
    let x = try Self.normal(seed: 14) { 1 + $0 }
    func check(_ fractions: [Double], gainsAreDrawn: Bool = false, areIndependent: Bool = false) -> Check {
      let populations = fractions.enumerated().map { index, value in
        ("population_fraction[\(index)]", x.map { $0.map { _ in value } })
      }
      return Check(
        [Self.exact("x", 1)],
        against: Self.table([("x", x)] + populations, gainsAreDrawn: gainsAreDrawn, areIndependent: areIndependent))
    }
    let still = check([0, 0.5, 0, 0.5])
    #expect(still.doubts == [.stillPopulation(name: "population_fraction[1]", fraction: 0.5)])
    #expect(check([0, 1, 0, 0]).isUndecided, "of a single neuron, or all alike")
    #expect(check([0, 0, 0, 1]).passed, "small drives leave all gains active")
    #expect(check([1, 0, 0, 0]).passed, "large drives leave none")
    let shares = (0..<30).reduce(0.0) { sum, _ in sum + 1 / 30.0 }
    #expect(shares != 1 && check([0, 0, 0, shares]).passed, "thirty shares of 1/30 are all")
    #expect(check([0, 0.5, 0, 0.5], areIndependent: true).passed)
    #expect(check([0, 0.5, 0, 0.5], gainsAreDrawn: true).isUndecided, "drawn gains have a rule of their own")
  }
}
