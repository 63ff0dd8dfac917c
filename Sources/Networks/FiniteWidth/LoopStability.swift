// Whether the loop of a recurrent network of rank one is stable, at every number of neurons.

import Sampling

/// The probability that a rank-one recurrent network is unstable in a context, exact at every N (THEORY section 12).
///
/// λ_c = (1/N) Σ_i n_i g_ic m_i is the only non-zero eigenvalue of J D_c, and a readout entry: w = n, feature 0 = m.
public struct LoopStability: Sendable {
  /// P(λ_c ≥ 1) [context].
  public let unstableProbability: [QuadratureValue]

  /// The probabilities for networks of `neurons` neurons of one law. A few hundred evaluations of 2^K terms per context that differs.
  ///
  /// - Throws: `NotComputed` where no law of a readout entry is known; ``GSLError``.
  public init(_ law: NeuronLaw, neurons: Int) throws {
    var known: [(law: ReadoutLaw, value: QuadratureValue)] = []
    var list: [QuadratureValue] = []
    for context in 0..<law.contexts {
      guard let entry = try ReadoutLaw(law, context: context, feature: 0, neurons: neurons) else {
        throw NotComputed(
          law.solution.problem.gains.isGiven
            ? "with given gains neurons are not alike, and the law of a loop's gain is known for neurons that are"
            : "the law of a loop's gain is summed over all gain patterns, in at most \(ReadoutLaw.maximumContexts) contexts"
        )
      }
      let value = try known.first { $0.law.isAlike(entry) }?.value ?? entry.probability(above: 1)
      known.append((entry, value))
      list.append(value)
    }
    unstableProbability = list
  }

  /// The same of networks whose loops all have the gains `gains` [context].
  public init(gains: [Double]) {
    unstableProbability = gains.map { QuadratureValue(value: $0 >= 1 ? 1 : 0, error: 0) }
  }
}
