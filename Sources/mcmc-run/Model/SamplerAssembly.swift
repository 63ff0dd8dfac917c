// From an experiment and its sampler to sources of draws: kernel, warm-up, start, observables.

import Networks
import Sampling
import Storage

/// Runs the chains of an experiment, whatever its model.
protocol ChainRunner: Sendable {
  /// Takes all chains of a run to `draws` draws.
  ///
  /// - Throws: whatever stops the run before it begins: no such distribution, an unusable run directory.
  func run(_ executor: RunExecutor, draws: Int, stop: StopFlag, progress: ProgressTable) throws -> [ChainOutcome]
}

/// The chains of an experiment with one model.
struct SamplerAssembly<Ensemble: SampledEnsemble>: ChainRunner {
  typealias Density = Ensemble.Density

  /// Rungs of a tempering ladder.
  private static var rungs: Int { 8 }

  let experiment: Experiment
  let ensemble: Ensemble
  let choice: SamplerChoice
  /// Set for chains that start where another run's ended.
  let warmStart: WarmStart?

  func run(_ executor: RunExecutor, draws: Int, stop: StopFlag, progress: ProgressTable) throws -> [ChainOutcome] {
    let work = Work(executor: executor, draws: draws, stop: stop, progress: progress)
    if choice.kind == .exact, ensemble.isDrawnExactly {
      return try work.run { chain in
        guard let source = try ensemble.exactSource(chain: chain, stream: try stream(.exactDraws, chain)) else {
          preconditionFailure("exact draws of an ensemble that has none")
        }
        return source
      }
    }
    if choice.kind == .tempering {
      return try catalogue().hamiltonian(visit: TemperedRun(assembly: self, work: work))
    }
    return try catalogue().visit(PlainRun(assembly: self, work: work))
  }

  private func catalogue() throws -> KernelCatalogue<Ensemble> { try KernelCatalogue(experiment, ensemble, choice) }

  /// What every chain is run with.
  private struct Work: Sendable {
    let executor: RunExecutor
    let draws: Int
    let stop: StopFlag
    let progress: ProgressTable

    func run<Source: DrawSource & SendableMetatype & ~Copyable>(
      _ makeSource: @escaping @Sendable (Int) throws -> Source
    ) throws -> [ChainOutcome] {
      try executor.run(draws: draws, stop: stop, progress: progress, makeSource: makeSource)
    }
  }

  /// Runs a kernel as it is, tuned in warm-up unless the spec fixes its step.
  private struct PlainRun: KernelVisitor {
    let assembly: SamplerAssembly<Ensemble>
    let work: Work

    func visit<Kernel: TunableKernel>(
      tunable make: @escaping KernelMaker<Density, Kernel>
    ) throws -> [ChainOutcome] where Kernel.Target == Density {
      guard assembly.experiment.sampler.stepSize == nil else { return try visit(plain: make) }
      return try assembly.run(make(assembly.ensemble.density()), assembly.windows(), work)
    }

    func visit<Kernel: PointKernel>(
      plain make: @escaping KernelMaker<Density, Kernel>
    ) throws -> [ChainOutcome] where Kernel.Target == Density {
      try assembly.run(
        make(assembly.ensemble.density()), NoAdaptation(transitions: assembly.experiment.sampler.warmup), work)
    }
  }

  /// Runs a kernel on every rung of a ladder.
  private struct TemperedRun: KernelVisitor {
    let assembly: SamplerAssembly<Ensemble>
    let work: Work

    func visit<Kernel: TunableKernel>(
      tunable make: @escaping KernelMaker<Density, Kernel>
    ) throws -> [ChainOutcome] where Kernel.Target == Density {
      guard assembly.experiment.sampler.stepSize == nil else { return try visit(plain: make) }
      return try run(make, warmup: assembly.windows())
    }

    func visit<Kernel: PointKernel>(
      plain make: @escaping KernelMaker<Density, Kernel>
    ) throws -> [ChainOutcome] where Kernel.Target == Density {
      try run(make, warmup: NoAdaptation<Kernel>(transitions: assembly.experiment.sampler.warmup))
    }

    private func run<Kernel: PointKernel, Warmup: Adaptation>(
      _ make: KernelMaker<Density, Kernel>, warmup: Warmup
    ) throws -> [ChainOutcome] where Kernel.Target == Density, Warmup.Kernel == Kernel {
      let ladder = try TemperatureLadder.even(rungs: SamplerAssembly<Ensemble>.rungs)
      let kernel = try make(assembly.ensemble.density())
      let sampler = assembly.experiment.sampler
      return try assembly.run(TemperingAdaptation(warmup, rungs: SamplerAssembly<Ensemble>.rungs), work) { chain in
        ReplicaExchange(kernel, ladder: ladder, seed: sampler.seed, chain: chain, generator: sampler.generator)
      }
    }
  }

  fileprivate func windows<Kernel: TunableKernel>() -> WindowedAdaptation<Kernel> {
    WindowedAdaptation(
      .windows(transitions: experiment.sampler.warmup), metric: InverseMetric.Kind(experiment.sampler.metric))
  }

  private func run<Kernel: MarkovKernel, Warmup: Adaptation>(
    _ kernel: Kernel, _ warmup: Warmup, _ work: Work
  ) throws -> [ChainOutcome] where Warmup.Kernel == Kernel {
    try run(warmup, work) { _ in kernel }
  }

  private func run<Kernel: MarkovKernel, Warmup: Adaptation>(
    _ warmup: Warmup, _ work: Work, kernel makeKernel: @escaping @Sendable (Int) -> Kernel
  ) throws -> [ChainOutcome] where Warmup.Kernel == Kernel {
    let density = try ensemble.density()
    let observables = ensemble.observables(of: density)
    let accumulator = ensemble.accumulator(of: density)
    @Sendable func coldChain(_ number: Int) throws -> Chain<Kernel, Warmup> {
      var start = try stream(.start, number)
      return try Chain(
        number: number, kernel: makeKernel(number), warmup: warmup,
        start: try ensemble.startingPosition(using: &start), stream: try stream(.transitions, number))
    }
    guard let warmStart else {
      return try work.run { number in
        ChainSource(
          try coldChain(number), layout: density.layout, observables: observables,
          accumulator: accumulator, thin: experiment.sampler.thin)
      }
    }
    return try work.run { number in
      let end = try warmStart.restore(chain: number, into: try coldChain(number))
      let chain = try Chain(
        number: number, kernel: end.kernel, warmup: NoAdaptation<Kernel>(transitions: 0), start: end.position,
        stream: try stream(.transitions, number))
      return ChainSource(
        chain, layout: density.layout, observables: observables, accumulator: accumulator,
        thin: experiment.sampler.thin)
    }
  }

  private func stream(_ purpose: StreamPurpose, _ chain: Int) throws -> RandomStream {
    try RandomStream(
      StreamKey(seed: experiment.sampler.seed, chain: chain, purpose: purpose),
      generator: experiment.sampler.generator)
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
