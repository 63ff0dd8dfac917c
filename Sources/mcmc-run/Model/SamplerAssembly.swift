// From an experiment and its sampler to sources of draws: kernel, warm-up, start, observables.

import Networks
import Sampling
import Storage

/// Runs the chains of an experiment.
struct SamplerAssembly: Sendable {
  let experiment: Experiment
  let ensemble: GainModulatedLinearEnsemble
  let choice: SamplerChoice

  init(_ experiment: Experiment) throws {
    self.experiment = experiment
    ensemble = try experiment.networkEnsemble()
    choice = try SamplerChoice(experiment)
  }

  /// Takes all chains of a run to `draws` draws.
  ///
  /// - Throws: whatever stops the run before it begins: no such distribution, an unusable run directory.
  func run(_ executor: RunExecutor, draws: Int, stop: StopFlag, progress: ProgressTable) throws -> [ChainOutcome] {
    if choice.kind == .exact {
      let law = NeuronLaw(try ensemble.solve())
      return try executor.run(draws: draws, stop: stop, progress: progress) { chain in
        ProductSource(
          law, neurons: ensemble.neurons, stimulusCovariance: ensemble.stimulusCovariance, chain: chain,
          stream: try stream(.exactDraws, chain))
      }
    }
    let density = try ensemble.density()
    let langevin = Langevin(
      density, tuning: Tuning(stepSize: experiment.sampler.stepSize ?? 0.1, inverseMetric: try priorMetric(density)),
      correction: choice.kind == .ula ? .unadjusted : .adjusted)
    guard !density.layout.binaryRange.isEmpty else {
      return try run(langevin, on: density, executor, draws: draws, stop: stop, progress: progress)
    }
    return try run(
      Cycle(langevin, BinaryFlips(density)), on: density, executor, draws: draws, stop: stop, progress: progress)
  }

  private func run<Kernel: TunableKernel>(
    _ kernel: Kernel, on density: GainModulatedLinearDensity, _ executor: RunExecutor, draws: Int, stop: StopFlag,
    progress: ProgressTable
  ) throws -> [ChainOutcome] {
    let observables = GainModulatedLinearObservables(
      density: density, target: ensemble.task.target, stimulusCovariance: ensemble.stimulusCovariance)
    let sampler = experiment.sampler
    if sampler.stepSize != nil {
      return try executor.run(draws: draws, stop: stop, progress: progress) { chain in
        ChainSource(
          try self.chain(chain, kernel, warmup: NoAdaptation<Kernel>(transitions: sampler.warmup)),
          layout: density.layout, observables: observables, accumulator: PopulationAccumulator(density: density),
          thin: sampler.thin)
      }
    }
    let warmup = WindowedAdaptation<Kernel>(.windows(transitions: sampler.warmup), metric: metricKind)
    return try executor.run(draws: draws, stop: stop, progress: progress) { chain in
      ChainSource(
        try self.chain(chain, kernel, warmup: warmup), layout: density.layout, observables: observables,
        accumulator: PopulationAccumulator(density: density), thin: sampler.thin)
    }
  }

  private func chain<Kernel: MarkovKernel, Warmup: Adaptation>(
    _ number: Int, _ kernel: Kernel, warmup: Warmup
  ) throws -> Chain<Kernel, Warmup> where Warmup.Kernel == Kernel {
    var start = try stream(.start, number)
    let position = try ensemble.startingPosition(using: &start)
    return try Chain(
      number: number, kernel: kernel, warmup: warmup, start: position, stream: try stream(.transitions, number))
  }

  private func stream(_ purpose: StreamPurpose, _ chain: Int) throws -> RandomStream {
    try RandomStream(
      StreamKey(seed: experiment.sampler.seed, chain: chain, purpose: purpose),
      generator: experiment.sampler.generator)
  }

  private var metricKind: InverseMetric.Kind {
    switch experiment.sampler.metric {
    case .identity: .identity
    case .diagonal: .diagonal
    case .dense: .dense
    }
  }

  /// The prior variances: a better start than the identity where the scales differ.
  private func priorMetric(_ density: GainModulatedLinearDensity) throws -> InverseMetric {
    guard experiment.sampler.metric != .identity else { return .identity }
    return try .diagonal(variances: density.priorScales.map { $0 * $0 })
  }
}

extension StartError: ReportableError {
  var exitStatus: CommandStatus { .internalError }
}

extension StorageError: ReportableError {
  var exitStatus: CommandStatus { isInputOutput ? .inputOutput : .badInput }
}

extension ChainError: ReportableError {
  var exitStatus: CommandStatus { ErrorReport(reason).status }
}
