// Generalized Hamiltonian Monte Carlo: what persists between steps, restarts, the level's rule, moments.

import Foundation
import TestSupport
import Testing

@testable import Sampling

@Suite struct KernelGeneralizedTests {
  private static let target = KernelHamiltonianTests.quartic
  private static func kernel(
    step: Double = 0.4, steps: Int = 2, persistence: Double = 1.5
  ) -> GeneralizedHamiltonianMonteCarlo<ClosureTarget> {
    GeneralizedHamiltonianMonteCarlo(
      target, tuning: Tuning(stepSize: step), steps: steps, persistence: persistence)
  }

  @Test("a momentum that hardly forgets is followed on acceptance, and turned round on rejection")
  func momentum() throws {
    let kernel = Self.kernel(step: 1.2, steps: 1, persistence: 1e12)
    var state = try kernel.initialState(at: [0.5, -0.3, 1])
    var stream = try RandomStream.test(300)
    _ = kernel.step(&state, using: &stream)
    var (accepted, rejected) = (0, 0)
    for _ in 0..<2000 {
      let before = (state.position, state.scratch.momentum, state.scratch.level)
      let transition = kernel.step(&state, using: &stream)
      let (end, momentum) = KernelHamiltonianTests.flow(before.0, before.1, steps: 1, by: 1.2, metric: .identity)
      let wanted = transition.moved ? end.position : before.0
      let turned = transition.moved ? momentum : before.1.map { -$0 }
      for i in 0..<3 {
        #expect(abs(state.position[i] - wanted[i]) < 1e-4)
        #expect(abs(state.scratch.momentum[i] - turned[i]) < 1e-4)
      }
      // The level moves by 0.03 and is divided by the ratio of an accepted step.
      var level = before.2 + 0.03
      if level > 1 { level -= 2 }
      let ratio = exp(-transition.energyError)
      #expect(transition.moved == (abs(level) < ratio))
      #expect(abs(state.scratch.level - (transition.moved ? level / ratio : level)) < 1e-12)
      if transition.moved { accepted += 1 } else { rejected += 1 }
    }
    #expect(accepted > 200 && rejected > 200)
  }

  @Test("a momentum that forgets at once is drawn anew in every step (false alarm 2e-9)")
  func forgetful() throws {
    let kernel = Self.kernel(step: 0.9, steps: 2, persistence: 1e-3)
    var state = try kernel.initialState(at: [0, 0, 0])
    var stream = try RandomStream.test(301)
    var correlation = 0.0
    var last = [0.0, 0, 0]
    for number in 0..<4000 {
      _ = kernel.step(&state, using: &stream)
      if number > 0 { correlation += zip(last, state.scratch.momentum).map { $0 * $1 }.reduce(0, +) }
      last = state.scratch.momentum
    }
    // The momentum at the end of one trajectory knows nothing of that of the next: mean 0, deviation sqrt(3 · 4000).
    #expect(abs(correlation) < 6 * (3.0 * 4000).squareRoot())
  }

  @Test("restarts are exact, mid-warm-up too, alone and within others; steps allocate nothing")
  func restart() throws {
    let kernel = Self.kernel()
    let start = [0.1, 0.2, 0.3]
    try expectExactRestart(kernel, warmup: NoAdaptation(), start: start, transitions: 40, stream: 302)
    try expectExactRestart(
      kernel, warmup: WindowedAdaptation(.windows(transitions: 40), metric: .dense), start: start, transitions: 60,
      stream: 303)
    let gaussian = try GaussianTarget(covariance: KernelHamiltonianTests.covariance)
    try expectNoAllocation(
      GeneralizedHamiltonianMonteCarlo(gaussian, tuning: Tuning(stepSize: 0.5), steps: 2), start: start, stream: 304)
    let spins = SpinTarget.example(spins: 3, pull: 0.8)
    let own = GeneralizedHamiltonianMonteCarlo(spins, tuning: Tuning(stepSize: 0.5))
    let mixed = Cycle(own, BinaryFlips(spins))
    let corner = [0.1, -0.2, 0.3, 0, 1, 0]
    try expectExactRestart(
      mixed, warmup: WindowedAdaptation(.windows(transitions: 40)), start: corner, transitions: 60, stream: 305)
    try expectExactRestart(
      RandomMixture(BinaryFlips(spins), own, firstProbability: 0.5), warmup: NoAdaptation(), start: corner,
      transitions: 40, stream: 306)
    try expectNoAllocation(mixed, start: corner, stream: 307)
    let path = Tempered(spins, reference: ProductReference(layout: spins.layout, scales: [1, 1, 1]))
    let ladder = ReplicaExchange(
      Cycle(GeneralizedHamiltonianMonteCarlo(path, tuning: Tuning(stepSize: 0.5)), BinaryFlips(path)),
      ladder: try .even(rungs: 3), seed: 9, chain: 1)
    try expectExactRestart(ladder, warmup: NoAdaptation(), start: corner, transitions: 40, stream: 308)
  }

  @Test("a saved level outside -1 ... 1 is refused, and one of NaN is that of a chain that has not begun")
  func damaged() throws {
    let kernel = Self.kernel()
    var state = try kernel.initialState(at: [0, 0, 0])
    var archive: [Double] = []
    state.save(to: &archive)
    let place = archive.count - 4
    #expect(archive[place].isNaN)
    for (level, isRefused) in [(1.5, true), (-1.5, true), (.infinity, true), (0.5, false), (.nan, false)] {
      archive[place] = level
      var rest = archive[...]
      if isRefused {
        #expect(throws: ArchiveError.self) { try state.restore(from: &rest) }
      } else {
        try state.restore(from: &rest)
        #expect(rest.isEmpty)
      }
    }
  }
}
