// The sampler of an experiment, as what draws the replicas of a calibration.

import Networks
import Sampling

/// Draws replicas by an experiment's own sampler: kernel, start, warm-up and all. One that was ended has nothing.
struct CalibrationSampler: Sendable {
  typealias GoesOn = () -> Bool

  /// The names of the quantities.
  let quantities: [String]
  /// A replica of a number, with so many draws and so many transitions per draw.
  let replica: @Sendable (_ number: Int, _ draws: Int, _ thin: Int, GoesOn) throws -> CalibrationReplica?
  /// The draws of a pilot of a number, [quantity][draw].
  let pilot: @Sendable (_ number: Int, _ draws: Int, GoesOn) throws -> [[Double]]?
}

extension Experiment {
  /// - Parameter ensemble: the experiment's, solved where that takes sampling.
  /// - Throws: ``UnsupportedExperiment`` where no data can be drawn given a network; whatever says that the ensemble does not exist.
  func calibrationSampler(_ ensemble: some SampledEnsemble) throws -> CalibrationSampler {
    guard
      let calibration = try SimulationBasedCalibration(
        ensemble, seed: sampler.seed, generator: sampler.generator)
    else { throw UnsupportedExperiment("ensemble", whyNoData) }
    return try chains(of: ensemble, visit: Replicas(calibration: calibration))
  }

  /// Refuses what has no data before anything is made.
  ///
  /// - Throws: as ``calibrationSampler(_:)``.
  func requireCalibration() throws {
    guard ensemble != .product else { throw UnsupportedExperiment("ensemble.kind", whyNoData) }
    var solution: ModelSolution?
    if needsSampledSolution {
      // Any tightness will do: whether there are data does not depend on it.
      solution = ModelSolution()
      solution?.tightness = ModelSolution.Estimated(value: 1, standardError: 0)
    }
    _ = try calibrationSampler(try networkEnsemble(solution))
  }

  private var whyNoData: String {
    switch ensemble {
    case .product:
      "simulation-based calibration draws data given a network, and the product ensemble is conditioned on none; "
        + "say {\"kind\": \"gibbs\", \"tightness\": 10}, or use check, which knows exact averages of product ensembles"
    case .gibbs(let tightness) where tightness == 0:
      "at tightness 0 networks are conditioned on no data; say a positive tightness"
    default:
      "the wanted outputs at all stimuli of a Gaussian are infinitely many data; say "
        + "\"stimuli\": {\"kind\": \"sampled\", \"count\": 64}"
    }
  }
}

/// Replicas by an experiment's chains.
private struct Replicas<Ensemble: SampledEnsemble>: ChainVisitor {
  let calibration: SimulationBasedCalibration<Ensemble>

  func visit<Kernel: MarkovKernel, Warmup: Adaptation>(
    _ makeChain: @escaping ChainMaker<Ensemble.Density, Kernel, Warmup>
  ) -> CalibrationSampler where Warmup.Kernel == Kernel {
    CalibrationSampler(quantities: calibration.quantities) { [calibration] number, draws, thin, goesOn in
      try calibration.replica(number, draws: draws, thin: thin, goesOn: goesOn) { try makeChain($0, number) }
    } pilot: { [calibration] number, draws, goesOn in
      try calibration.pilot(number, draws: draws, goesOn: goesOn) { try makeChain($0, number) }
    }
  }
}
