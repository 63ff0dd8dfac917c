// Effective draws per second of the observable that mixes worst, with both cores at work.

import Dispatch
import Foundation
import Sampling
import Synchronization

/// What a run of some chains measured.
struct Measurement {
  let target: String
  let kernel: String
  let chains: Int
  let draws: Int
  let worst: ObservableSummary
  let summaries: [ObservableSummary]
  /// Wall seconds of sampling: of the slowest chain.
  let samplingSeconds: Double
  /// Wall seconds of making the kernel and of warm-up as well.
  let totalSeconds: Double
  /// Processor seconds of sampling, of all chains together: what a wall clock would say of an idle machine.
  let processorSeconds: Double

  /// Effective draws per second without and with warm-up.
  var effectiveRate: Double { worst.essBulk / samplingSeconds }
  var totalRate: Double { worst.essBulk / totalSeconds }
  /// Effective draws per second of every chain's processor, times the chains.
  var processorRate: Double { worst.essBulk / processorSeconds * Double(chains) }
}

/// Runs one chain a core and measures it. `makeSource` makes the source of a chain on its own thread, warm-up not yet gone
/// through.
func measure<Source: DrawSource & ~Copyable>(
  _ target: String, _ kernel: String, chains: Int, draws: Int, warmup: Int,
  makeSource: @Sendable (Int) throws -> Source
) throws -> Measurement {
  let start = ContinuousClock.now
  let results = Mutex([Result<(MemorySink, DrawSchema, Duration, Double), any Error>?](repeating: nil, count: chains))
  DispatchQueue.concurrentPerform(iterations: chains) { number in
    let result = Result {
      var source = try makeSource(number)
      var forgotten = MemorySink(source.schema, draws: warmup)
      for _ in 0..<warmup { try source.next(into: &forgotten) }
      var sink = MemorySink(source.schema, draws: draws)
      let begin = ContinuousClock.now
      let processorBegin = threadSeconds()
      for _ in 0..<draws { try source.next(into: &sink) }
      return (sink, source.schema, ContinuousClock.now - begin, threadSeconds() - processorBegin)
    }
    results.withLock { $0[number] = result }
  }
  let total = ContinuousClock.now - start
  let runs = try results.withLock { try $0.map { try $0!.get() } }
  let summaries = ChainDraws(runs[0].1, chains: runs.map(\.0)).summaries
  return Measurement(
    target: target, kernel: kernel, chains: chains, draws: draws,
    worst: summaries.min { $0.essBulk < $1.essBulk }!, summaries: summaries,
    samplingSeconds: runs.map { seconds($0.2) }.max()!, totalSeconds: seconds(total),
    processorSeconds: runs.map(\.3).reduce(0, +))
}

func seconds(_ duration: Duration) -> Double {
  Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// Processor seconds that this thread has used.
func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
