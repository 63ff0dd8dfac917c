// The leapfrog integrator of Hamiltonian dynamics in whitened momenta, and the energy.

extension EvaluatedPoint {
  /// One leapfrog step of length ε in whitened momenta r (``InverseMetric``), backwards if ε < 0:
  /// r ← r + (ε/2) Lᵀ∇ ln p(x), x ← x + ε L r, r ← r + (ε/2) Lᵀ∇ ln p(x).
  ///
  /// Reversible, volume-preserving, with an energy error of O(ε²) over a fixed time (Neal 2011, section 2.3). One
  /// evaluation with gradient. The gradient at the start must be known.
  @inlinable
  mutating func leapfrog<Target: DifferentiableLogDensity>(
    _ target: Target, momentum: inout [Double], by step: Double, metric: InverseMetric,
    using workspace: inout Target.Workspace
  ) {
    metric.kick(&momentum, along: gradient, by: 0.5 * step)
    metric.drift(&position, along: momentum, by: step)
    invalidate()
    evaluateGradient(target, using: &workspace)
    metric.kick(&momentum, along: gradient, by: 0.5 * step)
  }

  /// H = −ln p(x) + |r|²/2 in nats, up to the constant of ln p.
  @inlinable @inline(__always)
  func energy(momentum: [Double]) -> Double {
    -logDensity + 0.5 * VectorOperations.squaredNorm(momentum, count: momentum.count)
  }
}

extension PointState where Target: DifferentiableLogDensity {
  /// Follows the dynamics from the current point with a momentum: writes the end into the proposed point and the momentum.
  ///
  /// `energy` of the report is that of the start. Stops early only where the density is not finite, which the reverse trajectory
  /// would meet as well. One evaluation with gradient a step.
  @inlinable
  mutating func followTrajectory(
    of target: Target, _ tuning: Tuning, momentum: inout [Double], steps: Int
  ) -> Transition {
    var transition = Transition()
    transition.evaluations = current.evaluateGradient(target, using: &workspace)
    let energy = current.energy(momentum: momentum)
    proposed.copy(from: current)
    let metric = tuning.inverseMetric
    let stepSize = tuning.stepSize
    var diverged = false
    metric.kick(&momentum, along: proposed.gradient, by: 0.5 * stepSize)
    // The half kicks that end one leapfrog step and begin the next are made as one.
    for number in 1...steps {
      metric.drift(&proposed.position, along: momentum, by: stepSize)
      proposed.invalidate()
      transition.evaluations += proposed.evaluateGradient(target, using: &workspace)
      transition.steps += 1
      guard proposed.logDensity.isFinite else { break }
      // The kinetic energy is positive, so this bounds the energy error from below.
      if -proposed.logDensity - energy > Transition.divergenceThreshold { diverged = true }
      metric.kick(&momentum, along: proposed.gradient, by: number == steps ? 0.5 * stepSize : stepSize)
    }
    transition.setEnergies(start: energy, end: proposed.energy(momentum: momentum))
    if diverged { transition.diverging = true }
    return transition
  }
}

extension Transition {
  /// Sets what follows from the energies at the two ends of a proposal.
  @inlinable
  mutating func setEnergies(start: Double, end: Double) {
    energy = start
    energyError = end - start
    let isFinite = end.isFinite
    nonFinite = isFinite ? 0 : 1
    diverging = !(energyError <= Transition.divergenceThreshold)
    acceptanceRate = isFinite ? MetropolisRule.probability(-energyError) : 0
    tunedAcceptanceRate = acceptanceRate
  }
}
