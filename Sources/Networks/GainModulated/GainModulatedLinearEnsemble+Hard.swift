// The hard ensemble of gain-modulated linear networks: what theory says of it, and where its chains begin.

import Sampling

extension GainModulatedLinearEnsemble {
  /// What theory says of networks with R = A.
  func hardTheory() -> Theory {
    var theory = Theory()
    theory.add("identities") {
      Prediction.hardIdentities(try density(), rank: try gainRank(), readoutSpread: readoutSpread)
    }
    theory.add("exact averages") {
      try hardPrediction().map { found in
        Prediction.averages(
          outputSecondMoment: found.outputSecondMoment, inputSecondMoment: found.inputSecondMoment,
          patternWeights: found.patternWeights, neurons: neurons, contexts: task.contexts,
          relativeError: found.relativeError, status: .exact, source: "THEORY 11: exact at N = \(neurons)")
      } ?? []
    }
    theory.add("averages as N grows") { try Prediction.asymptoticHard(solve(), neurons: neurons) }
    return theory
  }

  /// What is known exactly at this number of neurons; nil where nothing is, or for another ensemble.
  ///
  /// - Throws: ``HardEnsembleError`` where there is no such ensemble; ``MaxEntropyError``, ``GSLError``.
  public func hardPrediction() throws -> HardPrediction? {
    guard ensemble == .hard else { return nil }
    _ = try density()
    return try HardPrediction(problem(), neurons: neurons, stimulusCovariance: stimulusCovariance)
  }

  public var decidedByTask: Set<String> { ensemble == .hard ? ["loss", "readout", "hard_residual"] : [] }

  /// r: the number of directions of contexts that the gains reach.
  private func gainRank() throws -> Int {
    guard case .fixed(let matrix) = try gains.binaryGains(contexts: task.contexts, neurons: neurons) else {
      return task.contexts
    }
    return try GainSpan(GivenGains(matrix.transposed)).rank
  }

  /// A draw of the prior, in which gains that have to span all contexts do: where drawn ones do not, the first K neurons serve one context
  /// each.
  public func startingPosition(using stream: inout RandomStream) throws -> [Double] {
    let density = try density()
    var position = density.drawPrior(using: &stream)
    guard ensemble == .hard, case .drawn = density.gains else { return position }
    let (n, contexts) = (neurons, task.contexts)
    var span = LinearSpan()
    for i in 0..<n where span.rank < contexts {
      span.add((0..<contexts).map { position[density.layout.realCount + $0 * n + i] })
    }
    guard span.rank < contexts else { return position }
    for c in 0..<contexts {
      for i in 0..<contexts { position[density.layout.realCount + c * n + i] = c == i ? 1 : 0 }
    }
    return position
  }
}
