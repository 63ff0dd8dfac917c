// What a window's draws and gradients say of a metric of a diagonal and a few directions.

/// Collects draws and the gradients there: variances of all, and a bounded number of pairs.
struct FisherEstimator: Sendable, Equatable {
  private var positions: CovarianceEstimator
  private var gradients: CovarianceEstimator
  private var pairs: ThinnedPairs

  init(dimension: Int) {
    positions = CovarianceEstimator(dimension: dimension, isDense: false)
    gradients = positions
    pairs = ThinnedPairs(dimension: dimension)
  }

  /// Takes in the first coordinates of a position and the gradient there. O(n).
  mutating func add(_ position: [Double], gradient: [Double]) {
    positions.add(position)
    gradients.add(gradient)
    pairs.add(position, gradient)
  }

  /// Forgets everything.
  mutating func reset() {
    positions.reset()
    gradients.reset()
    pairs.reset()
  }

  /// ``FisherFit`` in the given units (nil: ones), to variances that are regularised as Stan does; nil from fewer than two draws, or
  /// if a number is not finite.
  ///
  /// Where neither draws nor gradients vary the units are left.
  func inverseMetric(units: [Double]?) -> InverseMetric? {
    let count = pairs.count
    let units = units ?? [Double](repeating: 1, count: positions.dimension)
    let inverses = units.map { 1 / $0 }
    guard count > 1, let spread = positions.variances(units: units),
      let slopes = gradients.variances(units: inverses)
    else { return nil }
    // In units of their own all numbers are the same in whatever units the target is given.
    let scales = units.indices.map { i in
      ((spread[i] * inverses[i] * inverses[i]) / (slopes[i] * units[i] * units[i])).squareRoot().squareRoot()
    }
    guard scales.allSatisfy({ $0.isFinite && $0 > 0 }) else { return nil }
    let draws = pairs.centered(0, times: inverses)
    let gradients = pairs.centered(1, times: units)
    guard var fit = try? FisherFit(draws: draws, gradients: gradients, scales: scales) else { return nil }
    fit.widen(toVariances: units.indices.map { spread[$0] * inverses[$0] * inverses[$0] })
    return try? .lowRank(
      scales: zip(units, fit.scales).map { $0 * $1 }, variances: fit.variances, directions: fit.directions)
  }

  func save(to archive: inout [Double]) {
    positions.save(to: &archive)
    gradients.save(to: &archive)
    pairs.save(to: &archive)
  }

  init(from archive: inout ArraySlice<Double>) throws {
    positions = try CovarianceEstimator(from: &archive)
    gradients = try CovarianceEstimator(from: &archive)
    pairs = try ThinnedPairs(from: &archive)
    guard positions.dimension == gradients.dimension, positions.dimension == pairs.dimension else {
      throw ArchiveError("the saved window's draws and gradients have different numbers of coordinates")
    }
  }
}
