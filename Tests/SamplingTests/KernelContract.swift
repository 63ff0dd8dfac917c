// What every kernel owes its callers, as functions that each kernel's tests call: exact restarts, no allocation, moments.

import Foundation
import Sampling
import TestSupport
import Testing

/// All that two runs must share to count as equal, NaNs included.
struct Trace: Equatable {
  var bits: [UInt64] = []

  mutating func add(_ state: some ChainState, _ transition: Transition) {
    bits += state.position.map(\.bitPattern)
    let figures = [
      state.logDensity, transition.acceptanceRate, transition.tunedAcceptanceRate, transition.stepSize,
      Double(transition.steps), Double(transition.treeDepth), transition.diverging ? 1 : 0, transition.energy,
      transition.energyError, transition.flipAcceptanceRate, Double(transition.nonFinite), transition.moved ? 1 : 0,
      Double(transition.evaluations),
    ]
    bits += figures.map(\.bitPattern)
  }
}

/// Checks that a chain restored from a snapshot after any of its transitions continues bit for bit.
func expectExactRestart<Kernel: MarkovKernel, Warmup: Adaptation>(
  _ kernel: Kernel, warmup: Warmup, start: [Double], transitions: Int, stream number: Int,
  sourceLocation: SourceLocation = #_sourceLocation
) throws where Warmup.Kernel == Kernel {
  func fresh() throws -> Chain<Kernel, Warmup> {
    try Chain(number: 3, kernel: kernel, warmup: warmup, start: start, stream: .test(number))
  }
  var chain = try fresh()
  var snapshots: [ChainSnapshot] = []
  var steps: [Trace] = []
  for _ in 0..<transitions {
    var archive: [Double] = []
    chain.save(to: &archive)
    snapshots.append(ChainSnapshot(archive: archive, stream: chain.streamSnapshot))
    var trace = Trace()
    let transition = chain.advance()
    trace.add(chain.state, transition)
    steps.append(trace)
  }
  for cut in 0..<transitions {
    var copy = try fresh()
    for _ in 0..<(cut % 3) { _ = copy.advance() }
    var archive = snapshots[cut].archive[...]
    try copy.restore(from: &archive, stream: snapshots[cut].stream)
    try #require(archive.isEmpty, sourceLocation: sourceLocation)
    for number in cut..<min(transitions, cut + 25) {
      var trace = Trace()
      let transition = copy.advance()
      trace.add(copy.state, transition)
      try #require(trace == steps[number], "restart \(cut), transition \(number)", sourceLocation: sourceLocation)
    }
  }
}

/// Checks that steps allocate nothing: as many allocations in 2,000 transitions as in none.
func expectNoAllocation<Kernel: MarkovKernel>(
  _ kernel: Kernel, start: [Double], stream number: Int, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try #require(countsAllocations, "allocations are not counted on this platform")
  var state = try kernel.initialState(at: start)
  var stream = try RandomStream.test(number)
  for _ in 0..<10 { _ = kernel.step(&state, using: &stream) }
  var moved = 0
  let count = allocations {
    for _ in 0..<2000 { moved += kernel.step(&state, using: &stream).moved ? 1 : 0 }
  }
  #expect(count == 0, "allocations in 2000 steps", sourceLocation: sourceLocation)
  #expect(moved > 0, "the kernel never moved", sourceLocation: sourceLocation)
}

/// Batch means of functions of the position along a chain.
struct MeanOfBatches {
  let mean: Double
  let standardError: Double
}

/// Estimates E f over a chain by batch means with 40 batches.
func estimate<Kernel: MarkovKernel, Warmup: Adaptation>(
  _ functions: [@Sendable ([Double]) -> Double], chain: inout Chain<Kernel, Warmup>, draws: Int
) -> [MeanOfBatches] {
  while chain.isWarmingUp { _ = chain.advance() }
  let batches = 40
  var sums = [[Double]](repeating: [Double](repeating: 0, count: batches), count: functions.count)
  for batch in 0..<batches {
    for _ in 0..<(draws / batches) {
      _ = chain.advance()
      let position = chain.state.position
      for (index, function) in functions.enumerated() { sums[index][batch] += function(position) }
    }
  }
  return sums.map { sums in
    let means = sums.map { $0 / Double(draws / batches) }
    let mean = means.reduce(0, +) / Double(batches)
    let variance = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(batches - 1)
    return MeanOfBatches(mean: mean, standardError: (variance / Double(batches)).squareRoot())
  }
}

/// Checks estimates against exact values: |t| < 6.5 with 39 degrees of freedom, a false alarm in 10⁷ per value if the
/// batches are long against the correlation time. `tolerance` bounds the standard error, so that the check has power.
func expectMoments(
  _ estimates: [MeanOfBatches], equal exact: [Double], within tolerance: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  for (index, (estimate, exact)) in zip(estimates, exact).enumerated() {
    let t = (estimate.mean - exact) / estimate.standardError
    #expect(abs(t) < 6.5, "moment \(index): \(estimate) against \(exact)", sourceLocation: sourceLocation)
    #expect(
      estimate.standardError < tolerance, "moment \(index) has no power: \(estimate)", sourceLocation: sourceLocation)
  }
}
