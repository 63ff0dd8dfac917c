// The standard error of the mean of a long chain, in bounded memory: batch means that pair up when they get many.

/// Means of consecutive batches of one chain, at most `capacity` of them.
///
/// Every batch has the same length, 1 at first. When `capacity` batches are complete they are averaged in pairs and the
/// length doubles, so that n draws leave between `capacity` / 2 and `capacity` batches. The means of batches much
/// longer than the correlation time are independent, hence MCSE² = L s_b² / n for batches of L draws whose means have
/// variance s_b². With b batches its relative standard deviation is 1 / √(2 (b - 1)), 9 % to 6 % at the default capacity.
/// Glynn & Whitt 1991; the collapsing scheme is that of Yeh & Schmeiser 2000 (dynamic batch means).
public struct BatchMeans: Sendable, Equatable, Codable {
  /// The number of batches that may be held.
  public let capacity: Int
  /// Draws in each complete batch.
  public private(set) var batchLength = 1
  /// The means of the complete batches, in order.
  public private(set) var batches: [Double] = []
  /// Mean and variance of all draws.
  public private(set) var moments = RunningMoments()
  /// The first draw, from which sums are counted: exact for constant chains, and accurate for means far from zero.
  private var origin = 0.0
  private var openSum = 0.0
  private var openCount = 0

  /// Fewer batches than this give no standard error.
  public static let minimumBatches = 16

  /// An accumulator that has seen nothing.
  ///
  /// - Precondition: `capacity` is even and at least twice ``minimumBatches``.
  public init(capacity: Int = 128) {
    precondition(capacity % 2 == 0 && capacity >= 2 * Self.minimumBatches, "capacity: an even number from 32 on")
    self.capacity = capacity
    batches.reserveCapacity(capacity)
  }

  /// Adds the next draw. O(1) amortised, no allocation.
  @inline(__always)
  public mutating func add(_ draw: Double) {
    if moments.count == 0 { origin = draw }
    moments.add(draw)
    openSum += draw - origin
    openCount += 1
    if openCount == batchLength { closeBatch() }
  }

  private mutating func closeBatch() {
    batches.append(origin + openSum / Double(batchLength))
    openSum = 0
    openCount = 0
    guard batches.count == capacity else { return }
    for pair in 0..<capacity / 2 { batches[pair] = (batches[2 * pair] + batches[2 * pair + 1]) / 2 }
    batches.removeLast(capacity / 2)
    batchLength *= 2
  }

  /// The number of draws seen.
  public var count: Int { moments.count }

  /// The mean of all draws.
  public var mean: Double { moments.mean }

  /// Whether consecutive batch means are correlated, so that their spread would understate the error.
  ///
  /// True where their lag-1 autocorrelation exceeds 3 / √b, which independent batches do about once in 700 times.
  public var areCorrelated: Bool {
    guard batches.count > 1 else { return false }
    let center = Diagnostics.mean(batches)
    var products = 0.0
    var squares = 0.0
    for (index, batch) in batches.enumerated() {
      squares += (batch - center) * (batch - center)
      if index > 0 { products += (batch - center) * (batches[index - 1] - center) }
    }
    return products * Double(batches.count).squareRoot() > 3 * squares
  }

  /// The Monte Carlo standard error of ``mean``; NaN for too few batches or correlated ones (a chain too short).
  public var standardError: Double {
    guard batches.count >= Self.minimumBatches, !areCorrelated else { return .nan }
    return (Diagnostics.variance(batches) * Double(batchLength) / Double(count)).squareRoot()
  }

  /// The standard error of the mean over several chains' draws: √(Σ n_c² MCSE_c²) / Σ n_c.
  ///
  /// The chains must be independent; those without draws do not count. NaN where that of any other chain is NaN.
  public static func standardError(of chains: [BatchMeans]) -> Double {
    let counted = chains.filter { $0.count > 0 }
    let total = counted.reduce(0.0) { $0 + Double($1.count) }
    let squares = counted.reduce(0.0) { sum, chain in
      let error = Double(chain.count) * chain.standardError
      return sum + error * error
    }
    return counted.isEmpty ? .nan : squares.squareRoot() / total
  }
}
