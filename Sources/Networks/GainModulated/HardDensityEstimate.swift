// The density of readouts at a target, estimated where no formula gives it.

import Sampling

extension GainModulatedLinearEnsemble {
  /// Steps of a chain before its draws count; they are nearly independent.
  private static var warmup: Int { 50 }
  /// ln p_N(A) of a hard ensemble, with its Monte Carlo error; nil for others.
  ///
  /// The laws of output weights and gains with the weights N(A; 0, C + r) are the prior at r = ∞, Gibbs ensembles of tightness 1/(N r) and
  /// the hard ensemble at r = 0, and p_N(A) is the mean of the last weight over the prior: the ratio of the laws' normalising constants.
  /// Each is drawn by the collapsed kernel (`RidgePath`).
  ///
  /// - Throws: ``HardEnsembleError``, ``MaxEntropyError``, ``RandomStreamError``.
  public func estimateTargetDensity(_ settings: DensityEstimation) throws -> EvidenceEstimate? {
    guard ensemble == .hard else { return nil }
    let hard = try density()
    guard let weight = ConditionedReadout(hard) else { preconditionFailure("the density has a constraint") }
    // r in units of the prior's variance of a readout entry and of the target's own size.
    let size = max(readoutSpread * readoutSpread, task.target.squaredNorm / Double(task.target.elements.count))
    return try RidgePath(
      size: size, logWeight: { weight.logDensity(ridge: $0, $1) },
      draw: { try draw(hard, weight, ridge: $0, number: $1, settings) }
    ).estimate()
  }

  /// C at draws of the law of a ridge, [chain][draw][entry].
  private func draw(
    _ hard: GainModulatedLinearDensity, _ weight: ConditionedReadout, ridge: Double, number: Int,
    _ settings: DensityEstimation
  ) throws -> [[[Double]]] {
    let n = Double(neurons)
    let density =
      ridge == 0
      ? hard
      : GainModulatedLinearDensity(
        neurons: neurons,
        potential: .loss(
          tightness: ridge == .infinity ? 0 : 1 / (n * ridge), target: task.target,
          stimulusCovariance: .identity(task.features)), outputPrecision: hard.outputPrecision,
        inputPrecision: hard.inputPrecision, gains: hard.gains)
    guard let kernel = density.collapsedKernel() else { preconditionFailure("hard ensembles have a collapsed kernel") }
    return try parallelMap(settings.chains, threads: settings.threads) { chain in
      var stream = try RandomStream(
        StreamKey(seed: settings.seed, chain: 1 << 20 | chain << 6 | number, purpose: .solver),
        generator: settings.generator)
      var workspace = weight.makeWorkspace()
      if ridge == .infinity {
        return (0..<settings.draws).map { _ in
          weight.covariance(at: density.drawPrior(using: &stream).span, using: &workspace)
        }
      }
      var state = try kernel.initialState(at: try startingPosition(using: &stream))
      for _ in 0..<Self.warmup { _ = kernel.step(&state, using: &stream) }
      return (0..<settings.draws).map { _ in
        _ = kernel.step(&state, using: &stream)
        return weight.covariance(at: state.position.span, using: &workspace)
      }
    }
  }
}
