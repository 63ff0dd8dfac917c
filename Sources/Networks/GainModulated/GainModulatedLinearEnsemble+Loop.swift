// Gain-modulated linear networks read as recurrent networks of rank one: how often their loops are unstable.

import Sampling

extension GainModulatedLinearEnsemble {
  /// P(λ_c ≥ 1) of every context, λ_c = R_c0, exact at this number of neurons.
  ///
  /// Of independent neurons by the law of a readout entry, the prior of a Gibbs ensemble without tightness included; in the hard
  /// ensemble λ_c is what is wanted.
  ///
  /// - Throws: `NotComputed` where no law is known; ``MaxEntropyError``, ``HardEnsembleError``, ``GSLError``.
  public func loopStability() throws -> LoopStability {
    switch ensemble {
    case .hard:
      _ = try density()
      return LoopStability(gains: (0..<task.contexts).map { task.target[$0, 0] })
    case .gibbs(let tightness) where tightness > 0:
      throw NotComputed(
        "in a gibbs ensemble neurons interact, and the law of a loop's gain is not known; count unstable draws")
    case .gibbs, .product: return try LoopStability(NeuronLaw(solve()), neurons: neurons)
    }
  }
}

extension Prediction {
  /// The shares of networks whose loop is unstable in a context, and the mean number of such contexts.
  static func unstableShares(_ stability: LoopStability) -> [Prediction] {
    let probability = stability.unstableProbability
    return probability.indices.map { c in
      .share(
        "share of readout[\(c),0] >= 1", expected: probability[c].value,
        source: "THEORY 12: P(lambda >= 1) by the law of a readout entry",
        quantity: .function(of: ["readout[\(c),0]"]) { $0[0] >= 1 ? 1 : 0 })
    }
  }
}
