// The preconditioned Crank-Nicolson walk, which leaves a Gaussian prior invariant.

/// Preconditioned Crank–Nicolson over the real coordinates (Cotter, Roberts, Stuart & White 2013).
///
/// Proposes x' = √(1 − ε²) x + ε s z, z ~ N(0, I), s the prior's standard deviations and ε the step size in (0, 1], and
/// accepts with probability min(1, e^{ℓ(x') − ℓ(x)}), ℓ the log likelihood: with probability 1 at the prior, and at a rate
/// that does not fall with the dimension. One evaluation a step.
public struct PreconditionedCrankNicolson<Target: GaussianPriorLogDensity>: TunableKernel {
  public var target: Target
  /// The step size is ε; the inverse metric is not used.
  public var tuning: Tuning
  @usableFromInline let prior: GaussianPrior

  /// - Precondition: `0 < stepSize <= 1`.
  public init(_ target: Target, stepSize: Double) {
    precondition(stepSize > 0 && stepSize <= 1, "a Crank-Nicolson step size is in (0, 1]")
    self.target = target
    tuning = Tuning(stepSize: stepSize)
    prior = GaussianPrior(scales: target.priorScales)
  }

  public var isReversible: Bool { true }
  public var tuningGoal: TuningGoal { TuningGoal(acceptanceRate: 0.234, maximumStepSize: 1, usesMetric: false) }

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
    transition.evaluations = 1 + point.current.evaluate(target, using: &point.workspace)
    let logLikelihood = point.current.logDensity + prior.exponent(point.current.position)
    stream.fillStandardNormal(&noise)
    point.proposed.copyBinaryCoordinates(from: point.current)
    let step = tuning.stepSize
    prior.rotate(
      point.current.position, noise: noise, cosine: (1 - step * step).squareRoot(), sine: step,
      into: &point.proposed.position)
    let proposed = point.proposed.logLikelihood(of: target, using: &point.workspace)
    point.proposed.setLogDensity(proposed - prior.exponent(point.proposed.position))
    transition.setLogRatio(proposed - logLikelihood, isFinite: point.proposed.logDensity.isFinite)
    return transition
  }
}
