// The draws of a Markov chain, seen through observables.

/// The source of a chain's draws: `thin` transitions a draw, warm-up transitions not thinned.
public struct ChainSource<
  Kernel: MarkovKernel, Warmup: Adaptation, Seen: Observables, Accumulator: PositionAccumulator
>:
  ~Copyable, SharedDrawSource
where Warmup.Kernel == Kernel {
  /// The sampler's figures recorded with every draw: ArviZ's names, and this project's own.
  public static var statisticNames: [String] { Transition.figures.map(\.name) }

  public let schema: DrawSchema
  // Open to inlining, so that `next` can be specialised in the modules that call it: unspecialised, a draw of two
  // coordinates takes four times as long.
  @usableFromInline var run: Chain<Kernel, Warmup>
  @usableFromInline var drawsMade = 0
  @usableFromInline let observables: Seen
  @usableFromInline let thin: Int
  @usableFromInline var accumulator: Accumulator
  @usableFromInline var flips: FlipCounts
  @usableFromInline var workspace: Seen.Workspace
  @usableFromInline var values: [Double]
  @usableFromInline var figures: [Double]

  /// A source of the draws of `run`.
  ///
  /// - Parameters:
  ///   - layout: of the positions.
  ///   - observables: recorded with every draw.
  ///   - accumulator: sees every position after warm-up.
  ///   - thin: transitions a draw after warm-up, at least 1.
  public init(
    _ run: consuming Chain<Kernel, Warmup>, layout: ParameterLayout, observables: Seen, accumulator: Accumulator,
    thin: Int
  ) {
    self.run = run
    self.observables = observables
    self.accumulator = accumulator
    flips = FlipCounts(layout)
    self.thin = thin
    schema = DrawSchema(observables: observables.variables, statistics: Self.statisticNames, network: layout.stored)
    workspace = observables.makeWorkspace()
    values = [Double](repeating: 0, count: schema.observableCount)
    figures = [Double](repeating: 0, count: Self.statisticNames.count)
  }

  public var chain: Int { run.number }
  public var draws: Int { drawsMade }
  /// The kernel as tuned so far.
  public var kernel: Kernel { run.kernel }
  /// Where the chain is.
  public var state: Kernel.State { run.state }
  public var warmupDraws: Int { run.warmup.transitions }
  /// What the accumulator has; `<block>_flips` of every binary block, see `FlipCounts`; what the state has.
  public var streamingStatistics: [StreamingStatistic] {
    accumulator.statistics + flips.statistics + run.state.streamingStatistics
  }

  @inlinable
  public mutating func next(into sink: inout some DrawSink) throws {
    let isWarmup = run.isWarmingUp
    var transition = run.advance()
    if !isWarmup, thin > 1 {
      for _ in 1..<thin { transition = transition.followed(by: run.advance()) }
    }
    // Not `run.state`, which would copy all of it.
    let position = run.currentState.position
    let draw = isWarmup ? drawsMade : drawsMade - run.warmup.transitions
    Self.evaluate(observables, at: position, logDensity: run.currentState.logDensity, into: &values, using: &workspace)
    transition.write(to: &figures)
    if !isWarmup {
      accumulator.add(position.span)
      flips.add(position.span)
      if sink.wantsNetwork(ofDraw: draw) { try sink.recordNetwork(draw: draw, part: nil, values: position.span) }
    }
    drawsMade += 1
    try sink.record(draw: draw, observables: values.span, statistics: figures.span)
  }

  /// Takes the arrays apart from `self`, which exclusivity checking would not let both be reached through.
  @inlinable
  static func evaluate(
    _ observables: Seen, at position: [Double], logDensity: Double, into values: inout [Double],
    using workspace: inout Seen.Workspace
  ) {
    var out = values.mutableSpan
    observables.evaluate(at: position.span, logDensity: logDensity, into: &out, using: &workspace)
  }

  public mutating func advance() { _ = run.advance() }

  public mutating func collect() { run.collect() }

  public var snapshot: ChainSnapshot {
    var archive = [Double(drawsMade)]
    run.save(to: &archive)
    accumulator.save(to: &archive)
    flips.save(to: &archive)
    return ChainSnapshot(archive: archive, stream: run.streamSnapshot)
  }

  public mutating func restore(_ snapshot: ChainSnapshot) throws {
    var archive = snapshot.archive[...]
    drawsMade = try archive.nextCount(below: 1 << 53)
    try run.restore(from: &archive, stream: snapshot.stream)
    try accumulator.restore(from: &archive)
    try flips.restore(from: &archive)
    guard archive.isEmpty else { throw ArchiveError("the saved state has \(archive.count) numbers too many") }
  }
}
