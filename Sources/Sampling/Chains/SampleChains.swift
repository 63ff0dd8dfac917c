// The front door: n chains in parallel, their draws in memory.

/// Runs chains of a kernel in parallel and keeps their draws in memory.
///
/// ```swift
/// let kernel = HamiltonianMonteCarlo(target, tuning: Tuning(stepSize: 0.1), length: .time(upTo: 2))
/// let draws = try sampleChains(
///   kernel, warmup: WindowedAdaptation(.windows(transitions: 1000)), draws: 5000, seed: 1
/// ) { stream in (0..<target.dimension).map { _ in stream.standardNormal() } }
/// print(draws)
/// ```
///
/// Chain c draws its start and its transitions from streams named by (`seed`, c), so the draws depend neither on the number of
/// threads nor on the other chains. Blocks until all chains are done.
///
/// - Parameters:
///   - kernel: the kernel before warm-up.
///   - warmup: ``WindowedAdaptation`` to tune step size and metric, ``NoAdaptation`` to let chains only forget their start.
///   - chains: independent chains; R-hat wants at least two, better four.
///   - draws: draws of each chain after warm-up.
///   - thin: transitions a draw; warm-up is not thinned.
///   - seed: names all random streams.
///   - threads: chains at a time.
///   - observables: what is recorded besides the log density; nil for every coordinate.
///   - start: draws a chain's starting point; starts should be spread wider than the target, or R-hat sees nothing.
/// - Throws: ``StartError`` for the first chain that cannot start, ``RandomStreamError``, and what `start` throws.
/// - Precondition: at least one chain, one draw, and one transition a draw.
@inlinable
public func sampleChains<Kernel: PointKernel, Warmup: Adaptation>(
  _ kernel: Kernel, warmup: Warmup, chains: Int = 4, draws: Int, thin: Int = 1, seed: UInt64,
  threads: Int = Threads.perProcessor, observables: ScalarObservables? = nil,
  start: @Sendable (inout RandomStream) throws -> [Double]
) throws -> DrawTable where Warmup.Kernel == Kernel {
  precondition(thin >= 1, "a draw takes at least one transition")
  let layout = kernel.target.layout
  let recorded = observables ?? .coordinates(of: layout)
  return try collectDraws(chains: chains, draws: draws, threads: threads) { number in
    var starts = try RandomStream(StreamKey(seed: seed, chain: number, purpose: .start))
    let chain = try Chain(
      number: number, kernel: kernel, warmup: warmup, start: try start(&starts),
      stream: try RandomStream(StreamKey(seed: seed, chain: number, purpose: .transitions)))
    return ChainSource(chain, layout: layout, observables: recorded, accumulator: NoAccumulator(), thin: thin)
  }
}

/// Collects the draws of any sources in memory, in parallel: of tempered chains or of an exact sampler, say.
///
/// - Parameters:
///   - chains: the number of sources.
///   - draws: draws of each after its warm-up, which is gone through and forgotten.
///   - threads: sources at a time.
///   - makeSource: makes the source of chain `0 ..< chains`, on the thread that will run it.
/// - Throws: the error of the first chain, by number, that fails.
/// - Precondition: at least one chain and one draw.
@inlinable
public func collectDraws<Source: DrawSource & SendableMetatype & ~Copyable>(
  chains: Int = 4, draws: Int, threads: Int = Threads.perProcessor, from makeSource: @Sendable (Int) throws -> Source
) throws -> DrawTable {
  precondition(chains >= 1 && draws >= 1, "at least one chain and one draw")
  let collected = try parallelMap(chains, threads: threads) { try collect(draws, from: try makeSource($0)) }
  return DrawTable(collected[0].0, chains: collected.map(\.1))
}

/// The next draws of one source, after its warm-up.
@inlinable
func collect<Source: DrawSource & ~Copyable>(
  _ draws: Int, from source: consuming Source
) throws -> (DrawSchema, MemorySink) {
  var forgetful = ForgetfulSink()
  while source.draws < source.warmupDraws { try source.next(into: &forgetful) }
  var sink = MemorySink(source.schema, draws: draws)
  for _ in 0..<draws { try source.next(into: &sink) }
  return (source.schema, sink)
}
