// The front door to maximum entropy with any constraint functions: multipliers by stochastic Newton on the dual.

/// Finds the multipliers Λ at which the averages of constraint functions meet their targets, ⟨f⟩ = t.
///
/// Minimises the dual ln Z(Λ) − Λ·t (+ |Λ|²/2τ for soft constraints, at whose minimum ⟨f⟩ = t − Λ/τ) with the engine's own
/// draws. Where the draws at hand, reweighted, reach the solution, Newton's method runs on them alone (Geyer & Thompson
/// 1992); else one step within a trust region, in the metric of Cov(f), leads to fresh draws. The last fit is to draws so
/// many that the error of every average is below ``precision``, and is then held against as many fresh ones: their averages
/// must meet the targets within ``residualLimit`` standard errors.
///
/// Redundant constraints are no problem: the rank is reported, and of all multipliers those of least norm. Targets
/// that contradict each other, or that no density of the family reaches, are errors that name the constraints.
/// The results depend on the seed, not on the number of threads.
///
/// A density that is not normalisable but whose draws stay near a deep local maximum (⟨x³⟩ over a Gaussian base, say)
/// looks like any other to a sampler: such families should say so by ``ConstraintFamily/refusal(of:)``.
public struct ConstraintSolver: Sendable, Equatable {
  /// Independent chains.
  public var chains = 4
  /// Draws of each chain in a round while the solution is far; as many as ``precision`` needs when it is near.
  public var draws = 1000
  /// Warm-up transitions of each chain in a round.
  public var warmup = 200
  /// The largest standard error of an average, relative to its target or, if that is larger, to the standard deviation of f.
  public var precision = 0.01
  /// The largest residual of the fresh draws in units of its standard error.
  public var residualLimit = 4.0
  /// τ of soft constraints; nil for hard ones.
  public var tightness: Double?
  /// Whether KL(p_Λ ‖ p_0) is estimated too, from further rounds of draws between base and solution.
  public var wantsRelativeEntropy = true
  /// Rounds of draws before giving up.
  public var maximumStages = 100
  /// Draws of each chain in a round before giving up.
  public var maximumDraws = 1_000_000
  /// Chains at a time.
  public var threads = Threads.perProcessor

  /// The settings that `mcmc-run solve` has.
  public init() {}

  /// Solves by draws of the No-U-Turn sampler.
  ///
  /// - Parameters:
  ///   - family: the densities, and the functions to be constrained.
  ///   - targets: t, one for each constraint.
  ///   - seed: names all random streams.
  ///   - progress: is told after each round of draws.
  /// - Throws: ``ConstraintError``; ``StartError`` if chains cannot start at Λ = 0; ``RandomStreamError``.
  public func solve<Family: ConstraintFamily>(
    _ family: Family, targets: [Double], seed: UInt64, progress: (ConstraintProgress) -> Void = { _ in }
  ) throws -> ConstraintSolution {
    try solve(family, targets: targets, seed: seed, progress: progress) { density in
      NoUTurn(density, tuning: Tuning(stepSize: 0.1, inUnitsOf: density))
    }
  }

  /// Solves by draws of a kernel of one's own: one that moves binary coordinates too, say.
  ///
  /// - Parameter makeKernel: the kernel for a density of the family; tuned anew in each round's warm-up.
  /// - Throws: ``ConstraintError``; ``StartError`` if chains cannot start at Λ = 0; ``RandomStreamError``.
  public func solve<Family: ConstraintFamily, Kernel: TunableKernel>(
    _ family: Family, targets: [Double], seed: UInt64, progress: (ConstraintProgress) -> Void = { _ in },
    makeKernel: @escaping @Sendable (Family.Density) -> Kernel
  ) throws -> ConstraintSolution where Kernel.Target == Family.Density {
    let sampler = TiltedSampler(
      family, chains: chains, warmup: warmup, seed: seed, threads: threads, makeKernel: makeKernel)
    return try solve(
      family, targets: targets, from: targets.map { _ in 0 }, sampler: sampler, progress: progress)
  }

  /// Solves from multipliers near the solution, with chains that are there already.
  ///
  /// - Throws: ``ConstraintError``; ``StartError``; ``RandomStreamError``.
  package func solve<Family: ConstraintFamily, Kernel: TunableKernel>(
    _ family: Family, targets: [Double], from start: [Double], sampler: TiltedSampler<Family, Kernel>,
    progress: (ConstraintProgress) -> Void
  ) throws -> ConstraintSolution where Kernel.Target == Family.Density {
    try validate(family.constraintNames, targets)
    var search = ConstraintSearch(settings: self, family: family, targets: targets, sampler: sampler)
    return try search.run(from: start, progress)
  }

  /// Solves for constraints on a base density given one by one.
  ///
  /// - Parameters:
  ///   - base: p_0.
  ///   - constraints: functions, gradients and targets.
  ///   - drawsBaseExactly: whether `start` draws from the base exactly and independently.
  ///   - start: a draw of the base, or a point from which a chain can start.
  /// - Throws: as ``solve(_:targets:seed:progress:)``.
  public func solve(
    _ base: some DifferentiableLogDensity, constraints: [Constraint], seed: UInt64, drawsBaseExactly: Bool = false,
    start: @escaping @Sendable (inout RandomStream) -> [Double]
  ) throws -> ConstraintSolution {
    try solve(
      TiltedFamily(base, functions: ConstraintList(constraints), drawsBaseExactly: drawsBaseExactly, start: start),
      targets: constraints.map(\.target), seed: seed)
  }

  private func validate(_ names: [String], _ targets: [Double]) throws {
    guard !names.isEmpty, names.count == targets.count else {
      throw ConstraintError.invalidInput("\(names.count) constraints have \(targets.count) targets; each needs one")
    }
    if let index = targets.firstIndex(where: { !$0.isFinite }) {
      throw ConstraintError.invalidInput(
        "the target of \(names[index]) is \(targets[index]); it must be a finite number")
    }
    let counts = [
      ("chains", chains, 1...1024), ("draws of a chain in a round", draws, 10...maximumDraws),
      ("warm-up transitions", warmup, 0...1_000_000), ("rounds", maximumStages, 2...900),
    ]
    for (name, value, allowed) in counts where !allowed.contains(value) {
      throw ConstraintError.invalidInput(
        "the number of \(name) is \(value); allowed: \(allowed.lowerBound) to \(allowed.upperBound)")
    }
    for (name, value) in [("precision", precision), ("residual limit", residualLimit), ("tightness", tightness ?? 1)] {
      guard value > 0, value.isFinite else {
        throw ConstraintError.invalidInput("the \(name) is \(value); it must be a positive finite number")
      }
    }
  }
}
