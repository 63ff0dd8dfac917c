// Elliptical slice sampling: no step size, no rejection, for Gaussian priors.

/// Elliptical slice sampling over the real coordinates (Murray, Adams & MacKay 2010).
///
/// Draws ν from the prior, a level ln y = ℓ(x) + ln u, and angles θ from a bracket that starts as the whole ellipse
/// x cos θ + ν sin θ and shrinks towards the present point until ℓ exceeds the level. `steps` is the number of angles
/// tried, and the acceptance rate its inverse; one evaluation an angle.
public struct EllipticalSlice<Target: GaussianPriorLogDensity>: PointKernel {
  public var target: Target
  @usableFromInline let prior: GaussianPrior
  /// A bracket shrunk this often is narrower than rounding, so the chain stays; never met with a continuous density.
  @usableFromInline static var maximumTrials: Int { 200 }

  /// The kernel for a target with a Gaussian prior.
  public init(_ target: Target) {
    self.target = target
    prior = GaussianPrior(scales: target.priorScales)
  }

  public var isReversible: Bool { true }

  /// The noise that ν is made of.
  public func makeScratch() -> [Double] { [Double](repeating: 0, count: target.layout.realCount) }

  @inlinable
  public func step(
    _ point: inout PointState<Target>, scratch noise: inout [Double], using stream: inout RandomStream
  ) -> Transition {
    var transition = Transition()
    transition.evaluations = point.current.evaluate(target, using: &point.workspace)
    let before = point.current.logDensity
    let level = before + prior.exponent(point.current.position) - stream.standardExponential()
    stream.fillStandardNormal(&noise)
    point.proposed.copyBinaryCoordinates(from: point.current)
    let circle = 2 * Double.pi
    var angle = circle * stream.uniform()
    var lower = angle - circle
    var upper = angle
    while transition.steps < Self.maximumTrials, !transition.moved {
      prior.rotate(
        point.current.position, noise: noise, cosine: cos(angle), sine: sin(angle), into: &point.proposed.position)
      let logLikelihood = point.proposed.logLikelihood(of: target, using: &point.workspace)
      transition.steps += 1
      transition.evaluations += 1
      if !logLikelihood.isFinite { transition.nonFinite += 1 }
      if logLikelihood.isFinite, logLikelihood > level {
        point.proposed.setLogDensity(logLikelihood - prior.exponent(point.proposed.position))
        point.accept()
        transition.moved = true
      } else {
        if angle < 0 { lower = angle } else { upper = angle }
        angle = lower + (upper - lower) * stream.uniform()
      }
    }
    transition.acceptanceRate = transition.moved ? 1 / Double(transition.steps) : 0
    transition.energy = -point.current.logDensity
    transition.energyError = transition.energy + before
    return transition
  }
}
