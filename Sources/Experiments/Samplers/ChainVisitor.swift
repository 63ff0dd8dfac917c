// The chains of an experiment's sampler, for whoever draws them in memory.

import Networks
import Sampling

/// Makes the kernel and the warm-up of the chain of a number, for a density.
typealias ChainMaker<Density, Kernel, Warmup> =
  @Sendable (_ density: Density, _ number: Int) throws -> (kernel: Kernel, warmup: Warmup)

/// What is done with chains, whatever their kernel is.
protocol ChainVisitor {
  associatedtype Density: NetworkDensity
  associatedtype Result
  func visit<Kernel: MarkovKernel, Warmup: Adaptation>(
    _ makeChain: @escaping ChainMaker<Density, Kernel, Warmup>
  ) throws -> Result where Warmup.Kernel == Kernel
}

extension Experiment {
  /// Chains by the kernel that the spec names, or by that kernel on every rung of a ladder; tuned in warm-up unless the spec fixes the step.
  func chains<Ensemble: SampledEnsemble, Visitor: ChainVisitor>(
    of ensemble: Ensemble, visit visitor: Visitor
  ) throws -> Visitor.Result where Visitor.Density == Ensemble.Density {
    let choice = SamplerChoice(self)
    let catalogue = try KernelCatalogue(self, ensemble, choice)
    if choice.kind == .tempering {
      return try catalogue.rung(visit: LadderChains(visitor: visitor, sampler: sampler, rungs: choice.kind.row.points))
    }
    return try catalogue.visit(PlainChains(visitor: visitor, sampler: sampler))
  }
}

/// Chains by a kernel as it is.
private struct PlainChains<Visitor: ChainVisitor>: KernelVisitor {
  typealias Density = Visitor.Density
  let visitor: Visitor
  let sampler: SamplerSection

  func visit<Kernel: TunableKernel>(
    tunable make: @escaping KernelMaker<Density, Kernel>
  ) throws -> Visitor.Result where Kernel.Target == Density {
    guard sampler.stepSize == nil else { return try visit(plain: make) }
    return try visitor.visit { [sampler] density, _ in
      (try make(density), sampler.adaptation() as WindowedAdaptation<Kernel>)
    }
  }

  func visit<Kernel: PointKernel>(
    plain make: @escaping KernelMaker<Density, Kernel>
  ) throws -> Visitor.Result where Kernel.Target == Density {
    try visitor.visit { [sampler] density, _ in
      (try make(density), NoAdaptation<Kernel>(transitions: sampler.warmup))
    }
  }
}

/// Chains by a kernel on every rung of a ladder.
private struct LadderChains<Visitor: ChainVisitor>: KernelVisitor {
  typealias Density = Visitor.Density
  let visitor: Visitor
  let sampler: SamplerSection
  let rungs: Int

  func visit<Kernel: TunableKernel>(
    tunable make: @escaping KernelMaker<Density, Kernel>
  ) throws -> Visitor.Result where Kernel.Target == Density {
    guard sampler.stepSize == nil else { return try visit(plain: make) }
    return try ladders(make) { [sampler] in sampler.adaptation() as WindowedAdaptation<Kernel> }
  }

  func visit<Kernel: PointKernel>(
    plain make: @escaping KernelMaker<Density, Kernel>
  ) throws -> Visitor.Result where Kernel.Target == Density {
    try ladders(make) { [sampler] in NoAdaptation<Kernel>(transitions: sampler.warmup) }
  }

  private func ladders<Kernel: PointKernel, Warmup: Adaptation>(
    _ make: @escaping KernelMaker<Density, Kernel>, warmup: @escaping @Sendable () -> Warmup
  ) throws -> Visitor.Result where Kernel.Target == Density, Warmup.Kernel == Kernel {
    let ladder = try TemperatureLadder.even(rungs: rungs)
    return try visitor.visit { [sampler, rungs] density, number in
      (
        ReplicaExchange(
          try make(density), ladder: ladder, seed: sampler.seed, chain: number, generator: sampler.generator),
        TemperingAdaptation(warmup(), rungs: rungs)
      )
    }
  }
}
