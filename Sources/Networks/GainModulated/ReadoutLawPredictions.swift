// The whole laws of averages over independent neurons, as predictions.

import Sampling

extension Prediction {
  /// The largest number of averages whose laws are predicted.
  static let mostReadoutLaws = 16

  /// The laws of averages of networks of independent neurons, and the shares of those that are exactly 0 (THEORY section 4).
  ///
  /// - Throws: ``GSLError``, ``ReadoutLawError``.
  static func laws(_ known: [(name: String, law: ReadoutLaw)]) throws -> [Prediction] {
    var list: [Prediction] = []
    // A table takes thousands of quadratures.
    var tables: [(law: ReadoutLaw, cdf: TabulatedCDF)] = []
    for (name, exact) in known {
      let atom = exact.atomProbability
      let alike = tables.first { $0.law.isAlike(exact) }?.cdf
      let table = try alike ?? exact.tabulatedContinuousCDF()
      if alike == nil { tables.append((exact, table)) }
      list.append(
        Prediction(
          "law of \(name)", expected: 0, status: .exact,
          source: "THEORY 4: Kolmogorov-Smirnov distance from the exact law"
            + (atom > 0 ? ", draws of exactly 0 apart" : ""),
          quantity: .law(of: name, leavingOutZero: atom > 0) { table($0) }))
      if atom > 1e-9 {
        list.append(
          .share(
            "share of \(name) = 0", expected: atom, source: "THEORY 4: no neuron is active in the context",
            quantity: .function(of: [name]) { $0[0] == 0 ? 1 : 0 }))
      }
    }
    return list
  }

  /// The laws of the first readout entries of networks of `neurons` independent neurons, and the shares of entries that are exactly 0 because no neuron
  /// is active in their context (THEORY section 4).
  ///
  /// - Throws: `MaxEntropyError` or ``GSLError``.
  public static func readoutLaws(_ law: NeuronLaw, neurons: Int) throws -> [Prediction] {
    // Given gains make neurons differ; what is known here is the law of neurons that are alike.
    guard case .independent = law.solution.problem.gains else { return [] }
    var known: [(name: String, law: ReadoutLaw)] = []
    for entry in 0..<min(law.contexts * law.features, mostReadoutLaws) {
      let (context, feature) = entry.quotientAndRemainder(dividingBy: law.features)
      guard let exact = try ReadoutLaw(law, context: context, feature: feature, neurons: neurons) else { return [] }
      known.append(("readout[\(context),\(feature)]", exact))
    }
    return try laws(known)
  }
}
