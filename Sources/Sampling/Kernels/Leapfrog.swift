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

extension RandomStream {
  /// Fills an array with independent standard normal numbers.
  @inlinable @inline(__always)
  mutating func fillStandardNormal(_ values: inout [Double]) {
    var span = values.mutableSpan
    fillStandardNormal(&span)
  }
}
