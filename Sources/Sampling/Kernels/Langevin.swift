// Langevin steps: a move along the gradient plus noise, with an accept step (MALA) or without (ULA, biased).

/// The Langevin kernel over the real coordinates.
///
/// With Σ = L Lᵀ, z ~ N(0, I) and step size ε, proposes
/// x' = x + (ε²/2) Σ ∇ ln p(x) + ε L z, and accepts it with probability
/// min(1, p(x') q(x | x') / (p(x) q(x' | x))), q the normal density of the proposal (MALA: Roberts & Tweedie 1996).
/// The noise that would lead back is −z', z' = z + (ε/2) Lᵀ(∇ ln p(x) + ∇ ln p(x')), so that
/// ln[q(x | x')/q(x' | x)] = (|z|² − |z'|²)/2, and the proposal is one leapfrog step of Hamiltonian Monte Carlo.
///
/// Without the accept step (ULA) the kernel is biased by O(ε²); it then reports the acceptance rate and the energy error
/// that an accept step would have had, which measure the bias. While warm-up tunes it, it has the accept step. One evaluation with gradient a step.
public struct Langevin<Target: DifferentiableLogDensity>: TunableKernel {
  /// Whether proposals pass an accept step.
  public enum Correction: Sendable {
    /// MALA: exact.
    case adjusted
    /// ULA: biased.
    case unadjusted
  }

  public var target: Target
  public var tuning: Tuning
  /// Whether proposals pass an accept step.
  public let correction: Correction

  /// MALA, or with `.unadjusted` ULA, with a step size and metric to begin with.
  public init(_ target: Target, tuning: Tuning, correction: Correction = .adjusted) {
    self.target = target
    self.tuning = tuning
    self.correction = correction
  }

  public var isBiased: Bool { correction == .unadjusted }
  public var isReversible: Bool { correction == .adjusted }
  /// Acceptance rate 0.574, optimal as the dimension grows (Roberts & Rosenthal 1998).
  public var tuningGoal: TuningGoal { TuningGoal(acceptanceRate: 0.574) }

  /// The noise z.
  public func makeScratch() -> [Double] { [Double](repeating: 0, count: target.layout.realCount) }

  public func prepare(_ point: inout PointState<Target>) throws { try point.requireFiniteGradient(of: target) }

  @inlinable
  public func evaluateStart(_ point: inout PointState<Target>) -> Int {
    point.current.evaluateGradient(target, using: &point.workspace)
  }

  @inlinable
  public func step(
    _ point: inout PointState<Target>, scratch noise: inout [Double], using stream: inout RandomStream
  ) -> Transition {
    var transition = propose(&point, noise: &noise, using: &stream)
    transition.stepSize = tuning.stepSize
    transition.steps = 1
    let passes = MetropolisRule.accepts(transition.acceptanceRate, using: &stream)
    if correction == .adjusted || tuning.isBeingTuned ? passes : transition.nonFinite == 0 {
      point.accept()
      transition.energy += transition.energyError
      transition.moved = true
    }
    return transition
  }

  @inlinable
  public func trialAcceptance(
    _ point: inout PointState<Target>, scratch noise: inout [Double], using stream: inout RandomStream
  ) -> Double {
    propose(&point, noise: &noise, using: &stream).acceptanceRate
  }

  /// Writes a proposal; `energy` is that of the current point with its noise.
  @inlinable
  func propose(
    _ point: inout PointState<Target>, noise: inout [Double], using stream: inout RandomStream
  ) -> Transition {
    var transition = Transition()
    transition.evaluations = point.current.evaluateGradient(target, using: &point.workspace)
    stream.fillStandardNormal(&noise)
    let energy = point.current.energy(momentum: noise)

    tuning.inverseMetric.kick(&noise, along: point.current.gradient, by: 0.5 * tuning.stepSize)
    point.proposed.copy(from: point.current)
    tuning.inverseMetric.drift(&point.proposed.position, along: noise, by: tuning.stepSize)
    point.proposed.invalidate()
    transition.evaluations += point.proposed.evaluateGradient(target, using: &point.workspace)
    tuning.inverseMetric.kick(&noise, along: point.proposed.gradient, by: 0.5 * tuning.stepSize)

    transition.setEnergies(start: energy, end: point.proposed.energy(momentum: noise))
    return transition
  }
}
