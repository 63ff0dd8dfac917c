// Rounds of draws at changing multipliers: each chain goes on from where, and tuned as, the last round left it.

/// Draws from the densities of a family, a round at a time.
package struct TiltedSampler<Family: ConstraintFamily, Kernel: TunableKernel>: Sendable
where Kernel.Target == Family.Density {
  let family: Family
  let chains: Int
  let warmup: Int
  let seed: UInt64
  let threads: Int
  let makeKernel: @Sendable (Family.Density) -> Kernel
  /// Rounds drawn so far; with the chain's number it names each round's streams.
  package private(set) var stages = 0
  /// Where each chain is and how it is tuned; nil before its first round.
  var starts: [Start?]

  /// What a round leaves to the next.
  struct Start: Sendable {
    let position: [Double]
    let tuning: Tuning?
  }

  package init(
    _ family: Family, chains: Int, warmup: Int, seed: UInt64, threads: Int,
    makeKernel: @escaping @Sendable (Family.Density) -> Kernel
  ) {
    self.family = family
    self.chains = chains
    self.warmup = warmup
    self.seed = seed
    self.threads = threads
    self.makeKernel = makeKernel
    starts = [Start?](repeating: nil, count: chains)
  }

  /// One round: `draws` of each chain at these multipliers, after a warm-up.
  ///
  /// - Throws: ``StartError`` where a chain cannot go on; ``RandomStreamError``.
  package mutating func draw(at multipliers: [Double], draws: Int) throws -> TiltedDraws<Family> {
    let first = stages * chains
    stages += 1
    let (sampler, starts) = (self, starts)
    let collected = try parallelMap(chains, threads: threads) { chain in
      try sampler.drawChain(first + chain, from: starts[chain], at: multipliers, draws: draws)
    }
    self.starts = collected.map(\.end)
    return TiltedDraws(family: family, multipliers: multipliers, statistics: collected.map(\.statistics))
  }

  private func drawChain(_ number: Int, from start: Start?, at multipliers: [Double], draws: Int) throws
    -> (statistics: [Double], end: Start)
  {
    var stream = try RandomStream(StreamKey(seed: seed, chain: number, purpose: .solver))
    var collected: [Double] = []
    collected.reserveCapacity(draws * family.statisticCount)
    var workspace = family.makeWorkspace()
    var row = [Double](repeating: 0, count: family.statisticCount)
    func record(_ position: [Double]) {
      var span = row.mutableSpan
      family.writeStatistics(at: position.span, into: &span, using: &workspace)
      collected += row
    }
    if family.drawsBaseExactly, multipliers.allSatisfy({ $0 == 0 }) {
      var position: [Double] = []
      for _ in 0..<draws {
        position = family.drawStart(using: &stream)
        record(position)
      }
      return (collected, Start(position: position, tuning: start?.tuning))
    }
    var kernel = makeKernel(family.density(multipliers: multipliers))
    if let tuning = start?.tuning { kernel.tuning = tuning }
    let position = start?.position ?? family.drawStart(using: &stream)
    var chain = try Chain(
      number: number % chains, kernel: kernel, warmup: WindowedAdaptation(.windows(transitions: warmup)),
      start: position, stream: stream)
    while chain.isWarmingUp { _ = chain.advance() }
    for _ in 0..<draws {
      _ = chain.advance()
      record(chain.state.position)
    }
    return (collected, Start(position: chain.state.position, tuning: chain.kernel.tuning))
  }
}
