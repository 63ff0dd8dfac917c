// The tests of kernels reject mutants, and pass the same code without its defect.

import Foundation
import TestSupport
import Testing

@testable import Sampling

/// A mutant kernel, and its healthy twin.
struct Mutant: Sendable, CustomTestStringConvertible {
  let name: String
  let healthy: @Sendable (SequentialTest, inout RandomStream) throws -> KernelTestReport
  let defective: @Sendable (SequentialTest, inout RandomStream) throws -> KernelTestReport

  var testDescription: String { name }

  /// A mutant that the invariance test should reject.
  static func of<Target: DrawableLogDensity, Healthy: MarkovKernel, Defective: MarkovKernel>(
    _ name: String, _ target: Target, healthy: Healthy, defective: Defective, functions: [TestFunction]? = nil,
    transitions: Int = 10
  ) -> Mutant {
    func test<Kernel: MarkovKernel>(
      _ kernel: Kernel
    ) -> @Sendable (SequentialTest, inout RandomStream) throws -> KernelTestReport {
      { rule, stream in
        try InvarianceTest(target, functions: functions, transitions: transitions, rule: rule)
          .run(kernel, using: &stream)
      }
    }
    return Mutant(name: name, healthy: test(healthy), defective: test(defective))
  }

  /// Every defect of a toy kernel.
  static func toys<Kernel: ToyKernel, Defect: CaseIterable>(
    _ name: String, _ target: Kernel.Target, _ defects: Defect.Type, transitions: Int = 10,
    _ make: (Defect?) -> Kernel
  ) -> [Mutant] where Kernel.Target: DrawableLogDensity {
    Defect.allCases.map {
      .of("\(name): \($0)", target, healthy: make(nil), defective: make($0), transitions: transitions)
    }
  }
}

/// A kernel whose warm-up never ends: it looks for a step size at every position anew.
struct NeverFrozen<Kernel: TunableKernel>: MarkovKernel {
  let kernel: Kernel

  func initialState(at position: [Double]) throws -> Kernel.State { try kernel.initialState(at: position) }

  func step(_ state: inout Kernel.State, using stream: inout RandomStream) -> Transition {
    var tuned = kernel
    tuned.searchStepSize(&state, using: &stream)
    return tuned.step(&state, using: &stream)
  }
}

/// Four equally probable states of two bits, visited in turn: invariant, but not reversible.
struct Rotation: ToyKernel {
  typealias Target = ProductReference

  static func bits() -> ProductReference {
    var layout = ParameterLayout()
    layout.append("bit", shape: [2], kind: .binary)
    return ProductReference(layout: layout, scales: [])
  }
  static let functions = [TestFunction("state") { 2 * $0[0] + $0[1] }]

  let target = Rotation.bits()
  let isReversible = true

  func move(_ x: inout [Double], memory: inout [Double], using stream: inout RandomStream) {
    let next = (Int(2 * x[0] + x[1]) + 1) % 4
    x = [Double(next / 2), Double(next % 2)]
  }
}

@Suite("Proof: mutants are rejected") struct MutantTests {
  static let skewed = LogGammaTarget()
  static let switched = SwitchedScales()

  /// Coupled so strongly that whatever forgets a flip is far off, and pulled so weakly that flips are accepted.
  static let spins: DrawableSpins = {
    let weak = SpinTarget.example(spins: 4, pull: 0)
    return DrawableSpins(SpinTarget(couplings: 1.5 * weak.couplings, fields: weak.fields, pull: 0.6))
  }()

  /// Mutants made of the library's kernels on a target that they misread.
  static var misreadings: [Mutant] {
    let unadjusted = Langevin(skewed, tuning: Tuning(stepSize: 1), correction: .unadjusted)
    let adjusted = Langevin(skewed, tuning: Tuning(stepSize: 1))
    let inFunnel = Langevin(Funnel(), tuning: Tuning(stepSize: 0.5))
    let honest = Misread(spins)
    var (hot, odds, stale) = (honest, honest, honest)
    hot.inverseTemperature = 0.8
    odds.extraLogOdds = 0.25
    stale.updatesCaches = false
    func flips(_ target: Misread<DrawableSpins>) -> some MarkovKernel {
      Cycle(Langevin(target, tuning: Tuning(stepSize: 1.2)), BinaryFlips(target, scan: .randomCoordinates))
    }
    return [
      .of("ULA with step 1", skewed, healthy: adjusted, defective: unadjusted),
      .of(
        "warm-up that never ends", Funnel(), healthy: inFunnel, defective: NeverFrozen(kernel: inFunnel),
        transitions: 40),
      .of("another temperature", spins, healthy: flips(honest), defective: flips(hot)),
      .of("flips with other prior odds", spins, healthy: flips(honest), defective: flips(odds)),
      .of("flips whose cache is not updated", spins, healthy: flips(honest), defective: flips(stale)),
    ]
  }

  static var toys: [Mutant] {
    let gradients = [
      Mutant.toys("MALA", skewed, ToyLangevin<LogGammaTarget>.Defect.self) {
        ToyLangevin(target: skewed, stepSize: 0.9, defect: $0)
      },
      Mutant.toys("MALA and flips", switched, ToyLangevinAndFlips<SwitchedScales>.Defect.self) {
        ToyLangevinAndFlips(target: switched, stepSize: 0.5, defect: $0)
      },
      Mutant.toys("HMC", skewed, ToyHamiltonian<LogGammaTarget>.Defect.self, transitions: 30) {
        ToyHamiltonian(target: skewed, stepSize: 0.8, defect: $0)
      },
      Mutant.toys("generalized HMC", skewed, ToyGeneralized<LogGammaTarget>.Defect.self, transitions: 30) {
        ToyGeneralized(target: skewed, stepSize: 0.8, defect: $0)
      },
      Mutant.toys("NUTS", skewed, ToyNoUTurn<LogGammaTarget>.Defect.self, transitions: 5) {
        ToyNoUTurn(target: skewed, stepSize: 0.7, defect: $0)
      },
    ]
    let others = [
      Mutant.toys("random walk", Funnel(), ToyWalk<Funnel>.Defect.self, transitions: 20) {
        ToyWalk(target: Funnel(), stepSize: 1, defect: $0)
      },
      Mutant.toys("independence", skewed, ToyIndependence<LogGammaTarget>.Defect.self) {
        ToyIndependence(target: skewed, scale: 2.5, defect: $0)
      },
      Mutant.toys("Crank-Nicolson", skewed, ToyCrankNicolson<LogGammaTarget>.Defect.self) {
        ToyCrankNicolson(target: skewed, stepSize: 0.5, defect: $0)
      },
      Mutant.toys("elliptical slice", skewed, ToySlice<LogGammaTarget>.Defect.self) {
        ToySlice(target: skewed, defect: $0)
      },
      Mutant.toys("flips", PeakedTable(), ToyFlips<PeakedTable>.Defect.self) {
        ToyFlips(target: PeakedTable(), defect: $0)
      },
    ]
    return (gradients + others).flatMap { $0 }
  }

  static var tempering: [Mutant] {
    func test(
      _ defect: ToyTempering.Defect?
    ) -> @Sendable (SequentialTest, inout RandomStream) throws -> KernelTestReport {
      { rule, stream in
        InvarianceTest(TemperedModes(), rule: rule).run(using: &stream) { start, _, stream in
          ToyTempering(defect: defect).move(start, transitions: 12, using: &stream)
        }
      }
    }
    return ToyTempering.Defect.allCases.map {
      Mutant(name: "tempering: \($0)", healthy: test(nil), defective: test($0))
    }
  }

  /// Two chains are independent if together they leave the product of their targets invariant.
  static var sharedStream: Mutant {
    func test(shared: Bool) -> @Sendable (SequentialTest, inout RandomStream) throws -> KernelTestReport {
      { rule, stream in
        var workspace: Void = ()
        func functions(_ x: [Double], _ y: [Double]) -> [Double] {
          (0..<4).flatMap { [x[$0] * y[$0], x[$0] - y[$0], max(x[$0], y[$0])] }
        }
        func draw(_ stream: inout RandomStream) -> [Double] {
          skewed.drawPosition(workspace: &workspace, using: &stream)
        }
        return try rule.compare((0..<12).map { "function \($0) of two chains" }, using: &stream) { stream in
          functions(draw(&stream), draw(&stream))
        } chain: { number, stream in
          let starts = [draw(&stream), draw(&stream)]
          let ends = try starts.indices.map { index in
            let key = StreamKey(seed: 500, chain: 2 * number + (shared ? 0 : index), purpose: .transitions)
            var chain = try Chain(
              number: index, kernel: RandomWalkMetropolis(skewed, tuning: Tuning(stepSize: 1)),
              warmup: NoAdaptation(), start: starts[index], stream: RandomStream(key))
            for _ in 0..<10 { _ = chain.advance() }
            return chain.state.position
          }
          return ChainEnds(start: functions(starts[0], starts[1]), end: functions(ends[0], ends[1]))
        }
      }
    }
    return Mutant(
      name: "random stream shared by two chains", healthy: test(shared: false), defective: test(shared: true))
  }

  static let mutants = misreadings + toys + tempering + [sharedStream]
  static let rule = SequentialTest(falseAlarmRate: 1e-5, sampleSize: 5000).shared(by: mutants.count)

  @Test("at least 15 mutants are tried")
  func enough() { #expect(Self.mutants.count >= 15) }

  @Test("every mutant is rejected", arguments: mutants.indices)
  func rejected(number: Int) throws {
    let mutant = Self.mutants[number]
    var stream = try RandomStream(StreamKey(seed: 404, chain: number, purpose: .testing))
    let report = try mutant.defective(Self.rule, &stream)
    #expect(!report.passed, "\(mutant.name) \(report)")
  }

  @Test("the same code without the defect passes (false alarms below 1e-5 in all)", arguments: mutants.indices)
  func healthy(number: Int) throws {
    let mutant = Self.mutants[number]
    var stream = try RandomStream(StreamKey(seed: 405, chain: number, purpose: .testing))
    let report = try mutant.healthy(Self.rule, &stream)
    #expect(report.passed, "\(mutant.name), healthy: \(report)")
  }

  @Test("a chain's tuning changes during warm-up and never after it")
  func frozenAfterWarmup() throws {
    let kernel = Langevin(Self.skewed, tuning: Tuning(stepSize: 1))
    var chain = try Chain(
      number: 0, kernel: kernel, warmup: WindowedAdaptation(.windows(transitions: 100)), start: [0, 0, 0, 0],
      stream: RandomStream(StreamKey(seed: 408, chain: 0, purpose: .testing)))
    while chain.isWarmingUp { _ = chain.advance() }
    let frozen = chain.kernel.tuning
    #expect(frozen != kernel.tuning)
    for _ in 0..<500 {
      let transition = chain.advance()
      #expect(chain.kernel.tuning == frozen && transition.stepSize == frozen.stepSize)
    }
  }

  @Test("a kernel that only is invariant passes the invariance test and fails the rank test (false alarm 1e-5)")
  func invariantButNotReversible() throws {
    var stream = try RandomStream(StreamKey(seed: 406, chain: 0, purpose: .testing))
    let kernel = Rotation()
    let invariance = try InvarianceTest(kernel.target, functions: Rotation.functions, transitions: 3)
      .run(kernel, using: &stream)
    #expect(invariance.passed, "\(invariance)")
    let ranks = try ExactRankTest(kernel.target, functions: Rotation.functions, length: 3).run(kernel, using: &stream)
    #expect(!ranks.passed)
  }
}
