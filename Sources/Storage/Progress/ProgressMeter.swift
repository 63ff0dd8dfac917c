// Turns a chain's draws into the few figures that its progress line shows.

import Sampling

/// Watches the draws of one chain and publishes figures about them.
struct ProgressMeter {
  /// Observables watched for the effective sample size: the first ones, so that watching stays cheap.
  private static let watchedScalars = 16

  private let progress: ChainProgress
  private let acceptance: Int?
  private let stepSize: Int?
  private let diverging: Int?
  private var acceptanceSum = 0.0
  private var acceptanceCount = 0.0
  private var lastStepSize = Double.nan
  private var divergences = 0
  private var scalars: [RunningEffectiveSampleSize]

  init(schema: DrawSchema, progress: ChainProgress) {
    self.progress = progress
    acceptance = schema.statistics.firstIndex(of: "acceptance_rate")
    stepSize = schema.statistics.firstIndex(of: "step_size")
    diverging = schema.statistics.firstIndex(of: "diverging")
    scalars = Array(repeating: RunningEffectiveSampleSize(), count: min(schema.observableCount, Self.watchedScalars))
  }

  /// Takes in the draw just recorded.
  mutating func add(lastOf buffer: SegmentBuffer) {
    let statistics = buffer.lastStatistics
    if let acceptance {
      let rate = statistics[statistics.startIndex + acceptance]
      if !rate.isNaN {
        // An exponential average over about a thousand draws follows a chain that is still being tuned.
        acceptanceSum = 0.999 * acceptanceSum + rate
        acceptanceCount = 0.999 * acceptanceCount + 1
      }
    }
    if let stepSize { lastStepSize = statistics[statistics.startIndex + stepSize] }
    guard buffer.phase == .draws else { return }
    if let diverging, statistics[statistics.startIndex + diverging] != 0 { divergences += 1 }
    let observables = buffer.lastObservables
    for index in scalars.indices { scalars[index].add(observables[observables.startIndex + index]) }
  }

  /// Makes the figures visible to the reporter.
  func publish(draws: Int, warmup: Int) {
    progress.draws = draws
    progress.warmupDraws = warmup
    progress.acceptanceRate = acceptanceCount > 0 ? acceptanceSum / acceptanceCount : .nan
    progress.stepSize = lastStepSize
    progress.divergences = divergences
    progress.effectiveSampleSize = scalars.compactMap(\.estimate).min() ?? .nan
  }
}

/// A running estimate of one scalar's effective sample size from 32 to 63 batch means (Alexopoulos & Seila 1996).
///
/// For a progress line, not for a result: constant memory, O(1) a draw, biased upwards while the chain is short.
package struct RunningEffectiveSampleSize {
  private var batchLength = 1
  private var batchSum = 0.0
  private var batchCount = 0
  private var means: [Double] = []
  private var count = 0.0
  private var mean = 0.0
  private var squares = 0.0

  package init() {}

  package mutating func add(_ value: Double) {
    count += 1
    let difference = value - mean
    mean += difference / count
    squares += difference * (value - mean)
    batchSum += value
    batchCount += 1
    guard batchCount == batchLength else { return }
    means.append(batchSum / Double(batchLength))
    batchSum = 0
    batchCount = 0
    guard means.count == 64 else { return }
    for pair in 0..<32 { means[pair] = (means[2 * pair] + means[2 * pair + 1]) / 2 }
    means.removeLast(32)
    batchLength *= 2
  }

  /// n s² / (b s²(batch means)), in draws; nil before 64 draws, and for a scalar that does not vary.
  package var estimate: Double? {
    guard batchLength > 1, squares > 0 else { return nil }
    let centre = means.reduce(0, +) / Double(means.count)
    let spread = means.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(means.count - 1)
    guard spread > 0 else { return nil }
    return squares / (Double(batchLength) * spread)
  }
}
