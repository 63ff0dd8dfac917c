// Why networks that solve a task exactly are refused: there are none, or their law has no density.

/// What keeps a hard ensemble (THEORY section 11) from existing.
public enum HardEnsembleError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The given gains force an identity on every readout that the target misses, by `violation` in `feature` where that is largest.
  ///
  /// `nearest` is the closest target that they allow, [context, feature].
  case unreachable(identity: GainIdentity, feature: Int, violation: Double, nearest: [[Double]])
  /// So few neurons carry `directions` of the readouts, in which the target is zero, that the density of readouts is infinite at it:
  /// `carriers` of them, and more than `needed` would do.
  case infiniteDensity(carriers: Int, directions: Int, needed: Int)
  /// With drawn gains this combination of the readouts, [context], is zero in networks of positive probability, and in the target.
  case tiedReadouts(combination: [Int])
  /// Fewer neurons than contexts, with drawn gains: their readouts have no density.
  case tooFewNeurons(neurons: Int, contexts: Int)

  public var description: String {
    switch self {
    case .unreachable(let identity, let feature, let violation, let nearest):
      let rows = nearest.map { row in "[" + row.map { String(format: "%.6g", $0) }.joined(separator: ", ") + "]" }
      return
        "the given gains obey \(identity.text("g")) for every neuron (contexts counted from 0), so that every network's readout "
        + "obeys \(identity.text("R")), but the target misses that by \(violation) in feature \(feature): no network solves this "
        + "task exactly. The nearest target that one solves is [\(rows.joined(separator: ", "))]; ask for that, change the gains, "
        + "or say {\"kind\": \"gibbs\", \"tightness\": ...}"
    case .infiniteDensity(let carriers, let directions, let needed):
      return
        "the target is zero in \(directions) direction\(directions == 1 ? "" : "s") of the contexts that only \(carriers) "
        + "neuron\(carriers == 1 ? "" : "s") can serve: the density of readouts is infinite there, and networks conditioned on it have "
        + "no law; allowed: more than \(needed) such neurons (features times directions), or a target that is not zero there"
    case .tiedReadouts(let combination):
      var text = ""
      for (context, factor) in combination.enumerated() where factor != 0 {
        let sign = factor < 0 ? "-" : text.isEmpty ? "" : "+"
        let size = abs(factor) == 1 ? "" : "\(abs(factor)) "
        text += (text.isEmpty ? sign : " \(sign) ") + "\(size)R_\(context)"
      }
      return
        "with drawn gains, networks whose gains force \(text) = 0 have a positive probability, and the target obeys that too "
        + "(contexts counted from 0): conditioned on it the law has no density. Change the target (no zero or equal rows), or give "
        + "the gains (network.gains.kind \"fixed\")"
    case .tooFewNeurons(let neurons, let contexts):
      return
        "\(neurons) neuron\(neurons == 1 ? "" : "s") with drawn gains cannot serve \(contexts) contexts independently, so that their readouts have no density; "
        + "allowed in a hard ensemble: at least as many neurons as contexts"
    }
  }
}
