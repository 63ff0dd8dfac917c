// Nested R-hat: convergence of many short chains, grouped into superchains that share a starting point.

extension Diagnostics {
  /// Nested R-hat = √(1 + B/W) of the draws as given; one draw a chain suffices.
  ///
  /// B is the variance of the superchains' means; W the mean over superchains of (variance of its chains' means +
  /// mean variance within its chains), where a term without two members is 0. The chains of a superchain must start at
  /// one point and superchains at different ones: agreement between superchains then shows that starts are forgotten.
  ///
  /// - Parameter superchains: the label of each chain's superchain; all superchains must have as many chains.
  /// - Throws: ``DiagnosticsError`` for labels that do not group the chains, or ragged chains.
  /// - Returns: NaN for a NaN among the draws, or where W cannot be estimated (one chain a superchain, one draw).
  ///
  /// Margossian et al. 2024, "Nested R-hat", eqs. 4-8. O(S) for S draws in all.
  public static func nestedRHat(_ chains: [[Double]], superchains: [Int]) throws -> Double {
    let groups = try grouped(inOwnUnit(chains).values, superchains)
    guard !chains.contains(where: { $0.contains { $0.isNaN } }) else { return .nan }
    return nestedRHat(groups)
  }

  /// Nested R-hat of the normal scores of split chains: the larger of bulk and folded, as ``rHat(_:)`` does it.
  ///
  /// NaN for fewer than 4 draws a chain; for those use ``nestedRHat(_:superchains:)``, on ``normalScores(_:)`` if tails
  /// are heavy. Throws as ``nestedRHat(_:superchains:)``.
  public static func rankNestedRHat(_ chains: [[Double]], superchains: [Int]) throws -> Double {
    _ = try grouped(chains, superchains)
    guard !isUnfit(chains, minimumChains: 2) else { return .nan }
    let halves = split(chains)
    let labels = superchains + superchains
    let bulk = nestedRHat(try grouped(normalScores(halves), labels))
    let folded = nestedRHat(try grouped(normalScores(folded(halves)), labels))
    return folded > bulk ? folded : bulk
  }

  /// The chains of each superchain, in ascending order of labels.
  private static func grouped(_ chains: [[Double]], _ superchains: [Int]) throws -> [[[Double]]] {
    guard let draws = chains.first?.count, draws > 0 else { throw DiagnosticsError.noDraws }
    guard chains.allSatisfy({ $0.count == draws }) else {
      throw DiagnosticsError.raggedChains(lengths: chains.map(\.count))
    }
    guard superchains.count == chains.count else {
      throw DiagnosticsError.superchains("\(superchains.count) labels for \(chains.count) chains; give one a chain")
    }
    let members = Dictionary(grouping: chains.indices) { superchains[$0] }
    let groups = members.keys.sorted().map { label in members[label]!.map { chains[$0] } }
    guard groups.count > 1 else { throw DiagnosticsError.superchains("there is only one; give at least 2") }
    guard groups.allSatisfy({ $0.count == groups[0].count }) else {
      throw DiagnosticsError.superchains(
        "they have different numbers of chains (\(groups.map { String($0.count) }.joined(separator: ", "))); give them as many"
      )
    }
    return groups
  }

  private static func nestedRHat(_ groups: [[[Double]]]) -> Double {
    let within = groups.map { chains in
      let betweenChains = chains.count > 1 ? variance(chains.map { mean($0) }) : 0
      let withinChains = chains[0].count > 1 ? mean(chains.map { variance($0) }) : 0
      return betweenChains + withinChains
    }
    let spread = mean(within)
    guard groups[0].count > 1 || groups[0][0].count > 1 else { return .nan }
    let between = variance(groups.map { chains in mean(chains.map { mean($0) }) })
    return (1 + between / spread).squareRoot()
  }
}
