// How alike the networks of different chains are, beside networks of one chain.

import JSON
import Networks
import Sampling
import Storage

/// Overlaps of two networks, between chains and within them.
///
/// A network is what its neurons contribute to the readout, r_i = (g_ic w_i m_id) over contexts and features (the gains of a nonlinear network are
/// the slopes φ'(b_ic)), which no change of sign of a neuron's weights alters. The overlap of two networks is Σ_i r_i·r'_π(i)/(|r| |r'|): with
/// given gains neuron by neuron; otherwise neurons have no names, and π is the permutation that brings them nearest to each other. Chains that have
/// forgotten where they began have the same overlaps between as within.
package struct ChainOverlap: Sendable {
  /// Overlaps over pairs of networks.
  package struct Pairs: Sendable {
    package let count: Int
    package let mean: Double
    /// Over pairs.
    package let sd: Double
  }

  /// Networks of two chains.
  package let between: Pairs
  /// Networks of one chain, half of its kept draws apart.
  package let within: Pairs
  /// Whether neurons were matched, and not compared as they are numbered.
  package let isMatched: Bool

  /// Pairs that are looked at, of each kind; matching takes the third power of the neurons.
  private static let most = (pairs: 200, matchedPairs: 20, matchedNeurons: 400)

  /// The overlaps of kept networks; nil for a single chain, fewer than two kept networks a chain, and too many neurons to match.
  ///
  /// - Parameter counts: how many of the networks each chain has, in order.
  /// - Throws: ``StatisticsError``.
  init?(_ neurons: HiddenNeurons, counts: [Int], threads: Int) throws {
    let isMatched = neurons.given == nil
    let width = neurons.weights[0].rows
    guard counts.count > 1, let fewest = counts.min(), fewest >= 2, !isMatched || width <= Self.most.matchedNeurons
    else {
      return nil
    }
    let starts = counts.indices.map { counts[..<$0].reduce(0, +) }
    let most = isMatched ? Self.most.matchedPairs : Self.most.pairs
    let chains = counts.count
    var (between, within): ([(Int, Int)], [(Int, Int)]) = ([], [])
    // Round after round: the same places of neighbouring chains, and two places of each chain that are half of it apart.
    for place in 0..<fewest {
      for chain in 0..<chains {
        let other = (chain + 1 + place % (chains - 1)) % chains
        if between.count < most { between.append((starts[chain] + place, starts[other] + place)) }
        let partner = place + fewest / 2
        if within.count < most, partner < fewest, fewest / 2 > 0 {
          within.append((starts[chain] + place, starts[chain] + partner))
        }
      }
    }
    let pairs = between + within
    let (weights, gains, given) = (neurons.weights, neurons.gains, neurons.given)
    let overlaps = try parallelMap(pairs.count, threads: threads) { index in
      let (a, b) = pairs[index]
      return try Self.overlap(
        Self.contributions(weights[a], given ?? gains[a]), Self.contributions(weights[b], given ?? gains[b]),
        isMatched: isMatched)
    }
    self.between = Self.pairs(overlaps.prefix(between.count))
    self.within = Self.pairs(overlaps.suffix(within.count))
    self.isMatched = isMatched
  }

  private static func pairs(_ overlaps: some Collection<Double>) -> Pairs {
    let moments = RunningMoments(overlaps)
    let freedom = Double(max(1, overlaps.count - 1))
    return Pairs(
      count: overlaps.count, mean: moments.mean, sd: (moments.squaredDeviations / freedom).squareRoot())
  }

  private static func overlap(_ a: Matrix, _ b: Matrix, isMatched: Bool) throws -> Double {
    guard isMatched else {
      let size = (a.squaredNorm * b.squaredNorm).squareRoot()
      return size > 0 ? zip(a.elements, b.elements).reduce(0) { $0 + $1.0 * $1.1 } / size : 0
    }
    return try NeuronMatching(a, b).overlap
  }

  /// r of a network, [neuron, context · feature].
  private static func contributions(_ weights: Matrix, _ gains: Matrix) -> Matrix {
    let (contexts, features) = (gains.columns, weights.columns - 1)
    var result = Matrix(rows: weights.rows, columns: contexts * features)
    for i in 0..<weights.rows {
      for c in 0..<contexts {
        for d in 0..<features { result[i, c * features + d] = gains[i, c] * weights[i, 0] * weights[i, 1 + d] }
      }
    }
    return result
  }

  var json: JSONValue {
    func pairs(_ pairs: Pairs) -> JSONValue {
      ["mean": .number(pairs.mean), "sd": .number(pairs.sd), "pairs": .integer(pairs.count)]
    }
    return ["between": pairs(between), "within": pairs(within), "matched": .bool(isMatched)]
  }
}
