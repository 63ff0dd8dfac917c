// Detailed balance of flips, by enumeration of all states.

import Foundation
import Sampling
import Testing

@Suite("Proof: detailed balance of flips by enumeration") struct DetailedBalanceTests {
  static let target = PeakedTable()
  static let proposalProbability = 0.9

  /// The transition matrix of one proposed flip of a bit.
  static func flipMatrix(_ coordinate: Int) -> Matrix {
    var matrix = Matrix(rows: 20, columns: 20)
    var workspace: Void = ()
    for state in 0..<20 {
      let position = target.position(ofState: state)
      let change = target.logDensityChange(flipping: coordinate, at: position.span, using: &workspace)
      let other = state ^ 1 << (4 - coordinate)
      let probability = other < 20 ? proposalProbability * min(1, exp(change)) : 0
      if other < 20 { matrix[state, other] = probability }
      matrix[state, state] = 1 - probability
    }
    return matrix
  }

  /// The transition matrix of a sweep.
  static func sweepMatrix(_ scan: BinaryFlips<PeakedTable>.Scan) -> Matrix {
    let flips = (0..<5).map(flipMatrix)
    let forwards = flips.dropFirst().reduce(flips[0]) { $0 * $1 }
    switch scan {
    case .fixedOrder: return forwards
    case .eitherOrder:
      return 0.5 * (forwards + flips.reversed().dropFirst().reduce(flips[4]) { $0 * $1 })
    case .randomCoordinates:
      let one = 0.2 * flips.dropFirst().reduce(flips[0]) { $0 + $1 }
      return (1..<5).reduce(one) { power, _ in power * one }
    }
  }

  /// The largest |π_a P_ab − π_b P_ba|.
  static func imbalance(_ matrix: Matrix) -> Double {
    let p = target.probabilities
    return (0..<20).reduce(0) { worst, a in
      (0..<20).reduce(worst) { max($0, abs(p[a] * matrix[a, $1] - p[$1] * matrix[$1, a])) }
    }
  }

  @Test("flips obey it, in either or random order; in fixed order the target is invariant, no more")
  func balance() {
    #expect(Self.imbalance(Self.sweepMatrix(.eitherOrder)) < 1e-15)
    #expect(Self.imbalance(Self.sweepMatrix(.randomCoordinates)) < 1e-15)
    let fixed = Self.sweepMatrix(.fixedOrder)
    #expect(Self.imbalance(fixed) > 1e-3)
    let p = Array(Self.target.probabilities[..<20])
    let next = fixed.transposed * p
    #expect(zip(p, next).allSatisfy { abs($0 - $1) < 1e-15 })
  }

  /// Massart's bound for each of 20 states: P(distance > d) ≤ 2 exp(−2 n d²), at 10⁻⁵ for all 60.
  @Test(
    "the kernel has the enumerated transition probabilities (false alarms below 1e-5)",
    arguments: [BinaryFlips<PeakedTable>.Scan.fixedOrder, .eitherOrder, .randomCoordinates])
  func transitions(scan: BinaryFlips<PeakedTable>.Scan) throws {
    let kernel = BinaryFlips(Self.target, scan: scan, proposalProbability: Self.proposalProbability)
    let matrix = Self.sweepMatrix(scan)
    var stream = try RandomStream(StreamKey(seed: 407, chain: 0, purpose: .testing))
    let count = 20_000
    let limit = (log(2 * 60 / 1e-5) / 2 / Double(count)).squareRoot()
    for from in 0..<20 {
      let start = try kernel.initialState(at: Self.target.position(ofState: from))
      var counts = [Double](repeating: 0, count: 20)
      for _ in 0..<count {
        var state = start
        _ = kernel.step(&state, using: &stream)
        counts[Self.target.state(state.position.span)] += 1
      }
      var difference = 0.0
      for to in 0..<20 {
        difference += counts[to] / Double(count) - matrix[from, to]
        #expect(abs(difference) < limit, "from \(from) up to \(to)")
      }
    }
  }
}
