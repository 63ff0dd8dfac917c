// The run that prepares estimates from a ladder: how many rungs, where, and how each one's kernel is tuned.

extension TemperatureLadder {
  /// A first guess: t_k = (k/n)^{10/3}, the quantiles of Beta(0.3, 1), dense near the reference (Xie et al. 2011).
  ///
  /// - Throws: ``TuningError`` unless there are 2 to 128 rungs.
  static func denseNearReference(rungs: Int) throws -> TemperatureLadder {
    try TemperatureLadder((0..<max(rungs, 0)).map { pow(Double($0) / Double(max(rungs - 1, 1)), 10.0 / 3) })
  }

  /// A ladder of another number of rungs, linear between those of this one.
  ///
  /// - Throws: ``TuningError`` unless there are 2 to 128 rungs.
  func resampled(rungs: Int) throws -> TemperatureLadder {
    let last = Double(inverseTemperatures.count - 1)
    return try TemperatureLadder(
      (0..<max(rungs, 0)).map { index in
        if index == rungs - 1 { return 1 }
        let place = Double(index) / Double(max(rungs - 1, 1)) * last
        let below = min(Int(place), inverseTemperatures.count - 2)
        let share = place - Double(below)
        return (1 - share) * inverseTemperatures[below] + share * inverseTemperatures[below + 1]
      })
  }
}

extension ReplicaExchange {
  /// The same ladder and tuning for another chain.
  func forChain(_ chain: Int) -> Self {
    var copy = ReplicaExchange(rungs[0], ladder: ladder, seed: seed, chain: chain, generator: generator)
    copy.rungs = rungs
    return copy
  }
}

/// Warms up one chain of replica exchange, again with more rungs while neighbours reject more than half of their swaps.
struct LadderPilot<Warmup: Adaptation> where Warmup.Kernel: PointKernel, Warmup.Kernel.Target: TemperableLogDensity {
  /// The mean rejection rate of swaps up to which a ladder is fine enough.
  static var largestRejectionRate: Double { 0.5 }
  /// The rejection rate of any pair of neighbours beyond which they hardly overlap.
  static var largestPairRate: Double { 0.9 }
  /// What the number of rungs aims at, with the barrier seen so far.
  static var wantedRejectionRate: Double { 0.35 }
  /// Attempts, each with at least twice as many rungs as the barrier seen in the last one needs at most.
  static var attempts: Int { 6 }

  let kernel: Warmup.Kernel
  let warmup: Warmup
  /// The number of rungs; nil for as many as are needed.
  let rungs: Int?
  let seed: UInt64
  let generator: String

  /// - Parameter firstChain: names the streams of the first attempt; later ones have the next.
  /// - Throws: ``TuningError`` for a number of rungs outside 2 ... 128; ``StartError``; ``RandomStreamError``.
  func run(
    firstChain: Int, progress: (EvidenceProgress) -> Void, drawReference: (inout RandomStream) -> [Double]
  ) throws -> ReplicaExchange<Warmup.Kernel> {
    var ladder = try TemperatureLadder.denseNearReference(rungs: rungs ?? 8)
    for attempt in 0..<Self.attempts {
      let number = firstChain + attempt
      var starts = try RandomStream(StreamKey(seed: seed, chain: number, purpose: .start), generator: generator)
      let count = ladder.inverseTemperatures.count
      var chain = try Chain(
        number: number,
        kernel: ReplicaExchange(kernel, ladder: ladder, seed: seed, chain: number, generator: generator),
        warmup: TemperingAdaptation(warmup, rungs: count), start: drawReference(&starts),
        stream: try RandomStream(StreamKey(seed: seed, chain: number, purpose: .transitions), generator: generator))
      let transitions = warmup.transitions + max(warmup.transitions / 2, 100)
      while chain.transitions < transitions { _ = chain.advance() }
      let barrier = chain.state.statistics.communicationBarrier
      progress(.ladder(rungs: count, meanRejectionRate: barrier / Double(count - 1)))
      let isFine =
        barrier <= Self.largestRejectionRate * Double(count - 1)
        && chain.state.statistics.rejectionRates.allSatisfy { $0 <= Self.largestPairRate }
      if rungs != nil || isFine || count == 128 || attempt == Self.attempts - 1 { return chain.kernel }
      // A pair rejects at most always, so that a coarse ladder sees less than the whole barrier.
      ladder = try chain.kernel.ladder.resampled(
        rungs: (min(128, count + 2)...128).wholeNumber(roundingUp: barrier / Self.wantedRejectionRate + 1))
    }
    preconditionFailure("the last attempt returns")
  }
}
