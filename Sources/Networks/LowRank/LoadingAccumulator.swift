// Populations of networks with several loadings, averaged over draws.

import Sampling

/// Streaming averages over draws of P(g) and ⟨θ_a θ_b; g⟩ = (1/N) Σ_{i: g_i = g} θ_ia θ_ib, as batch means (K ≤ 6, drawn gains).
public struct LoadingAccumulator: PositionAccumulator {
  private let density: LoadingDensity
  private var sums: LoadingSums
  private var batches: BatchSums

  init(_ density: LoadingDensity) {
    self.density = density
    sums = LoadingSums(density.solution.problem, counting: .moments)
    batches = BatchSums(sums.populations)
  }

  public mutating func add(_ position: Span<Double>) {
    guard batches.width > 0 else { return }
    sums.reset()
    sums.add(position, of: density)
    batches.add(sums.populations, neurons: density.neurons)
  }

  public var statistics: [StreamingStatistic] { batches.statistics }
  public func save(to archive: inout [Double]) { batches.save(to: &archive) }
  public mutating func restore(from archive: inout ArraySlice<Double>) throws { try batches.restore(from: &archive) }
}
