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
    try chains(of: ensemble, visit: Students(sampling: sampling, sampler: sampler))
  }
}

/// Students by an experiment's chains.
private struct Students<Ensemble: SampledEnsemble>: ChainVisitor {
  let sampling: StudentSampling<Ensemble>
  let sampler: SamplerSection

  func visit<Kernel: MarkovKernel, Warmup: Adaptation>(
    _ makeChain: @escaping ChainMaker<Ensemble.Density, Kernel, Warmup>
  ) -> StudentSampler where Warmup.Kernel == Kernel {
    StudentSampler { [sampling, sampler] number, start, looks, goesOn in
      try sampling.chain(
        number, from: start, draws: sampler.draws, thin: sampler.thin, looks: looks, goesOn: goesOn
      ) { try makeChain($0, number) }
    }
  }
}
