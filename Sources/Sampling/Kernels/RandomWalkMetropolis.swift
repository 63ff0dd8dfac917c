// Random-walk Metropolis with a Gaussian proposal.

/// Random-walk Metropolis over the real coordinates.
///
/// With Σ = L Lᵀ and z ~ N(0, I), proposes x' = x + ε L z and accepts with probability min(1, p(x')/p(x)). One evaluation a
/// step. Efficient step sizes are near 2.38/√n in units of the target's own covariance (Gelman, Roberts & Gilks 1996).
public struct RandomWalkMetropolis<Target: LogDensity>: TunableKernel {
  public var target: Target
  public var tuning: Tuning

  /// The kernel with a step size and metric to begin with.
  public init(_ target: Target, tuning: Tuning) {
    self.target = target
    self.tuning = tuning
  }

  public var isReversible: Bool { true }
  /// Acceptance rate 0.234 + 0.206/n, which follows the optima for n coordinates of Gelman, Roberts & Gilks 1996.
  public var tuningGoal: TuningGoal {
    TuningGoal(acceptanceRate: 0.234 + 0.206 / Double(max(1, target.layout.realCount)))
  }

  /// The noise z.
  public func makeScratch() -> [Double] { [Double](repeating: 0, count: target.layout.realCount) }

  @inlinable
  public func step(
    _ point: inout PointState<Target>, scratch noise: inout [Double], using stream: inout RandomStream
  ) -> Transition {
    var transition = propose(&point, noise: &noise, using: &stream)
    transition.steps = 1
    transition.stepSize = tuning.stepSize
    transition.tunedAcceptanceRate = transition.acceptanceRate
    transition.finish(&point, using: &stream)
    return transition
  }

  @inlinable
  public func trialAcceptance(
    _ point: inout PointState<Target>, scratch noise: inout [Double], using stream: inout RandomStream
  ) -> Double {
    propose(&point, noise: &noise, using: &stream).acceptanceRate
  }

  @inlinable
  func propose(
    _ point: inout PointState<Target>, noise: inout [Double], using stream: inout RandomStream
  ) -> Transition {
    var transition = Transition()
    transition.evaluations = point.current.evaluate(target, using: &point.workspace)
    stream.fillStandardNormal(&noise)
    point.proposed.copy(from: point.current)
    tuning.inverseMetric.drift(&point.proposed.position, along: noise, by: tuning.stepSize)
    point.proposed.invalidate()
    transition.evaluations += point.proposed.evaluate(target, using: &point.workspace)
    transition.setLogRatio(
      point.proposed.logDensity - point.current.logDensity, isFinite: point.proposed.logDensity.isFinite)
    return transition
  }
}

extension Transition {
  /// Sets the acceptance rate of a proposal without momenta; a proposal of non-finite density is rejected and counted.
  @inlinable
  mutating func setLogRatio(_ logRatio: Double, isFinite: Bool) {
    nonFinite = isFinite ? 0 : 1
    acceptanceRate = isFinite ? MetropolisRule.probability(logRatio) : 0
  }

  /// Accepts or rejects the proposed point by ``acceptanceRate``.
  @inlinable
  mutating func finish<Target: LogDensity>(_ point: inout PointState<Target>, using stream: inout RandomStream) {
    let before = -point.current.logDensity
    energyError = -point.proposed.logDensity - before
    if MetropolisRule.accepts(acceptanceRate, using: &stream) {
      point.accept()
      moved = true
    }
    energy = -point.current.logDensity
  }
}
