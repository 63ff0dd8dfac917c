// Effective draws per second of the observable that mixes worst, with one chain a core.

import Dispatch
import Foundation
import Sampling
import Synchronization

/// What a run of some chains measured.
struct Measurement {
  private let target: String
  private let kernel: String
  private let warmup: Int
  private let summaries: [ObservableSummary]
  /// Wall seconds of sampling, and of making kernels and warm-up: of the slowest chain.
  private let samplingSeconds, setUpSeconds: Double

  /// Runs and measures. `makeSource` makes the source of a chain on its own thread, warm-up not yet gone through.
  init<Source: DrawSource & ~Copyable>(
    _ target: String, _ kernel: String, chains: Int, draws: Int, warmup: Int,
    makeSource: @Sendable (Int) throws -> Source
  ) throws {
    let results = Mutex([Result<(ObservableSink, Double, Double), any Error>?](repeating: nil, count: chains))
    DispatchQueue.concurrentPerform(iterations: chains) { number in
      let result = Result {
        let start = ContinuousClock.now
        var source = try makeSource(number)
        var forgotten = ObservableSink(source.schema, draws: warmup)
        for _ in 0..<warmup { try source.next(into: &forgotten) }
        let begin = ContinuousClock.now
        var sink = ObservableSink(source.schema, draws: draws)
        for _ in 0..<draws { try source.next(into: &sink) }
        let end = ContinuousClock.now
        return (sink, Self.seconds(begin - start), Self.seconds(end - begin))
      }
      results.withLock { $0[number] = result }
    }
    let runs = try results.withLock { try $0.map { try $0!.get() } }
    self.target = target
    self.kernel = kernel
    self.warmup = warmup
    summaries = runs[0].0.names.enumerated().compactMap { index, name in
      try? ObservableSummary(name: name, draws: runs.map { $0.0.series(index) })
    }
    setUpSeconds = runs.map(\.1).max()!
    samplingSeconds = runs.map(\.2).max()!
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  /// One line with the keys of the peers' benchmark.
  var json: String {
    let worst = summaries.min { $0.essBulk < $1.essBulk }!
    let ess = worst.essBulk
    func object(_ value: (ObservableSummary) -> Double) -> String {
      "{" + summaries.map { "\"\(Self.peerName($0.name))\": \(value($0))" }.joined(separator: ", ") + "}"
    }
    return """
      {"target": "\(target)", "kernel": "\(kernel)", "chains": \(worst.chains), "warmup": \(warmup), \
      "draws": \(worst.drawsPerChain), "warmup_s": \(setUpSeconds), "sample_s": \(samplingSeconds), \
      "min_ess": \(ess), "worst": "\(Self.peerName(worst.name))", "rhat_max": \(summaries.map(\.rHat).max()!), \
      "ess_per_s": \(ess / samplingSeconds), "ess_per_s_total": \(ess / (samplingSeconds + setUpSeconds)), \
      "peak_rss_mib": \(Self.peakMemory), "mean": \(object(\.mean)), "sd": \(object(\.sd))}
      """
  }

  /// The peers' names: logp, R01, mean_w2, mean_m2.
  private static func peerName(_ name: String) -> String {
    switch name {
    case "lp": "logp"
    case "output_second_moment": "mean_w2"
    case "input_second_moment": "mean_m2"
    default: "R" + name.filter(\.isNumber)
    }
  }

  /// Of this process so far, in MiB; 0 where there is no /proc.
  private static var peakMemory: Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Double($0) } ?? 0) / 1024
  }
}
