// Stimuli in random batches: which losses a network is trained on, one after the other.

import Sampling

/// Mini-batches of a fixed list of stimuli: every epoch takes each stimulus once, in a new random order.
///
/// Stimuli that do not fill a last batch wait for the next epoch's order. Gaussian stimuli, whose loss is an expectation, have
/// no batches: sample stimuli first.
public struct MiniBatches<Density: NetworkDensity>: Sendable {
  /// The number of stimuli P.
  public let stimuli: Int
  /// The number of stimuli in a batch.
  public let batchSize: Int
  /// The density of the same network whose loss is the mean over the stimuli with these numbers.
  public let density: @Sendable ([Int]) -> Density

  /// - Parameter density: makes the density for a list of stimulus numbers; of the same layout, prior and tightness as for all.
  /// - Throws: ``TrainingError`` unless 1 ≤ batch size ≤ stimuli.
  public init(stimuli: Int, batchSize: Int, density: @escaping @Sendable ([Int]) -> Density) throws {
    try TrainingError.requireBatch(of: batchSize, stimuli: stimuli)
    self.stimuli = stimuli
    self.batchSize = batchSize
    self.density = density
  }

  /// The batches of one epoch. Fisher and Yates's shuffle. O(P).
  func epoch(using stream: inout RandomStream) -> [[Int]] {
    var order = Array(0..<stimuli)
    for i in stride(from: stimuli - 1, to: 0, by: -1) { order.swapAt(i, stream.integer(below: i + 1)) }
    return (0..<stimuli / batchSize).map { Array(order[$0 * batchSize..<($0 + 1) * batchSize]) }
  }
}
