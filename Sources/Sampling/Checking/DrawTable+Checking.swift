// What checks ask of a table of draws: the draws of a predicted quantity, and whether they can decide anything.

extension DrawTable {
  /// The draws of a quantity: [chain][draw], or [chain][batch] for a streaming statistic; nil if it was not recorded.
  package func series(_ quantity: Prediction.Quantity) -> [[Double]]? {
    switch quantity {
    case .scalar(let name), .law(let name, _, _): return scalars[name]
    case .function(let names, let function):
      let inputs = names.compactMap { scalars[$0] }
      guard inputs.count == names.count, let first = inputs.first else { return nil }
      return first.indices.map { chain in
        first[chain].indices.map { draw in function(inputs.map { $0[chain][draw] }) }
      }
    case .streaming(let name, let column):
      var chains: [[Double]] = []
      for statistics in streaming {
        guard let table = statistics.first(where: { $0.name == name }),
          let sizes = statistics.first(where: { $0.name == "population_batch_draws" })?.values, !sizes.isEmpty,
          column < table.values.count / sizes.count
        else { return nil }
        let width = table.values.count / sizes.count
        // The last batch may still be filling.
        let full = sizes.indices.filter { sizes[$0] == sizes[0] }
        chains.append(full.map { table.values[$0 * width + column] })
      }
      let shortest = chains.map(\.count).min() ?? 0
      return chains.map { Array($0.prefix(shortest)) }
    }
  }

  /// The standard deviation over draws of a quantity whose `series` is given.
  package func standardDeviation(_ quantity: Prediction.Quantity, series: [[Double]]) -> Double {
    guard case .streaming(let name, let column) = quantity else {
      return RunningMoments(series.joined()).standardDeviation
    }
    var square = 0.0
    for statistics in streaming {
      guard let squares = statistics.first(where: { $0.name == name + "_square" })?.values, column < squares.count
      else { return .nan }
      square += squares[column] / Double(streaming.count)
    }
    let mean = RunningMoments(series.joined()).mean
    return max(0, square - mean * mean).squareRoot()
  }

  /// The value of a scalar that a chain, or several, kept in all of at least four draws each; nil otherwise, and for exact draws.
  func unmovingValue(of name: String) -> Double? {
    guard !areIndependent, let series = scalars[name], let first = series.first,
      first.count >= Diagnostics.minimumDraws,
      series.allSatisfy({ $0.allSatisfy { $0 == first[0] } })
    else { return nil }
    return first[0]
  }

  /// How far drawn gains moved; nil where they were not counted.
  var gainMovement: GainMovement? { GainMovement(streaming) }

  /// Why drawn gains have moved too little for a verdict; nil if they have not, or are not drawn by a chain.
  var gainFault: String? {
    guard !areIndependent else { return nil }
    if let gainMovement { return gainMovement.fault }
    guard gainsAreDrawn else { return nil }
    let populations = names.filter { $0.hasPrefix("population_fraction[") }
    let counts = populations.isEmpty ? names.filter { $0.hasPrefix("active_fraction[") } : populations
    return PopulationChanges.fault(counts.map { scalars[$0]! })
  }

  /// The scalar with the smallest bulk ESS, the first of several; nil for exact draws and for chains too short to tell.
  var slowestMixing: (quantity: String, ess: Double)? {
    guard !areIndependent else { return nil }
    var slowest: (quantity: String, ess: Double)?
    for name in names {
      let ess = Diagnostics.essBulk(scalars[name]!)
      if !ess.isNaN, ess < slowest?.ess ?? .infinity { slowest = (name, ess) }
    }
    return slowest
  }

  /// Whether `diagnose` finds nothing wrong with the scalars' convergence.
  var haveConverged: Bool {
    guard let summaries = try? names.map({ try ObservableSummary(name: $0, draws: scalars[$0]!) }) else { return false }
    return Finding.convergence(of: summaries).allSatisfy { $0.severity != .failure }
  }

  /// A population whose share of the neurons is the same in every draw, though gains follow the weights: neither none of them, nor
  /// all of them with all gains active (small drives) or none (large ones, which saturate).
  var stillPopulation: (name: String, fraction: Double)? {
    guard !gainsAreDrawn else { return nil }
    let populations = names.filter { $0.hasPrefix("population_fraction[") }
    let counts = populations.isEmpty ? names.filter { $0.hasPrefix("active_fraction[") } : populations
    for name in counts {
      guard let fraction = unmovingValue(of: name), fraction > 0 else { continue }
      if fraction == 1, name == counts.first || name == counts.last { continue }
      return (name, fraction)
    }
    return nil
  }
}
