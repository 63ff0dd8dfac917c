// What the chains of an experiment need in memory, looked at before any of them begins.

import Sampling

extension Experiment {
  /// Refuses to sample what could not even be held: all chains of a run are in memory at once.
  ///
  /// A lower bound: of each chain eight vectors of its position (point, gradient, momentum, metric, their copies), on every rung of
  /// a ladder, a dense metric with its factor, or the draws and gradients that one of a few directions is fitted to, and 30 kB for its generators and records.
  ///
  /// - Throws: ``MemoryNeedError``.
  func requireMemoryForChains() throws {
    let count = isDrawnExactly && [.auto, .exact].contains(sampler.kind) ? 0 : positionCount
    let rungs = Double(sampler.kind.row.points)
    let metric: Double =
      switch sampler.metric {
      case .dense where sampler.kind.row.hasStepSize: 2 * count * count
      case .lowRank where sampler.kind.row.hasStepSize: 2 * Double(min(ThinnedPairs.capacity, sampler.warmup)) * count
      default: 0
      }
    let chains = Double(sampler.chains.count)
    try Memory.require(
      chains * (rungs * 8 * (8 * count + metric) + 30e3),
      for: "\(sampler.chains.count) chains of networks of \(NumberText.significant(positionCount, digits: 3)) numbers",
      advice: "say fewer chains (sampler.chains) or neurons, or share the chains among jobs (sampler.chains \"a..b\")")
  }
}
