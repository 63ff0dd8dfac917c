// The density of readouts at a target, estimated where no formula gives it.

import Sampling

extension GainModulatedLinearEnsemble {
  /// How an estimate of ln p_N(A) is made.
  public struct DensityEstimation: Sendable {
    public var chains = 4
    /// Draws of each chain at each law.
    public var draws = 1000
    public var seed: UInt64 = 1
    public var generator = RandomStream.defaultGenerator
    public var threads = Threads.perProcessor

    public init() {}
  }

  /// Steps of a chain before its draws count; they are nearly independent.
  private static var warmup: Int { 50 }
  /// The variance of the difference of log densities between neighbouring laws that the path aims at.
  private static var wantedVariance: Double { 1 }
  private static var mostLaws: Int { 60 }

  /// ln p_N(A) of a hard ensemble, with its Monte Carlo error.
  ///
  /// The laws of output weights and gains with the weights N(A; 0, C + r) are the prior at r = ∞, Gibbs ensembles of tightness 1/(N r) and
  /// the hard ensemble at r = 0, and p_N(A) is the mean of the last weight over the prior: the ratio of the laws' normalising constants.
  /// Each is drawn by the collapsed kernel; r falls so that neighbours overlap. (laws · chains · draws) steps.
  ///
  /// - Throws: ``HardEnsembleError``, ``MaxEntropyError``, ``RandomStreamError``.
  /// - Precondition: a hard ensemble.
  public func estimateDensity(_ settings: DensityEstimation) throws -> EvidenceEstimate {
    precondition(ensemble == .hard, "only the hard ensemble conditions on a readout")
    let hard = try density()
    guard let weight = ConditionedReadout(hard) else { preconditionFailure("the density has a constraint") }
    // r in units of the prior's variance of a readout entry and of the target's own size.
    let size = max(readoutSpread * readoutSpread, task.target.squaredNorm / Double(task.target.elements.count))
    var differences: [(atFirst: [[Double]], atSecond: [[Double]])] = []
    var ridge = Double.infinity
    var covariances = try draw(hard, weight, ridge: ridge, number: 0, settings)
    while ridge > 0 {
      let next = nextRidge(after: ridge, size: size, covariances, weight)
      let last = ridge > 0 && differences.count + 2 >= Self.mostLaws ? 0 : next
      let drawn = try draw(hard, weight, ridge: last, number: differences.count + 1, settings)
      func difference(_ draws: [[[Double]]]) -> [[Double]] {
        draws.map { chain in
          chain.map {
            weight.logDensity(ridge: last, $0) - (ridge == .infinity ? 0 : weight.logDensity(ridge: ridge, $0))
          }
        }
      }
      differences.append((difference(covariances), difference(drawn)))
      (ridge, covariances) = (last, drawn)
    }
    return BridgedLaws(differences).estimate
  }

  /// The smallest r whose weight differs by no more than the wanted variance at draws of the present law, by bisection; 0 if that does.
  private func nextRidge(
    after ridge: Double, size: Double, _ covariances: [[[Double]]], _ weight: ConditionedReadout
  ) -> Double {
    let sample = covariances.flatMap { $0.prefix(200) }
    func isNear(_ next: Double) -> Bool {
      var moments = RunningMoments()
      for covariance in sample {
        let own = ridge == .infinity ? 0 : weight.logDensity(ridge: ridge, covariance)
        moments.add(weight.logDensity(ridge: next, covariance) - own)
      }
      let variance = moments.standardDeviation * moments.standardDeviation
      return variance <= Self.wantedVariance
    }
    // Below this part of the scale of C nothing changes but for the rarest draws.
    if ridge < 1e-3 * size, isNear(0) { return 0 }
    var (low, high) = (log(1e-8 * size), log(ridge == .infinity ? 1e4 * size : ridge))
    guard low < high else { return 0 }
    for _ in 0..<30 {
      let middle = 0.5 * (low + high)
      if isNear(exp(middle)) { high = middle } else { low = middle }
    }
    // At least some way, however far apart the laws are.
    return min(exp(high), 0.9 * (ridge == .infinity ? .infinity : ridge))
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
