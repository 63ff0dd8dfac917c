// What checks need to know of one recorded scalar, found in one look at its draws.

/// The facts about a scalar that verdicts rest on.
struct ScalarFacts: Sendable {
  let name: String
  let moments: RunningMoments
  /// See ``Diagnostics/mcseMean(_:)``.
  let mcseMean: Double
  /// See ``Diagnostics/agreement(_:)``; infinite for draws that are not finite.
  let agreement: Double
  /// See ``Diagnostics/essBulk(_:)``.
  let essBulk: Double
  /// The value that a chain, or several, kept in all of at least four draws each; nil otherwise, and for exact draws.
  let unmovingValue: Double?
  /// nil for no draws.
  let summary: ObservableSummary?

  init(_ name: String, _ draws: [[Double]], areIndependent: Bool, using workspace: DiagnosticsWorkspace) {
    self.name = name
    summary = try? ObservableSummary(name: name, draws: draws, using: workspace)
    moments = RunningMoments(draws.joined())
    if let summary, summary.nonFiniteDraws == 0, !summary.isConstant {
      (mcseMean, agreement, essBulk) = (summary.mcseMean, summary.rHat, summary.essBulk)
    } else {
      mcseMean = Diagnostics.mcseMean(draws)
      agreement = summary?.nonFiniteDraws ?? 0 > 0 ? .infinity : Diagnostics.agreement(draws)
      essBulk = Diagnostics.essBulk(draws)
    }
    guard !areIndependent, let first = draws.first, first.count >= Diagnostics.minimumDraws,
      draws.allSatisfy({ $0.allSatisfy { $0 == first[0] } })
    else {
      unmovingValue = nil
      return
    }
    unmovingValue = first[0]
  }
}

/// The facts about all scalars of some draws.
struct DrawFacts: Sendable {
  /// In the order in which the scalars were recorded.
  let scalars: [ScalarFacts]
  private let places: [String: Int]

  init<Draws: ScalarDraws>(_ draws: Draws, threads: Int) throws(Draws.Failure) {
    let areIndependent = draws.areIndependent
    scalars = try draws.mapScalars(threads: threads) { name, columns, workspace in
      ScalarFacts(name, columns, areIndependent: areIndependent, using: workspace)
    }
    places = Dictionary(zip(scalars.map(\.name), scalars.indices)) { first, _ in first }
  }

  subscript(name: String) -> ScalarFacts? { places[name].map { scalars[$0] } }

  /// The scalar with the smallest bulk ESS, the first of several; nil where chains are too short to tell.
  var slowestMixing: (quantity: String, ess: Double)? {
    var slowest: (quantity: String, ess: Double)?
    for scalar in scalars where !scalar.essBulk.isNaN && scalar.essBulk < slowest?.ess ?? .infinity {
      slowest = (scalar.name, scalar.essBulk)
    }
    return slowest
  }

  /// Whether `diagnose` finds nothing wrong with the scalars' convergence.
  var haveConverged: Bool {
    let summaries = scalars.compactMap(\.summary)
    return summaries.count == scalars.count
      && Finding.convergence(of: summaries).allSatisfy { $0.severity != .failure }
  }

  /// A population whose share of the neurons is the same in every draw, where gains follow the weights: neither none of them, nor
  /// all of them with all gains active (small drives) or none (large ones, which saturate).
  func stillPopulation(among populations: [String]) -> (name: String, fraction: Double)? {
    for name in populations {
      guard let fraction = self[name]?.unmovingValue, fraction > 0 else { continue }
      if fraction == 1, name == populations.first || name == populations.last { continue }
      return (name, fraction)
    }
    return nil
  }
}
