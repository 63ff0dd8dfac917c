// Population weights and second moments, averaged over draws with a standard error, without keeping the draws.

import Sampling

/// Streaming averages over draws of P(g) and ⟨x_a x_b; g⟩ = (1/N) Σ_{i: g_i = g} x_ia x_ib, x = (w, m_1 … m_D).
///
/// Kept as means of equal batches of consecutive draws; when all batches are full, neighbours are merged in pairs and
/// the batch length doubles, so that memory stays bounded and standard errors respect autocorrelation.
public struct PopulationAccumulator: PositionAccumulator {
  let density: GainModulatedLinearDensity
  private var sums: NeuronSums
  private(set) var batches: BatchSums

  /// For more than six contexts nothing is accumulated; neither is it for given gains of networks drawn whole: their populations are known,
  /// and no theory has their moments.
  public init(density: GainModulatedLinearDensity) {
    self.density = density
    let isWanted: Bool
    if case .multipliers = density.potential { isWanted = true } else { isWanted = !density.layout.binaryRange.isEmpty }
    sums = NeuronSums(
      contexts: density.contexts, features: density.features, counting: isWanted ? .moments : .nothing)
    batches = BatchSums(sums)
  }

  public mutating func add(_ position: Span<Double>) {
    guard batches.width > 0 else { return }
    sums.reset()
    sums.addPopulations(position, of: density)
    batches.add(sums, neurons: density.neurons)
  }

  public var statistics: [StreamingStatistic] { batches.statistics }
  public func save(to archive: inout [Double]) { batches.save(to: &archive) }
  public mutating func restore(from archive: inout ArraySlice<Double>) throws { try batches.restore(from: &archive) }
}
