// The inverse temperatures of replica exchange, and how rejection rates improve them.

/// Increasing inverse temperatures, the last of them 1.
public struct TemperatureLadder: Sendable, Equatable {
  /// The inverse temperatures, ascending.
  public let inverseTemperatures: [Double]

  /// - Throws: ``TuningError`` unless they are 2 to 128 increasing numbers of 0 ... 1 that end with 1.
  public init(_ inverseTemperatures: [Double]) throws {
    guard (2...128).contains(inverseTemperatures.count) else {
      throw TuningError("a temperature ladder has 2 to 128 rungs, not \(inverseTemperatures.count)")
    }
    guard inverseTemperatures[0] >= 0, inverseTemperatures.last == 1,
      zip(inverseTemperatures, inverseTemperatures.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      throw TuningError("inverse temperatures must increase from 0 or more to 1; they are \(inverseTemperatures)")
    }
    self.inverseTemperatures = inverseTemperatures
  }

  /// Evenly spaced inverse temperatures from 0 to 1.
  ///
  /// - Throws: ``TuningError`` unless there are 2 to 128 rungs.
  public static func even(rungs: Int) throws -> TemperatureLadder {
    try TemperatureLadder((0..<max(rungs, 0)).map { Double($0) / Double(max(rungs - 1, 1)) })
  }

  /// The ladder of as many rungs and the same ends on which all pairs would reject equally often.
  ///
  /// With Λ(t) the cumulative rejection rate, linear between rungs, rung k of n + 1 moves to Λ⁻¹(k Λ(1)/n) (Syed,
  /// Bouchard-Côté, Deligiannidis & Doucet 2022, algorithm 3). A pair counts with a rate of at least 10⁻³, so that rungs
  /// stay apart.
  ///
  /// - Parameter rejectionRates: of the pairs (k, k + 1).
  public func equalized(rejectionRates: [Double]) -> TemperatureLadder {
    let n = inverseTemperatures.count - 1
    precondition(rejectionRates.count == n, "one rejection rate a pair of neighbours")
    let rates = rejectionRates.map { $0.isNaN ? 1 : min(max($0, 1e-3), 1) }
    let step = rates.reduce(0, +) / Double(n)
    var result = inverseTemperatures
    var pair = 0
    var below = 0.0
    for rung in 1..<max(n, 1) {
      let wanted = Double(rung) * step
      while pair < n - 1, below + rates[pair] < wanted {
        below += rates[pair]
        pair += 1
      }
      let share = min(max((wanted - below) / rates[pair], 0), 1)
      result[rung] =
        inverseTemperatures[pair] + share * (inverseTemperatures[pair + 1] - inverseTemperatures[pair])
    }
    return (try? TemperatureLadder(result)) ?? self
  }
}
