// From an experiment and its sampler to sources of draws: kernel, warm-up, start, observables.

import Networks
import Sampling
import Storage

/// Runs the chains of an experiment, whatever its model.
package protocol ChainRunner: Sendable {
  /// The scalars that are recorded with every draw.
  var recorded: [String] { get }
  /// Takes all chains of a run to `draws` draws.
  ///
  /// - Throws: whatever stops the run before it begins: no such distribution, an unusable run directory.
  func run(_ executor: RunExecutor, draws: Int, stop: StopFlag, progress: ProgressTable) throws -> [ChainOutcome]
}

/// The chains of an experiment with one model.
package struct SamplerAssembly<Ensemble: SampledEnsemble>: ChainRunner {
  package typealias Density = Ensemble.Density

  let experiment: Experiment
  let ensemble: Ensemble
  let choice: SamplerChoice
  /// Set for chains that start where another run's ended.
  let warmStart: WarmStart?
  /// More of them than chains share the ladders of tempering.
  let ranks: Ranks
  package private(set) var recorded: [String] = []

  /// - Throws: ``SpecError`` for observables that cannot be evaluated; ``MaxEntropyError`` if the ensemble does not exist.
  init(
    _ experiment: Experiment, _ ensemble: Ensemble, _ choice: SamplerChoice, _ warmStart: WarmStart?, _ ranks: Ranks
  ) throws {
    self.experiment = experiment
    self.ensemble = ensemble
    self.choice = choice
    self.warmStart = warmStart
    self.ranks = ranks
    if isExact {
      recorded = try visitExactSources(SourceTrial()).scalarNames
    } else {
      let density = try ensemble.density()
      recorded = try observables(of: density).variables.flatMap(\.scalarNames)
      try requireStarts(density)
    }
  }

  /// Checks the networks that the spec says chains start from.
  ///
  /// - Throws: ``UnsupportedExperiment`` for networks of another size, gains that are none, and networks that the density excludes.
  private func requireStarts(_ density: Density) throws {
    let starts = experiment.sampler.start
    for chain in Set(starts.entries.indices) {
      let start = starts.start(ofChain: chain)
      guard case .networks(let file) = start else { continue }
      func failure(_ message: String) -> UnsupportedExperiment {
        UnsupportedExperiment("sampler.start", "\(file.location.path): \(message)")
      }
      guard file.table.columns == density.dimension else {
        throw failure(
          "its networks have \(file.table.columns) numbers; allowed: \(density.dimension), in the order "
            + density.layout.blocks.map { "\($0.name) \(StoredArray.words($0.shape))" }.joined(separator: ", "))
      }
      for row in 0..<file.table.rows {
        let position = file.table.row(row)
        for k in density.layout.binaryRange where position[k] != 0 && position[k] != 1 {
          throw failure(
            "network \(row + 1) has \(position[k]) as \(density.layout.name(ofCoordinate: k)); allowed: 0 or 1")
        }
        var workspace = density.makeWorkspace()
        guard density.logDensity(at: position.span, using: &workspace).isFinite else {
          throw failure("network \(row + 1) is impossible in this ensemble; allowed: networks of finite density")
        }
      }
    }
  }

  /// Where a chain starts.
  private func startingPosition(_ number: Int) throws -> [Double] {
    switch experiment.sampler.start.start(ofChain: number) {
    case .prior:
      var start = try stream(.start, number)
      return try ensemble.startingPosition(using: &start)
    case .teacher: return try experiment.teacher()!.position
    case .networks(let file):
      return file.table.row(experiment.sampler.start.network(ofChain: number, among: file.table.rows))
    }
  }

  private var isExact: Bool { choice.kind == .exact && ensemble.isDrawnExactly }

  private func visitExactSources<Visitor: ExactSourceVisitor>(_ visitor: Visitor) throws -> Visitor.Result {
    let result = try ensemble.visitExactSources(visitor) {
      try stream(.exactDraws, $0)
    } observables: {
      try experiment.expressionObservables(behind: $0)
    }
    guard let result else { preconditionFailure("exact draws of an ensemble that has none") }
    return result
  }

  /// Says what draws consist of, by the first chain's source; to make it finds what cannot be drawn before a run begins.
  private struct SourceTrial: ExactSourceVisitor {
    func visit<Source: DrawSource & SendableMetatype & ~Copyable>(
      _ make: @escaping @Sendable (Int) throws -> Source
    ) throws -> DrawSchema { try make(0).schema }
  }

  private struct ExactRun: ExactSourceVisitor {
    let work: Work

    func visit<Source: DrawSource & SendableMetatype & ~Copyable>(
      _ make: @escaping @Sendable (Int) throws -> Source
    ) throws -> [ChainOutcome] { try work.run(make) }
  }

  private func observables(of density: Density) throws -> ExtendedObservables<Ensemble.Seen> {
    try experiment.extended(ensemble.observables(of: density), at: density.layout)
  }

  package func run(_ executor: RunExecutor, draws: Int, stop: StopFlag, progress: ProgressTable) throws
    -> [ChainOutcome]
  {
    let work = Work(executor: executor, draws: draws, stop: stop, progress: progress)
    if isExact { return try visitExactSources(ExactRun(work: work)) }
    if choice.kind == .tempering {
      return try catalogue().rung(visit: TemperedRun(assembly: self, work: work))
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

    /// Runs a chain as a member of a team; the leader has the draws.
    func run<Source: SharedDrawSource & SendableMetatype & ~Copyable>(
      with team: RankTeam, rank: Int, _ makeSource: @escaping @Sendable (Int) throws -> Source
    ) throws -> [ChainOutcome] {
      defer { team.disband() }
      guard team.leads else {
        let chains = RunReader(executor.lock.run).chains
        try follow(team, chain: chains[rank % chains.count], makeSource)
        return []
      }
      defer { team.lead(.end) }
      return try run { chain in
        let source = try makeSource(chain)
        team.lead(.begin)
        if let member = team.firstUnready(true) {
          throw TeamFailure(
            description: "process \(member) of those that share the ladder of chain \(chain) could not begin")
        }
        return source
      }
    }

    private func follow<Source: SharedDrawSource & ~Copyable>(
      _ team: RankTeam, chain: Int, _ makeSource: (Int) throws -> Source
    ) throws {
      var source: Source?
      var failure: (any Error)?
      do {
        source = try makeSource(chain)
        let position = try RunReader(executor.lock.run).position(ofChain: chain)
        if let snapshot = position.snapshot { try source!.restore(snapshot) }
      } catch {
        failure = error
      }
      while true {
        switch team.nextCommand() {
        case .begin: _ = team.firstUnready(failure == nil)
        case .step: source!.advance()
        case .collect: source!.collect()
        case .end:
          if let failure { throw failure }
          return
        }
      }
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
      return try assembly.run(make(assembly.ensemble.density()), assembly.experiment.sampler.adaptation(), work)
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
      return try run(make, warmup: assembly.experiment.sampler.adaptation())
    }

    func visit<Kernel: PointKernel>(
      plain make: @escaping KernelMaker<Density, Kernel>
    ) throws -> [ChainOutcome] where Kernel.Target == Density {
      try run(make, warmup: NoAdaptation<Kernel>(transitions: assembly.experiment.sampler.warmup))
    }

    private func run<Kernel: PointKernel, Warmup: Adaptation>(
      _ make: KernelMaker<Density, Kernel>, warmup: Warmup
    ) throws -> [ChainOutcome] where Kernel.Target == Density, Warmup.Kernel == Kernel {
      let rungs = assembly.choice.kind.row.points
      let ladder = try TemperatureLadder.even(rungs: rungs)
      let kernel = try make(assembly.ensemble.density())
      let sampler = assembly.experiment.sampler
      let team = try assembly.ranks.ladderTeam(chains: work.executor.lock.run.description.chains.count, rungs: rungs)
      return try assembly.run(TemperingAdaptation(warmup, rungs: rungs), work, team: team) { chain in
        ReplicaExchange(
          kernel, ladder: ladder, seed: sampler.seed, chain: chain, generator: sampler.generator, team: team)
      }
    }
  }

  private func run<Kernel: MarkovKernel, Warmup: Adaptation>(
    _ kernel: Kernel, _ warmup: Warmup, _ work: Work
  ) throws -> [ChainOutcome] where Warmup.Kernel == Kernel {
    try run(warmup, work) { _ in kernel }
  }

  private func run<Kernel: MarkovKernel, Warmup: Adaptation>(
    _ warmup: Warmup, _ work: Work, team: RankTeam? = nil, kernel makeKernel: @escaping @Sendable (Int) -> Kernel
  ) throws -> [ChainOutcome] where Warmup.Kernel == Kernel {
    let density = try ensemble.density()
    let observables = try observables(of: density)
    let accumulator = ensemble.accumulator(of: density, heldOut: try experiment.heldOutReadout(choice.kind))
    func run<Tuning: Adaptation>(
      _ makeChain: @escaping @Sendable (Int) throws -> Chain<Kernel, Tuning>
    ) throws -> [ChainOutcome] {
      @Sendable func source(_ number: Int) throws -> ChainSource<
        Kernel, Tuning, ExtendedObservables<Ensemble.Seen>, Ensemble.Accumulator
      > {
        ChainSource(
          try makeChain(number), layout: density.layout, observables: observables, accumulator: accumulator,
          thin: experiment.sampler.thin)
      }
      guard let team else { return try work.run(source) }
      return try work.run(with: team, rank: ranks.rank, source)
    }
    @Sendable func startingPosition(_ number: Int) throws -> [Double] {
      if let network = try warmStart?.network(chain: number, dimension: density.dimension) { return network }
      return try self.startingPosition(number)
    }
    @Sendable func coldChain(_ number: Int) throws -> Chain<Kernel, Warmup> {
      try Chain(
        number: number, kernel: makeKernel(number), warmup: warmup, start: try startingPosition(number),
        stream: try stream(.transitions, number))
    }
    guard let warmStart, warmStart.hasTuning else { return try run(coldChain) }
    return try run { number in
      let end = try warmStart.restore(chain: number, into: try coldChain(number))
      return try Chain(
        number: number, kernel: end.kernel, warmup: NoAdaptation<Kernel>(transitions: 0), start: end.position,
        stream: try stream(.transitions, number))
    }
  }

  private func stream(_ purpose: StreamPurpose, _ chain: Int) throws -> RandomStream {
    try RandomStream(
      StreamKey(seed: experiment.sampler.seed, chain: chain, purpose: purpose),
      generator: experiment.sampler.generator)
  }
}
