// The sampler of an experiment, as what draws students of its teacher in memory.

import Networks
import Sampling

/// Draws chains of students by an experiment's own sampler, warm-up and all.
struct StudentSampler: Sendable {
  typealias GoesOn = () -> Bool

  /// A chain of a number from a start (nil: a draw of the prior), so many of its draws looked at; nil if it was ended.
  let chain: @Sendable (_ number: Int, _ start: [Double]?, _ looks: Int, GoesOn) throws -> StudentChain?
}

extension Experiment {
  /// - Parameter sampling: of the experiment's own ensemble.
  func studentSampler<Ensemble: SampledEnsemble>(
    _ ensemble: Ensemble, _ sampling: StudentSampling<Ensemble>
  ) throws -> StudentSampler {
    let choice = SamplerChoice(self)
    let catalogue = try KernelCatalogue(self, ensemble, choice)
    if choice.kind == .tempering {
      return try catalogue.rung(
        visit: TemperedStudents(sampling: sampling, sampler: sampler, rungs: choice.kind.row.points))
    }
    return try catalogue.visit(PlainStudents(sampling: sampling, sampler: sampler))
  }
}

/// Students by a kernel as it is, tuned in warm-up unless the spec fixes its step.
private struct PlainStudents<Ensemble: SampledEnsemble>: KernelVisitor {
  typealias Density = Ensemble.Density
  let sampling: StudentSampling<Ensemble>
  let sampler: SamplerSection

  func visit<Kernel: TunableKernel>(
    tunable make: @escaping KernelMaker<Density, Kernel>
  ) throws -> StudentSampler where Kernel.Target == Density {
    guard sampler.stepSize == nil else { return try visit(plain: make) }
    return StudentSampler(sampling, sampler) { [sampler] density, _ in
      (try make(density), sampler.adaptation() as WindowedAdaptation<Kernel>)
    }
  }

  func visit<Kernel: PointKernel>(
    plain make: @escaping KernelMaker<Density, Kernel>
  ) throws -> StudentSampler where Kernel.Target == Density {
    StudentSampler(sampling, sampler) { [sampler] density, _ in
      (try make(density), NoAdaptation<Kernel>(transitions: sampler.warmup))
    }
  }
}

/// Students by a kernel on every rung of a ladder.
private struct TemperedStudents<Ensemble: SampledEnsemble>: KernelVisitor {
  typealias Density = Ensemble.Density
  let sampling: StudentSampling<Ensemble>
  let sampler: SamplerSection
  let rungs: Int

  func visit<Kernel: TunableKernel>(
    tunable make: @escaping KernelMaker<Density, Kernel>
  ) throws -> StudentSampler where Kernel.Target == Density {
    guard sampler.stepSize == nil else { return try visit(plain: make) }
    return try students(make) { [sampler] in sampler.adaptation() as WindowedAdaptation<Kernel> }
  }

  func visit<Kernel: PointKernel>(
    plain make: @escaping KernelMaker<Density, Kernel>
  ) throws -> StudentSampler where Kernel.Target == Density {
    try students(make) { [sampler] in NoAdaptation<Kernel>(transitions: sampler.warmup) }
  }

  private func students<Kernel: PointKernel, Warmup: Adaptation>(
    _ make: @escaping KernelMaker<Density, Kernel>, warmup: @escaping @Sendable () -> Warmup
  ) throws -> StudentSampler where Kernel.Target == Density, Warmup.Kernel == Kernel {
    let ladder = try TemperatureLadder.even(rungs: rungs)
    return StudentSampler(sampling, sampler) { [sampler, rungs] density, number in
      (
        ReplicaExchange(
          try make(density), ladder: ladder, seed: sampler.seed, chain: number, generator: sampler.generator),
        TemperingAdaptation(warmup(), rungs: rungs)
      )
    }
  }
}

extension StudentSampler {
  /// - Parameter makeChain: a kernel for a density, and its warm-up, of the chain of a number.
  fileprivate init<Ensemble: SampledEnsemble, Kernel: MarkovKernel, Warmup: Adaptation>(
    _ sampling: StudentSampling<Ensemble>, _ sampler: SamplerSection,
    makeChain: @escaping @Sendable (Ensemble.Density, Int) throws -> (kernel: Kernel, warmup: Warmup)
  ) where Warmup.Kernel == Kernel {
    chain = { number, start, looks, goesOn in
      try sampling.chain(
        number, from: start, draws: sampler.draws, thin: sampler.thin, looks: looks, goesOn: goesOn
      ) { try makeChain($0, number) }
    }
  }
}
