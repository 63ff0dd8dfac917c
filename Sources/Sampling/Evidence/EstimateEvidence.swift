// The front door to normalising constants: three estimates of ln Z(1) − ln Z(0) from one adapted temperature ladder.

import Synchronization

/// How much work estimates of a normalising constant are given.
public struct EvidenceSettings: Sendable, Equatable {
  /// Independent chains of replica exchange.
  public var chains = 4
  /// Draws of each chain, a transition of all rungs each.
  public var draws = 2000
  /// The number of rungs, 2 ... 128; nil for as many as keep the mean rejection rate of swaps below one half.
  public var rungs: Int?
  /// Independent annealed runs.
  public var annealedRuns = 400
  /// Transitions of an annealed run between neighbouring rungs; nil for as many as bring Var ln w to about ½ nats², where that takes no more
  /// than twice the transitions of replica exchange.
  public var annealingRefinement: Int?
  /// Names all random streams.
  public var seed: UInt64 = 1
  /// GSL's name of the generators.
  public var generator = RandomStream.defaultGenerator
  /// Chains and annealed runs at a time.
  public var threads = Threads.perProcessor

  /// The settings that `mcmc-run entropy` has.
  public init() {}
}

/// What an estimate of a normalising constant is doing.
public enum EvidenceProgress: Sendable, Equatable {
  /// A ladder was tried.
  case ladder(rungs: Int, meanRejectionRate: Double)
  /// Draws made by all chains, of so many in all, warm-up included.
  case sampling(done: Int, of: Int)
  /// Annealed runs of so many temperatures are tried.
  case trial(temperatures: Int)
  /// Annealed runs made.
  case annealing(done: Int, of: Int)
}

/// The numbers of the chains whose streams the estimates use, beyond those of ordinary runs.
enum EvidenceStreams {
  static let pilot = 1 << 21
  static let firstChain = pilot + 64
  static let firstTrial = firstChain + (1 << 16)
  static let firstRun = firstTrial + (1 << 16)
}

/// Estimates ln Z(1) − ln Z(0) of a tempered target, Z(t) = ∫ p_t, by three methods.
///
/// Thermodynamic integration and stepping-stone come from one run of ``ReplicaExchange`` in several chains, after a pilot
/// chain has found the ladder and every rung's tuning; annealed importance sampling follows the same ladder, refined, with the
/// same kernels. For prior × likelihood this is the log evidence; for a Gibbs ensemble ln ⟨e^{−βNL}⟩ over the prior.
///
/// The estimates depend on the seed but not on the number of threads. Blocks until done. The work is
/// (rungs · chains · (warm-up + draws) + annealed runs · temperatures) transitions.
///
/// - Parameters:
///   - kernel: for every rung; its target is the path at any t.
///   - warmup: tunes each rung's kernel in the pilot; the chains then forget their starts for as many transitions.
///   - progress: is told from any thread.
///   - drawReference: an exact draw of p_0; annealed importance sampling rests on it.
/// - Throws: ``TuningError`` for settings out of range; ``StartError``; ``RandomStreamError``.
public func estimateEvidence<Warmup: Adaptation>(
  _ kernel: Warmup.Kernel, warmup: Warmup, settings: EvidenceSettings = EvidenceSettings(),
  progress: @escaping @Sendable (EvidenceProgress) -> Void = { _ in },
  drawReference: @Sendable (inout RandomStream) -> [Double]
) throws -> EvidenceEstimates where Warmup.Kernel: PointKernel, Warmup.Kernel.Target: TemperableLogDensity {
  try settings.validate()
  let pilot = LadderPilot(
    kernel: kernel, warmup: warmup, rungs: settings.rungs, seed: settings.seed, generator: settings.generator)
  let tuned = try pilot.run(
    firstChain: EvidenceStreams.pilot, progress: progress, drawReference: drawReference)
  let draws = try drawLadder(
    tuned, burnIn: warmup.transitions, settings: settings, progress: progress, drawReference: drawReference)

  let refinement =
    try settings.annealingRefinement.map { [Int](repeating: $0, count: draws.rungs - 1) }
    ?? refinement(
      for: draws, tuned, burnIn: warmup.transitions, settings: settings, progress: progress,
      drawReference: drawReference)
  let finished = Mutex(0)
  let annealing = try AnnealingPath(tuned, refinement: refinement).run(
    chains: EvidenceStreams.firstRun..<(EvidenceStreams.firstRun + settings.annealedRuns), seed: settings.seed,
    generator: settings.generator, threads: settings.threads,
    done: {
      let done = finished.withLock {
        $0 += 1
        return $0
      }
      progress(.annealing(done: done, of: settings.annealedRuns))
    }, drawReference: drawReference)
  return EvidenceEstimates(draws, annealing: annealing)
}

extension EvidenceEstimates {
  /// The estimates that these draws and runs give.
  init(_ draws: LadderDraws, annealing: AnnealedRuns) {
    let integration = ThermodynamicIntegration(draws)
    let stones = SteppingStone(draws)
    let coldest = draws.slopes[draws.rungs - 1]
    let entropySeries = zip(coldest, stones.series).map { slopes, series in zip(slopes, series).map { $0 - $1 } }
    thermodynamicIntegration = integration.estimate
    quadratureError = integration.quadratureError
    steppingStone = stones.estimate
    overlaps = stones.overlaps
    annealedImportanceSampling = annealing.estimate
    relativeEntropy = EvidenceEstimate(
      value: Diagnostics.mean(coldest.joined()) - stones.estimate.value,
      standardError: Diagnostics.mcseMean(entropySeries),
      problem: stones.estimate.problem ?? LadderDraws.problem(of: entropySeries))
    ladder = draws
    self.annealing = annealing
  }
}

extension EvidenceSettings {
  /// - Throws: ``TuningError`` naming what is out of range.
  func validate() throws {
    let limits = [
      ("the number of chains", chains, 1...1024), ("the number of draws a chain", draws, 4...100_000_000),
      ("the number of rungs", rungs ?? 2, 2...128), ("the number of annealed runs", annealedRuns, 2...1_000_000),
      ("the refinement of annealed runs", annealingRefinement ?? 1, 1...1_000_000),
    ]
    for (name, value, allowed) in limits where !allowed.contains(value) {
      throw TuningError("\(name) is \(value); allowed: \(allowed.lowerBound) to \(allowed.upperBound)")
    }
  }
}

/// The slopes at the draws of several chains with one ladder, each started at draws of p_0 and left to forget them.
private func drawLadder<Rung: PointKernel>(
  _ tuned: ReplicaExchange<Rung>, burnIn: Int, settings: EvidenceSettings,
  progress: @Sendable (EvidenceProgress) -> Void, drawReference: @Sendable (inout RandomStream) -> [Double]
) throws -> LadderDraws {
  let finished = Mutex(0)
  let stride = max(1, (burnIn + settings.draws) / 20)
  let rungs = tuned.rungs.count
  let collected = try parallelMap(settings.chains, threads: settings.threads) {
    index -> (slopes: [[Double]], rejections: [Double]) in
    let number = EvidenceStreams.firstChain + index
    var starts = try RandomStream(
      StreamKey(seed: settings.seed, chain: number, purpose: .start), generator: settings.generator)
    var chain = try Chain(
      number: number, kernel: tuned.forChain(number), warmup: NoAdaptation(transitions: burnIn),
      start: drawReference(&starts),
      stream: try RandomStream(
        StreamKey(seed: settings.seed, chain: number, purpose: .transitions), generator: settings.generator))
    var slopes = [[Double]](repeating: [], count: rungs)
    for rung in 0..<rungs { slopes[rung].reserveCapacity(settings.draws) }
    for transition in 0..<(burnIn + settings.draws) {
      _ = chain.advance()
      if transition >= burnIn {
        for (rung, slope) in chain.state.temperatureSlopes.enumerated() {
          slopes[rung].append(slope.isNaN ? -.infinity : slope)
        }
      }
      if (transition + 1) % stride == 0 {
        let done = finished.withLock {
          $0 += stride
          return $0
        }
        progress(.sampling(done: done, of: settings.chains * (burnIn + settings.draws)))
      }
    }
    return (slopes, chain.state.statistics.rejectionRates)
  }
  return LadderDraws(
    inverseTemperatures: tuned.ladder.inverseTemperatures,
    slopes: (0..<rungs).map { rung in collected.map { $0.slopes[rung] } },
    rejectionRates: (0..<(rungs - 1)).map { pair in Diagnostics.mean(collected.map { $0.rejections[pair] }) })
}

/// Steps of annealed runs from each rung to the next at which Var ln w is about ½: by its value for perfect kernels, then by trial runs.
///
/// With kernels that forget at once r_k steps from rung k on make Var ln w = Σ_k v_k²/r_k, v_k = (t_{k+1} − t_k) (Var ℓ)^½: of a given number of
/// steps, r_k in proportion to v_k make it the smallest, and r_k = v_k Σ v/wanted make it the wanted one. All runs together make no more than twice
/// the transitions of replica exchange, or 16 a rung.
private func refinement<Rung: PointKernel>(
  for draws: LadderDraws, _ tuned: ReplicaExchange<Rung>, burnIn: Int, settings: EvidenceSettings,
  progress: (EvidenceProgress) -> Void, drawReference: @Sendable (inout RandomStream) -> [Double]
) throws -> [Int] {
  let (wanted, trials) = (0.5, 24)
  let deviations = zip(draws.spacings, draws.slopes).map { spacing, slopes in
    spacing * Diagnostics.variance(slopes.joined().filter(\.isFinite)).squareRoot()
  }
  let sum = deviations.reduce(0, +)
  let exchanged = Double(draws.rungs) * Double(settings.chains) * Double(burnIn + settings.draws)
  let most = max(16 * Double(deviations.count), 2 * exchanged / Double(settings.annealedRuns))
  var scale = 1.0
  func steps() -> [Int] {
    let asked = deviations.map { max(2, ($0 * sum / wanted * scale).rounded(.up)) }
    let excess = max(1, asked.reduce(0, +) / most)
    return asked.map { (1...Int(most)).wholeNumber(roundingUp: $0 / excess) }
  }
  for round in 0..<4 {
    let refinement = steps()
    let count = refinement.reduce(0, +)
    guard Double(count) < most else { break }
    progress(.trial(temperatures: count))
    let first = EvidenceStreams.firstTrial + round * trials
    let variance = try AnnealingPath(tuned, refinement: refinement).run(
      chains: first..<(first + trials), seed: settings.seed, generator: settings.generator,
      threads: settings.threads, drawReference: drawReference
    ).logWeightVariance
    guard variance > 2 * wanted, variance.isFinite else { break }
    scale *= min(8, max(2, (variance / wanted).rounded()))
  }
  return steps()
}
