// From an experiment to the search of its tightness: the kernel that the spec asks for, at any tightness.

import Networks
import Sampling

/// Finds the tightness with the experiment's Hamiltonian kernel.
package struct TightnessVisitor<Ensemble: SampledEnsemble>: KernelVisitor {
  package typealias Density = Ensemble.Density
  let experiment: Experiment
  /// The ensemble at tightness 1.
  let density: Density
  let loss: Double
  let threads: Int
  let progress: (TightnessProgress) throws -> Void

  package func visit<Kernel: TunableKernel>(
    tunable make: @escaping KernelMaker<Density, Kernel>
  ) throws -> TightnessSolution where Kernel.Target == Density {
    // The kernel of one tightness serves all: only its target changes, and its tuning is found anew in every round.
    let kernel = try make(density)
    let experiment = experiment
    @Sendable func makeDensity(_ tightness: Double) -> Density {
      var solution = ModelSolution()
      solution.tightness = ModelSolution.Estimated(value: tightness, standardError: 0)
      guard let density = try? (experiment.networkEnsemble(solution) as? Ensemble)?.density() else {
        preconditionFailure("an ensemble that exists at one tightness exists at all")
      }
      return density
    }
    var search = TightnessSearch()
    search.threads = threads
    return try search.solve(
      expectedLoss: loss, seed: experiment.sampler.seed, progress: progress, makeDensity: makeDensity
    ) { target in
      var copy = kernel
      copy.target = target
      return copy
    }
  }

  package func visit<Kernel: PointKernel>(
    plain make: @escaping KernelMaker<Density, Kernel>
  ) throws -> TightnessSolution where Kernel.Target == Density {
    preconditionFailure("Hamiltonian kernels are tuned")
  }
}
