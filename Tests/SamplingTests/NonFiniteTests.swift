// A log density that is not finite at random places: each such proposal is a counted rejection, and the draws follow the
// law restricted to the rest.

import Foundation
import Sampling
import Synchronization
import Testing

/// Standard normal in the plane, but NaN, +∞ or −∞ in one of ten of the squares of side 1/2, chosen by a hash.
private struct HoledTarget: DifferentiableLogDensity {
  static let side = 0.5
  let layout = ParameterLayout(real: "x", count: 2)
  let evaluationsInHoles = Counter()

  final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.add(1, ordering: .relaxed) }
  }

  /// What the density is in a square; nil outside the holes. The starting square is none.
  static func hole(_ i: Int, _ j: Int) -> Double? {
    let hash = UInt32(bitPattern: Int32(truncatingIfNeeded: i &* 73_856_093 ^ j &* 19_349_663)) &* 2_654_435_761
    guard hash >> 8 % 10 == 0, (i, j) != (0, 0) else { return nil }
    return [Double.nan, .infinity, -.infinity][Int(hash % 3)]
  }

  private func hole(at position: Span<Double>) -> Double? {
    let (a, b) = ((position[0] / Self.side).rounded(.down), (position[1] / Self.side).rounded(.down))
    guard abs(a) < 1e6, abs(b) < 1e6 else { return -.infinity }
    return Self.hole(Int(a), Int(b))
  }

  func logDensity(at position: Span<Double>, using workspace: inout Void) -> Double {
    if let hole = hole(at: position) {
      evaluationsInHoles.add()
      return hole
    }
    return -(position[0] * position[0] + position[1] * position[1]) / 2
  }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Void
  ) -> Double {
    let value = logDensity(at: position, using: &workspace)
    for i in 0..<2 { gradient[i] = value.isFinite ? -position[i] : .nan }
    return value
  }

  /// E x₀ over the squares that are no holes, summed square by square up to 8.
  static func meanOutsideHoles() -> Double {
    func cumulative(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }
    func density(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }
    var (mass, moment) = (0.0, 0.0)
    for i in -16..<16 {
      for j in -16..<16 where hole(i, j) == nil {
        let (a, b) = (Double(i) * side, Double(i + 1) * side)
        let other = cumulative(Double(j + 1) * side) - cumulative(Double(j) * side)
        mass += (cumulative(b) - cumulative(a)) * other
        moment += (density(a) - density(b)) * other
      }
    }
    return moment / mass
  }
}

@Suite struct NonFiniteTests {
  /// False alarms: one in 10⁵ a kernel (|z| > 4.4).
  ///
  /// - Parameter countsEvery: whether each evaluation in a hole is a proposal of its own.
  private func check<Kernel: MarkovKernel>(
    countsEvery: Bool, stream number: Int, _ makeKernel: (HoledTarget) -> Kernel
  ) throws {
    let target = HoledTarget()
    let kernel = makeKernel(target)
    var stream = try RandomStream(StreamKey(seed: 31, chain: number, purpose: .testing))
    var state = try kernel.initialState(at: [0.25, 0.25])
    var rejections = 0
    var draws: [Double] = []
    for _ in 0..<60_000 {
      rejections += kernel.step(&state, using: &stream).nonFinite
      let position = state.position
      let isInHole =
        HoledTarget.hole(
          Int((position[0] / HoledTarget.side).rounded(.down)), Int((position[1] / HoledTarget.side).rounded(.down)))
        != nil
      try #require(!isInHole && state.logDensity.isFinite, "the chain went to \(position)")
      draws.append(position[0])
    }
    #expect(rejections > 100)
    if countsEvery { #expect(rejections == target.evaluationsInHoles.value) }
    let z =
      (draws.reduce(0, +) / Double(draws.count) - HoledTarget.meanOutsideHoles()) / Diagnostics.mcseMean([draws])
    #expect(abs(z) < 4.4, "z = \(z)")
  }

  @Test func theHolesMoveTheMean() { #expect(abs(HoledTarget.meanOutsideHoles()) > 0.02) }

  @Test func randomWalk() throws {
    try check(countsEvery: true, stream: 0) { RandomWalkMetropolis($0, tuning: Tuning(stepSize: 1.5)) }
  }

  @Test func langevin() throws {
    try check(countsEvery: true, stream: 1) { Langevin($0, tuning: Tuning(stepSize: 1)) }
  }

  @Test func hamiltonian() throws {
    try check(countsEvery: false, stream: 2) {
      HamiltonianMonteCarlo($0, tuning: Tuning(stepSize: 0.3), length: .uniform(1...6))
    }
  }

  @Test func noUTurn() throws {
    try check(countsEvery: false, stream: 3) { NoUTurn($0, tuning: Tuning(stepSize: 0.3)) }
  }

  @Test(arguments: [([Double.nan, 0], "x[0] starts at nan"), ([0, .infinity], "x[1] starts at inf")])
  func aStartThatIsNotFiniteNamesChainBlockAndIndex(start: [Double], words: String) throws {
    let error = #expect(throws: StartError.self) {
      _ = try Chain(
        number: 3, kernel: RandomWalkMetropolis(HoledTarget(), tuning: Tuning(stepSize: 1)),
        warmup: NoAdaptation(transitions: 0), start: start,
        stream: RandomStream(StreamKey(seed: 1, chain: 3, purpose: .testing)))
    }
    #expect("\(error!)" == "chain 3 cannot start: \(words); it must be a finite number")
  }
}
