// Draws in a unit of their own, so that no diagnostic depends on the unit that they come in.

extension Diagnostics {
  /// Whether draws are equal but for rounding: whether they differ by no more than 8 units in the last place of the largest.
  ///
  /// The measure is relative, unlike ArviZ's 1e-15, so that draws of any unit vary or not alike.
  public static func isConstant(_ chains: [[Double]]) -> Bool {
    var smallest = Double.infinity
    var largest = -Double.infinity
    for chain in chains {
      for draw in chain {
        smallest = min(smallest, draw)
        largest = max(largest, draw)
      }
    }
    return largest - smallest <= 8 * max(abs(smallest), abs(largest)).ulp
  }

  /// The draws divided by a power of two near the largest of them, and that power: squares and fourth powers of the result
  /// neither overflow nor vanish, and no bit of it is rounded.
  ///
  /// The unit is 1 where all draws are 0 or one is not finite.
  static func inOwnUnit(_ chains: [[Double]]) -> (values: [[Double]], unit: Double) {
    let largest = chains.reduce(0) { $1.reduce($0) { max($0, abs($1)) } }
    guard chains.allSatisfy({ $0.allSatisfy(\.isFinite) }), let factors = factorsOfOwnUnit(largest) else {
      return (chains, 1)
    }
    return (chains.map { $0.map { $0 * factors.0 * factors.1 } }, largest.binade)
  }

  /// What divides by the power of two near the largest draw; nil for a unit of 1.
  ///
  /// Two factors: the reciprocal of the smallest numbers' unit is not a number of its own.
  static func factorsOfOwnUnit(_ largest: Double) -> (Double, Double)? {
    guard largest.isNormal else { return nil }
    let exponent = -Int(largest.exponent)
    let (first, second) = (exponent / 2, exponent - exponent / 2)
    return (Double(sign: .plus, exponent: first, significand: 1), Double(sign: .plus, exponent: second, significand: 1))
  }

  /// (x - center)² of every draw, in the draws' own unit.
  static func squaredDistances(_ chains: [[Double]], from center: Double) -> [[Double]] {
    inOwnUnit(chains.map { $0.map { $0 - center } }).values.map { $0.map { $0 * $0 } }
  }
}
