// The identities of rescaling: where two neighbouring layers can be scaled against each other, the task's force cancels between them.

import Sampling

/// A pair of neighbouring layers that can be scaled against each other without changing what the network computes: the weights into a
/// layer by c, those out of it by 1/c.
public struct BalancedPair: Sendable, Equatable {
  /// The names of the blocks that lead into the layer.
  public let incoming: [String]
  /// The name of the block that leads out of it.
  public let outgoing: String

  /// The blocks of weights into a layer, and the block out of it.
  public init(incoming: [String], outgoing: String) {
    self.incoming = incoming
    self.outgoing = outgoing
  }
}

extension Prediction {
  /// `balance` [pair]: ⟨|θ_in|²/σ_in² − |θ_out|²/σ_out²⟩ = n_in − n_out, divided by the smaller of the numbers of weights (THEORY section 5).
  ///
  /// It is the difference of two of the identities of ``WeightIdentities``, whose forces n θ_B·∂V/∂θ_B are equal and drop out: exact at
  /// every width and tightness, and as sharp in ensembles so tight that the force's own spread leaves those blind. What is recorded of them
  /// is enough. The natural size of a row is 1, the prior's mean square weight in units of its variance.
  ///
  /// - Parameters:
  ///   - pairs: of blocks of `prior`, first to last.
  ///   - prior: of the network's real weights, with the recorded ``WeightPrior/identities``.
  static func balance(of pairs: [BalancedPair], in prior: WeightPrior) -> [Prediction] {
    let blocks = prior.identities.blocks
    return pairs.enumerated().map { index, pair in
      let members = (pair.incoming + [pair.outgoing]).map { name in blocks.firstIndex { $0.name == name }! }
      let counts = members.map { Double(blocks[$0].count) }
      let incoming = counts.dropLast().reduce(0, +)
      let smaller = min(incoming, counts.last!)
      return Prediction(
        "balance[\(index)]", expected: (incoming - counts.last!) / smaller, status: .exact,
        source: "THEORY 5: \(pair.incoming.joined(separator: " and ")) scaled against \(pair.outgoing)",
        quantity: .function(of: members.map { "weight_identity[\($0)]" }) { values in
          var sum = 0.0
          for k in 0..<values.count - 1 { sum += counts[k] * values[k] }
          return (sum - counts[values.count - 1] * values[values.count - 1]) / smaller
        }, size: 1, isWeightIdentity: true)
    }
  }
}
