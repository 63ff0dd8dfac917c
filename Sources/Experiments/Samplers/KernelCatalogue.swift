// The kernels that a spec can name, as values that the rest of the program can use without knowing their types.

import Networks
import Sampling

/// Makes a kernel for a density of the experiment's ensemble.
package typealias KernelMaker<Density, Kernel> = @Sendable (Density) throws -> Kernel

/// Does something with a kernel whose type only the catalogue knows.
package protocol KernelVisitor {
  associatedtype Density: NetworkDensity
  associatedtype Result
  /// A kernel with a step size and a metric.
  func visit<Kernel: TunableKernel>(tunable make: @escaping KernelMaker<Density, Kernel>) throws -> Result
  where Kernel.Target == Density
  /// A kernel with nothing to tune.
  func visit<Kernel: PointKernel>(plain make: @escaping KernelMaker<Density, Kernel>) throws -> Result
  where Kernel.Target == Density
}

/// The kernel of an experiment: for the weights, with a sweep of flips where gains are drawn.
package struct KernelCatalogue<Ensemble: SampledEnsemble>: Sendable {
  package typealias Density = Ensemble.Density

  /// The longest time of a trajectory unless the spec names one or a number of steps: about the quarter period of the prior. Of those
  /// measured in docs/kernels.md the one that loses least on its worst ensemble.
  static var trajectory: Double { 2 }

  private let ensemble: Ensemble
  private let sampler: SamplerSection
  private let kind: SamplerChoice.Kind
  private let hasFlips: Bool
  private let hasRealWeights: Bool
  private let hasGradients: Bool

  init(_ experiment: Experiment, _ ensemble: Ensemble, _ choice: SamplerChoice) throws {
    self.ensemble = ensemble
    sampler = experiment.sampler
    kind = choice.kind
    let layout = try ensemble.density().layout
    hasFlips = !layout.binaryRange.isEmpty
    hasRealWeights = layout.realCount > 0
    hasGradients = experiment.hasGradients
  }

  /// Gives the kernel to a visitor.
  ///
  /// - Precondition: a kernel of one point, not tempering; exact draws only by rejection.
  func visit<Visitor: KernelVisitor>(_ visitor: Visitor) throws -> Visitor.Result
  where Visitor.Density == Density {
    switch kind {
    case .auto, .tempering: preconditionFailure("\(kind.rawValue) is no kernel of one point")
    case .exact:
      return try visitor.visit(plain: { density in
        guard let kernel = density.exactKernel() else { throw NoStructuredKernel(sampler: kind) }
        return kernel
      })
    case .metropolis: return try withFlips(visitor) { RandomWalkMetropolis($0, tuning: tuning($0)) }
    case .mala: return try withFlips(visitor) { Langevin($0, tuning: tuning($0)) }
    case .ula: return try withFlips(visitor) { Langevin($0, tuning: tuning($0), correction: .unadjusted) }
    case .pcn:
      return try withFlips(visitor) { PreconditionedCrankNicolson($0, stepSize: sampler.stepSize ?? 0.1) }
    case .nuts:
      return try withFlips(visitor) {
        NoUTurn($0, tuning: tuning($0), maximumDepth: SamplerChoice.maximumTreeDepth)
      }
    case .hmc: return try hamiltonian(visit: visitor)
    case .ghmc:
      return try withFlips(visitor) {
        GeneralizedHamiltonianMonteCarlo(
          $0, tuning: tuning($0), steps: sampler.leapfrogSteps ?? 1, persistence: sampler.trajectory ?? 1.5)
      }
    case .ellipticalSlice: return try slices(visit: visitor)
    case .flips: return try visitor.visit(plain: { BinaryFlips($0) })
    case .collapsedGibbs:
      return try visitor.visit(plain: { density in
        guard let kernel = density.collapsedKernel() else { throw NoStructuredKernel(sampler: kind) }
        return kernel
      })
    case .collapsedHmc:
      return try visitor.visit(tunable: { density in
        guard let kernel = density.collapsedTrajectoryKernel(stepSize: sampler.stepSize ?? 0.1, length: length) else {
          throw NoStructuredKernel(sampler: kind)
        }
        return kernel
      })
    case .neuronGibbs:
      return try visitor.visit(tunable: { density in
        guard var kernel = density.neuronKernel() else { throw NoStructuredKernel(sampler: kind) }
        if let stepSize = sampler.stepSize { kernel.tuning.stepSize = stepSize }
        return kernel
      })
    case .independence:
      let proposal = try ensemble.proposal()
      return try visitor.visit(plain: { IndependenceMetropolis($0, proposal: proposal) })
    }
  }

  /// The acceptance rate that warm-up aims at with this experiment; nil where nothing is tuned, or where the rate of an accept
  /// step that is not made says nothing of the draws.
  ///
  /// - Throws: whatever stops the ensemble from existing.
  func acceptanceGoal() throws -> Double? {
    guard kind.row.hasStepSize, !kind.row.isBiased, sampler.stepSize == nil else { return nil }
    if let goal = sampler.targetAcceptance { return goal }
    let goal = AcceptanceGoal(density: try ensemble.density())
    return kind == .tempering ? try rung(visit: goal) : try visit(goal)
  }

  private struct AcceptanceGoal: KernelVisitor {
    let density: Density

    func visit<Kernel: TunableKernel>(
      tunable make: @escaping KernelMaker<Density, Kernel>
    ) throws -> Double? where Kernel.Target == Density { try make(density).tuningGoal.acceptanceRate }

    func visit<Kernel: PointKernel>(
      plain make: @escaping KernelMaker<Density, Kernel>
    ) throws -> Double? where Kernel.Target == Density { nil }
  }

  /// Gives the kernel of a ladder's rungs to a visitor: Hamiltonian Monte Carlo, slices where there are no gradients, and flips alone where
  /// all weights are signs.
  func rung<Visitor: KernelVisitor>(visit visitor: Visitor) throws -> Visitor.Result
  where Visitor.Density == Density {
    guard hasRealWeights else { return try visitor.visit(plain: { BinaryFlips($0) }) }
    return hasGradients ? try hamiltonian(visit: visitor) : try slices(visit: visitor)
  }

  private func slices<Visitor: KernelVisitor>(visit visitor: Visitor) throws -> Visitor.Result
  where Visitor.Density == Density {
    hasFlips
      ? try visitor.visit(plain: { Cycle(EllipticalSlice($0), BinaryFlips($0)) })
      : try visitor.visit(plain: { EllipticalSlice($0) })
  }

  /// Gives Hamiltonian Monte Carlo to a visitor.
  func hamiltonian<Visitor: KernelVisitor>(visit visitor: Visitor) throws -> Visitor.Result
  where Visitor.Density == Density {
    try withFlips(visitor) {
      HamiltonianMonteCarlo($0, tuning: tuning($0), length: length)
    }
  }

  private var length: TrajectoryLength {
    sampler.leapfrogSteps.map { .fixed($0) } ?? .time(upTo: sampler.trajectory ?? Self.trajectory)
  }

  private func withFlips<Kernel: TunableKernel, Visitor: KernelVisitor>(
    _ visitor: Visitor, _ make: @escaping KernelMaker<Density, Kernel>
  ) throws -> Visitor.Result where Kernel.Target == Density, Visitor.Density == Density {
    hasFlips
      ? try visitor.visit(tunable: { Cycle(try make($0), BinaryFlips($0)) }) : try visitor.visit(tunable: make)
  }

  /// The spec's step size, or one to begin with: in units of the prior, or with the identity as metric in those of the weights.
  private func tuning(_ density: Density) -> Tuning {
    guard sampler.metric == .identity else { return Tuning(stepSize: sampler.stepSize ?? 0.1, inUnitsOf: density) }
    return Tuning(stepSize: sampler.stepSize ?? 0.1 * density.priorScales.min()!)
  }
}

/// A density that turned out not to have what its sampler needs: multipliers too large for rejection.
package struct NoStructuredKernel: ExperimentError {
  let sampler: SamplerName
  package var description: String {
    sampler == .exact
      ? "sampler.kind: \"exact\" draws might take more than 10000 proposals a neuron with the multipliers of this task; "
        + "say \"auto\""
      : "sampler.kind: \"\(sampler.rawValue)\" cannot sample this ensemble; say \"auto\""
  }
  package var kind: FailureKind { .input }
}
