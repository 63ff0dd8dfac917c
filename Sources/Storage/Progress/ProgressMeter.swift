// Turns a chain's draws into the few figures that its progress line shows.

import Sampling

/// Watches the draws of one chain and publishes figures about them.
struct ProgressMeter {
  private let progress: ChainProgress
  private let acceptance: Int?
  private let stepSize: Int?
  private let diverging: Int?
  private var acceptanceSum = 0.0
  private var acceptanceCount = 0.0
  private var lastStepSize = Double.nan
  private var divergences = 0
  /// Draws that the history has not got yet.
  private var pending: [Double] = []

  init(schema: DrawSchema, progress: ChainProgress) {
    self.progress = progress
    acceptance = schema.statistics.firstIndex(of: "acceptance_rate")
    stepSize = schema.statistics.firstIndex(of: "step_size")
    diverging = schema.statistics.firstIndex(of: "diverging")
    progress.history?.begin(schema.scalarNames)
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
    if progress.history != nil { pending.append(contentsOf: buffer.lastObservables) }
  }

  /// Makes the figures visible to the reporter.
  mutating func publish(draws: Int, warmup: Int) {
    progress.draws = draws
    progress.warmupDraws = warmup
    progress.acceptanceRate = acceptanceCount > 0 ? acceptanceSum / acceptanceCount : .nan
    progress.stepSize = lastStepSize
    progress.divergences = divergences
    if !pending.isEmpty { progress.history?.add(pending) }
    pending.removeAll(keepingCapacity: true)
  }
}
