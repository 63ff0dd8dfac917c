// What checks need to know of all recorded scalars: their summaries, by name.

/// The facts about all scalars of some draws.
struct DrawFacts: Sendable {
  /// In the order in which the scalars were recorded.
  let scalars: [ObservableSummary]
  private let places: [String: Int]
  private let areIndependent: Bool

  init<Draws: ScalarDraws>(_ draws: Draws, threads: Int) throws(Draws.Failure) {
    areIndependent = draws.areIndependent
    scalars = try draws.summaries(threads: threads)
    places = Dictionary(zip(scalars.map(\.name), scalars.indices)) { first, _ in first }
  }

  subscript(name: String) -> ObservableSummary? { places[name].map { scalars[$0] } }

  /// The scalar with the smallest bulk ESS, the first of several; nil where chains are too short to tell.
  var slowestMixing: (quantity: String, ess: Double)? {
    var slowest: (quantity: String, ess: Double)?
    for scalar in scalars where !scalar.essBulk.isNaN && scalar.essBulk < slowest?.ess ?? .infinity {
      slowest = (scalar.name, scalar.essBulk)
    }
    return slowest
  }

  /// Whether `diagnose` finds nothing wrong with the scalars' convergence.
  var haveConverged: Bool { Finding.convergence(of: scalars).allSatisfy { $0.severity != .failure } }

  /// The value that a scalar kept in all of at least four draws a chain; nil otherwise, and for exact draws.
  func unmovingValue(_ name: String) -> Double? {
    guard !areIndependent, let scalar = self[name], scalar.isConstant,
      scalar.drawsPerChain >= Diagnostics.minimumDraws
    else { return nil }
    return scalar.median
  }

  /// A population whose share of the neurons is the same in every draw, where gains follow the weights: neither none of them, nor
  /// all of them with all gains active (small drives) or none (large ones, which saturate).
  func stillPopulation(among populations: [String]) -> (name: String, fraction: Double)? {
    for name in populations {
      guard let fraction = unmovingValue(name), fraction > 0 else { continue }
      // Shares of 1/N each may add up to a little less, or more, than 1.
      if abs(fraction - 1) < 1e-9, name == populations.first || name == populations.last { continue }
      return (name, fraction)
    }
    return nil
  }
}
