// From an experiment and its sampler to sources of draws: kernel, warm-up, start, observables.

import Networks
import Sampling
import Storage

/// Runs the chains of an experiment.
struct SamplerAssembly: Sendable {
  /// Rungs of a tempering ladder.
  static let rungs = 8
  /// Leapfrog steps of a trajectory unless the spec names a number: drawn anew for each, so that no direction resonates.
  /// Of the ranges in docs/kernels.md the one that loses least on any of its targets.
  static let leapfrogSteps = 6...18

  let experiment: Experiment
  let ensemble: GainModulatedLinearEnsemble
  let choice: SamplerChoice
  /// Set for chains that start where another run's ended.
  let warmStart: WarmStart?

  init(_ experiment: Experiment, choice: SamplerChoice, warmStart: WarmStart?) throws {
    self.experiment = experiment
    ensemble = try experiment.networkEnsemble()
    self.choice = choice
    self.warmStart = warmStart
  }

  /// Takes all chains of a run to `draws` draws.
  ///
  /// - Throws: whatever stops the run before it begins: no such distribution, an unusable run directory.
  func run(_ executor: RunExecutor, draws: Int, stop: StopFlag, progress: ProgressTable) throws -> [ChainOutcome] {
    let work = Work(executor: executor, draws: draws, stop: stop, progress: progress)
    if choice.kind == .exact {
      let law = NeuronLaw(try ensemble.solve())
      return try work.run { chain in
        ProductSource(
          law, neurons: ensemble.neurons, stimulusCovariance: ensemble.stimulusCovariance, chain: chain,
          stream: try stream(.exactDraws, chain))
      }
    }
    let density = try ensemble.density()
    let sampler = experiment.sampler
    let tuning = Tuning(stepSize: sampler.stepSize ?? 0.1, inverseMetric: try priorMetric(density))
    let length = sampler.leapfrogSteps.map { HamiltonianMonteCarlo<GainModulatedLinearDensity>.Length.fixed($0) }
    let hamiltonian = HamiltonianMonteCarlo(density, tuning: tuning, length: length ?? .uniform(Self.leapfrogSteps))
    switch choice.kind {
    case .exact: preconditionFailure("exact draws need no kernel")
    case .metropolis: return try tuned(RandomWalkMetropolis(density, tuning: tuning), work)
    case .mala: return try tuned(Langevin(density, tuning: tuning), work)
    case .ula: return try tuned(Langevin(density, tuning: tuning, correction: .unadjusted), work)
    case .pcn: return try tuned(PreconditionedCrankNicolson(density, stepSize: sampler.stepSize ?? 0.1), work)
    case .hmc: return try tuned(hamiltonian, work)
    case .nuts: return try tuned(NoUTurn(density, tuning: tuning), work)
    case .ellipticalSlice:
      let slice = EllipticalSlice(density)
      return hasFlips
        ? try run(Cycle(slice, BinaryFlips(density)), NoAdaptation(transitions: sampler.warmup), work)
        : try run(slice, NoAdaptation(transitions: sampler.warmup), work)
    case .independence:
      guard hasFlips else {
        throw UnsupportedExperiment(
          "sampler.kind", "independence proposes networks with drawn gains; with active probability 1 choose another")
      }
      let proposal = ProductProposal(try ensemble.solve(), neurons: ensemble.neurons)
      return try run(
        IndependenceMetropolis(density, proposal: proposal), NoAdaptation(transitions: sampler.warmup), work)
    case .tempering:
      return hasFlips
        ? try tempered(Cycle(hamiltonian, BinaryFlips(density)), work) : try tempered(hamiltonian, work)
    }
  }

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

  private var hasFlips: Bool { ensemble.activeProbability < 1 }

  /// A kernel for the weights, with a sweep of flips where gains are drawn, tuned in warm-up unless the spec fixes its step.
  private func tuned<Kernel: TunableKernel>(_ kernel: Kernel, _ work: Work) throws -> [ChainOutcome]
  where Kernel.Target == GainModulatedLinearDensity {
    guard hasFlips else { return try warmedUp(kernel, work) }
    return try warmedUp(Cycle(kernel, BinaryFlips(kernel.target)), work)
  }

  private func warmedUp<Kernel: TunableKernel>(_ kernel: Kernel, _ work: Work) throws -> [ChainOutcome] {
    guard experiment.sampler.stepSize == nil else {
      return try run(kernel, NoAdaptation(transitions: experiment.sampler.warmup), work)
    }
    return try run(kernel, windows(), work)
  }

  private func tempered<Kernel: TunableKernel>(_ kernel: Kernel, _ work: Work) throws -> [ChainOutcome]
  where Kernel.Target: TemperableLogDensity {
    let ladder = try TemperatureLadder.even(rungs: Self.rungs)
    let exchange = { @Sendable (chain: Int) in
      ReplicaExchange(
        kernel, ladder: ladder, seed: experiment.sampler.seed, chain: chain, generator: experiment.sampler.generator)
    }
    guard experiment.sampler.stepSize == nil else {
      let rung = NoAdaptation<Kernel>(transitions: experiment.sampler.warmup)
      return try run(TemperingAdaptation(rung, rungs: Self.rungs), work, kernel: exchange)
    }
    return try run(TemperingAdaptation(windows(), rungs: Self.rungs), work, kernel: exchange)
  }

  private func windows<Kernel: TunableKernel>() -> WindowedAdaptation<Kernel> {
    let kind: InverseMetric.Kind =
      switch experiment.sampler.metric {
      case .identity: .identity
      case .diagonal: .diagonal
      case .dense: .dense
      }
    return WindowedAdaptation(.windows(transitions: experiment.sampler.warmup), metric: kind)
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
    let observables = GainModulatedLinearObservables(
      density: density, target: ensemble.task.target, stimulusCovariance: ensemble.stimulusCovariance)
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
          accumulator: PopulationAccumulator(density: density), thin: experiment.sampler.thin)
      }
    }
    return try work.run { number in
      let end = try warmStart.restore(chain: number, into: try coldChain(number))
      let chain = try Chain(
        number: number, kernel: end.kernel, warmup: NoAdaptation<Kernel>(transitions: 0), start: end.position,
        stream: try stream(.transitions, number))
      return ChainSource(
        chain, layout: density.layout, observables: observables, accumulator: PopulationAccumulator(density: density),
        thin: experiment.sampler.thin)
    }
  }

  private func stream(_ purpose: StreamPurpose, _ chain: Int) throws -> RandomStream {
    try RandomStream(
      StreamKey(seed: experiment.sampler.seed, chain: chain, purpose: purpose),
      generator: experiment.sampler.generator)
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
