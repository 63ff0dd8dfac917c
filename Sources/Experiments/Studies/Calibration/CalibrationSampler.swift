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
    let choice = SamplerChoice(self)
    let catalogue = try KernelCatalogue(self, ensemble, choice)
    if choice.kind == .tempering {
      return try catalogue.rung(
        visit: TemperedReplicas(calibration: calibration, sampler: sampler, rungs: choice.kind.row.points))
    }
    return try catalogue.visit(PlainReplicas(calibration: calibration, sampler: sampler))
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

/// Replicas by a kernel as it is, tuned in warm-up unless the spec fixes its step.
private struct PlainReplicas<Ensemble: SampledEnsemble>: KernelVisitor {
  typealias Density = Ensemble.Density
  let calibration: SimulationBasedCalibration<Ensemble>
  let sampler: SamplerSection

  func visit<Kernel: TunableKernel>(
    tunable make: @escaping KernelMaker<Density, Kernel>
  ) throws -> CalibrationSampler where Kernel.Target == Density {
    guard sampler.stepSize == nil else { return try visit(plain: make) }
    return CalibrationSampler(calibration) { [sampler] density, _ in
      (try make(density), sampler.adaptation() as WindowedAdaptation<Kernel>)
    }
  }

  func visit<Kernel: PointKernel>(
    plain make: @escaping KernelMaker<Density, Kernel>
  ) throws -> CalibrationSampler where Kernel.Target == Density {
    CalibrationSampler(calibration) { [sampler] density, _ in
      (try make(density), NoAdaptation<Kernel>(transitions: sampler.warmup))
    }
  }
}

/// Replicas by a kernel on every rung of a ladder.
private struct TemperedReplicas<Ensemble: SampledEnsemble>: KernelVisitor {
  typealias Density = Ensemble.Density
  let calibration: SimulationBasedCalibration<Ensemble>
  let sampler: SamplerSection
  let rungs: Int

  func visit<Kernel: TunableKernel>(
    tunable make: @escaping KernelMaker<Density, Kernel>
  ) throws -> CalibrationSampler where Kernel.Target == Density {
    guard sampler.stepSize == nil else { return try visit(plain: make) }
    return try replicas(make) { sampler.adaptation() as WindowedAdaptation<Kernel> }
  }

  func visit<Kernel: PointKernel>(
    plain make: @escaping KernelMaker<Density, Kernel>
  ) throws -> CalibrationSampler where Kernel.Target == Density {
    try replicas(make) { NoAdaptation<Kernel>(transitions: sampler.warmup) }
  }

  private func replicas<Kernel: PointKernel, Warmup: Adaptation>(
    _ make: @escaping KernelMaker<Density, Kernel>, warmup: @escaping @Sendable () -> Warmup
  ) throws -> CalibrationSampler where Kernel.Target == Density, Warmup.Kernel == Kernel {
    let ladder = try TemperatureLadder.even(rungs: rungs)
    return CalibrationSampler(calibration) { [sampler, rungs] density, number in
      (
        ReplicaExchange(
          try make(density), ladder: ladder, seed: sampler.seed, chain: number, generator: sampler.generator),
        TemperingAdaptation(warmup(), rungs: rungs)
      )
    }
  }
}

extension CalibrationSampler {
  /// - Parameter makeChain: a kernel for a density, and its warm-up, of the replica of a number.
  fileprivate init<Ensemble: SampledEnsemble, Kernel: MarkovKernel, Warmup: Adaptation>(
    _ calibration: SimulationBasedCalibration<Ensemble>,
    makeChain: @escaping @Sendable (Ensemble.Density, Int) throws -> (kernel: Kernel, warmup: Warmup)
  ) where Warmup.Kernel == Kernel {
    quantities = calibration.quantities
    replica = { number, draws, thin, goesOn in
      try calibration.replica(number, draws: draws, thin: thin, goesOn: goesOn) { try makeChain($0, number) }
    }
    pilot = { number, draws, goesOn in
      try calibration.pilot(number, draws: draws, goesOn: goesOn) { try makeChain($0, number) }
    }
  }
}
