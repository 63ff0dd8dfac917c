// What checks ask of draws: those of a predicted quantity, and how far drawn gains moved.

extension ScalarDraws {
  /// The draws of a quantity: [chain][draw], or [chain][batch] for a streaming statistic; nil if it was not recorded.
  package func series(_ quantity: Prediction.Quantity) throws(Failure) -> [[Double]]? {
    switch quantity {
    case .scalar(let name), .law(let name, _, _): return try scalar(name)
    case .function(let names, let function), .largest(let names, _, let function):
      guard !names.isEmpty, Set(names).isSubset(of: self.names) else { return nil }
      var series = [[Double]](repeating: [], count: chains)
      for chain in series.indices { series[chain].reserveCapacity(draws / chains) }
      // One array for all draws.
      var arguments = [Double](repeating: 0, count: names.count)
      try forEachBlock(of: names) { chain, block in
        for draw in block[0].indices {
          for index in block.indices { arguments[index] = block[index][draw] }
          series[chain].append(function(arguments))
        }
      }
      return series
    case .streaming(let name, let column): return batches(name, column: column)
    case .difference(let name, let other, let column):
      guard let means = batches(name, column: column), let others = batches(other, column: column) else { return nil }
      return zip(means, others).map { zip($0, $1).map { $0 - $1 } }
    }
  }

  /// How many draws the batches of a streaming statistic hold, of all chains.
  package func drawsInBatches(_ name: String) -> Int {
    streaming.reduce(0) { sum, statistics in
      sum + (0...Int.max).wholeNumber(roundingUp: Self.batchSizes(name, in: statistics)?.reduce(0, +) ?? 0)
    }
  }

  /// The numbers of draws in the batches of a statistic: `conditional_batch_draws` are those of `conditional_loss`.
  private static func batchSizes(_ name: String, in statistics: [StreamingStatistic]) -> [Double]? {
    let group = name.prefix { $0 != "_" }
    return statistics.first { $0.name == "\(group)_batch_draws" }?.values
  }

  /// A column of the batch means of a streaming statistic, [chain][batch].
  func batches(_ name: String, column: Int) -> [[Double]]? {
    var chains: [[Double]] = []
    for statistics in streaming {
      guard let table = statistics.first(where: { $0.name == name }),
        let sizes = Self.batchSizes(name, in: statistics), !sizes.isEmpty,
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

  /// The standard deviation over draws of a quantity whose `series` is given.
  package func standardDeviation(_ quantity: Prediction.Quantity, series: [[Double]]) -> Double {
    let moments = RunningMoments(series.joined())
    return standardDeviation(quantity, mean: moments.mean) ?? moments.standardDeviation
  }

  /// The standard deviation over draws of what only batch means were kept of, whose mean is given; nil for other quantities.
  func standardDeviation(_ quantity: Prediction.Quantity, mean: Double) -> Double? {
    let name: String
    let column: Int
    switch quantity {
    case .streaming(let streamed, let number), .difference(let streamed, _, let number):
      (name, column) = (streamed, number)
    default: return nil
    }
    var square = 0.0
    for statistics in streaming {
      guard let squares = statistics.first(where: { $0.name == name + "_square" })?.values, column < squares.count
      else { return .nan }
      square += squares[column] / Double(streaming.count)
    }
    return max(0, square - mean * mean).squareRoot()
  }

  /// How far drawn gains moved; nil where they were not counted, and for exact draws.
  var gainMovement: GainMovement? { areIndependent ? nil : GainMovement(streaming) }

  /// How far signs moved; nil where there are none, and for exact draws.
  var signMovement: SignMovement? { areIndependent ? nil : SignMovement(streaming) }

  /// The scalars that count populations, or else active neurons.
  var populations: [String] {
    let populations = names.filter { $0.hasPrefix("population_fraction[") }
    return populations.isEmpty ? names.filter { $0.hasPrefix("active_fraction[") } : populations
  }

  /// Why drawn gains or signs have moved too little for a verdict; nil if they have not, or are not drawn by a chain.
  func gainFault() throws(Failure) -> String? {
    guard !areIndependent else { return nil }
    if let fault = signMovement?.fault { return fault }
    if let gainMovement { return gainMovement.fault }
    return gainsAreDrawn ? try PopulationChanges(self)?.fault : nil
  }
}
